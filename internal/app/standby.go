package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"huiying"
	"huiying/internal/store"
)

// lookEvery is how often a process that stands by looks whether the database is
// free.
const lookEvery = time.Second

// ErrEnded says that a process was ended while it stood by, and left nothing
// behind.
var ErrEnded = errors.New("ended while standing by")

// openStore opens the store once this process, and no other, works on it.
func (a *App) openStore(ctx context.Context) error {
	if !a.runs(TargetNotifier) {
		return nil
	}
	claim, err := store.ClaimFor(ctx, string(a.config.Store.DSN))
	if huiying.ErrorCode(err) == huiying.Conflict {
		claim, err = a.standBy(ctx, err)
	}
	if err != nil {
		return err
	}
	a.life.onStop("claim on the database", func(context.Context) error { return claim.Close() })
	a.store, err = store.Open(ctx, store.Options{
		Path: filepath.Join(a.config.Data, databaseFile), DSN: string(a.config.Store.DSN), MACKey: a.keys.record, Now: a.now, Zone: a.zone,
		Logger: a.logger, Registerer: a.registry,
	})
	if err != nil {
		return err
	}
	a.life.onStop("store", func(context.Context) error { return a.store.Close() })
	a.life.loop("claim on the database", claim.Keep)
	a.openAccounts()
	return nil
}

// standBy waits until the process that works on the database has ended, however
// it did, and has the database then. Meanwhile this one is alive and not ready,
// and has touched nothing of the database. held says who has it.
func (a *App) standBy(ctx context.Context, held error) (*store.Claim, error) {
	a.logger.Info("standing by: this process takes over when the one that works on the database has ended", "reason", held)
	leave := a.serveWaiting()
	defer leave()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil, ErrEnded
		case <-tick.C:
		}
		claim, err := store.ClaimFor(ctx, string(a.config.Store.DSN))
		switch code := huiying.ErrorCode(err); {
		case err == nil:
			a.logger.Info("taking over the database")
			return claim, nil
		case code != huiying.Conflict && code != huiying.Unavailable: // it may be starting anew
			return nil, err
		}
	}
}

// serveWaiting answers whoever asks for this process's health until leave is
// called; the listener is the pages' then.
func (a *App) serveWaiting() (leave func()) {
	server := &http.Server{Handler: a.bare(), ReadHeaderTimeout: 10 * time.Second}
	server.SetKeepAlivesEnabled(false) // who asks again is answered by the pages
	lent := &lentListener{Listener: a.listener}
	done := make(chan error, 1)
	go func() { done <- server.Serve(lent) }()
	return func() {
		err := shutdown(server)
		if served := <-done; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		if err = errors.Join(err, lent.back()); err != nil {
			a.logger.Warn("answering while standing by ended badly", "error", err)
		}
	}
}

// lentListener is a listener that goes on when its server has closed it.
type lentListener struct{ net.Listener }

// deadline is what a TCP listener can be interrupted by.
type deadline interface{ SetDeadline(t time.Time) error }

// Close ends the Accept that waits, and no more.
func (l *lentListener) Close() error {
	if d, ok := l.Listener.(deadline); ok {
		return d.SetDeadline(time.Unix(1, 0))
	}
	return nil
}

// back gives the listener to the next server.
func (l *lentListener) back() error {
	if d, ok := l.Listener.(deadline); ok {
		return d.SetDeadline(time.Time{})
	}
	return nil
}
