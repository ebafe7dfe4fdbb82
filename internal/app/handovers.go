package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"huiying"
	"huiying/crawler/intake"
	"huiying/crawler/intake/push"
	"huiying/crawler/seal"
	"huiying/internal/app/collection"
	"huiying/internal/bus/wire"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/outbox"
)

// handovers takes in what officers bring and other systems push: into SQL
// first, from where the relay hands it to the bus.
func (a *App) handovers(ctx context.Context) (*intake.Counter, error) {
	kept, err := collection.Evidence(ctx, a.bus)
	if err != nil {
		return nil, err
	}
	keeper, err := seal.NewKeeper(kept, a.keys.evidence, a.now)
	if err != nil {
		return nil, err
	}
	return intake.NewCounter(intake.CounterOptions{
		Source: a.handoverSource, Store: a.storeHandovers, Chain: a.sinkChain, Words: a.words, Now: a.now, Zone: a.zone,
		Keep: func(ctx context.Context, raw []byte) string {
			name, _, err := keeper.Keep(ctx, raw)
			if err != nil {
				a.logger.ErrorContext(ctx, "the evidence of a hand-over was not kept", "error", err)
			}
			return name
		},
	}), nil
}

func (a *App) handoverSource(_ context.Context, id string) (huiying.Source, error) {
	for _, s := range a.config.Sources {
		if s.ID == id {
			return s.Definition(a.zone)
		}
	}
	return huiying.Source{}, huiying.Errorf(huiying.NotFound, "intake.no_source", id)
}

// storeHandovers commits posts, and a row of the ledger where it names a
// source, as messages to the bus: in one transaction, on disk when it returns.
func (a *App) storeHandovers(ctx context.Context, list []huiying.Post, row huiying.LedgerEntry) error {
	messages := make([]outbox.Message, 0, len(list)+1)
	for _, p := range list {
		m, err := wire.Post(p, a.zone)
		if err != nil {
			return err
		}
		messages = append(messages, outbox.Message{Subject: m.Subject, MsgID: m.ID, Body: m.Body})
	}
	if row.Source != "" {
		subject, id, body, err := collection.LedgerMessage(row)
		if err != nil {
			return err
		}
		messages = append(messages, outbox.Message{Subject: subject, MsgID: id, Body: body})
	}
	err := a.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		for _, m := range messages {
			if err := outbox.Publish(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "intake.not_stored", err)
	}
	a.room.relay.Wake()
	return nil
}

// pushes answers POST /intake/{source}.
func (a *App) pushes(c *intake.Counter) http.Handler {
	return &push.Handler{Counter: c, Words: a.words, Now: a.now, Failed: func(ctx context.Context, err error) {
		a.logger.ErrorContext(ctx, "a push failed", "error", err)
	}}
}

// noPushes is the answer of a process that cannot make anything durable.
func (a *App) noPushes(w http.ResponseWriter, r *http.Request) {
	lang := locale.ParseLang(r.Header.Get("Accept-Language"))
	push.Refuse(w, http.StatusServiceUnavailable, a.words.Text(lang, "intake.push_elsewhere"))
}

// counter is the Counter as pages and API know it.
type counter struct{ *intake.Counter }

func (c counter) Take(ctx context.Context, h query.Handovers) (huiying.Intake, error) {
	return c.TakeJSON(ctx, h.Source, locale.Lang(h.Lang), h.Body)
}

// TakeSheet copies the sheet into a temporary file, since an xlsx is not read
// in one go.
func (c counter) TakeSheet(ctx context.Context, u query.Upload) (query.Uploaded, error) {
	tmp, err := os.CreateTemp("", "huiying-sheet-")
	if err != nil {
		return query.Uploaded{}, fmt.Errorf("make room for a sheet: %w", err)
	}
	defer os.Remove(tmp.Name()) // it holds personal data and was only passing through
	_, err = io.Copy(tmp, u.File)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return query.Uploaded{}, fmt.Errorf("take a sheet: %w", err)
	}
	got, err := c.Counter.TakeSheet(ctx, intake.Upload{Source: u.Source, Path: tmp.Name(), Name: u.Name, Lang: locale.Lang(u.Lang)})
	return query.Uploaded{Intake: got.Intake, Refused: got.Refused, Sheet: got.Sheet}, err
}

var _ push.Counter = (*intake.Counter)(nil)
