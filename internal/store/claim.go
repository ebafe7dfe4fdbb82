package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"huiying"
)

// ownerKey is the advisory lock of the process that works on a database.
const ownerKey = turnKey + 1

// claimEvery is how often the holder looks whether it still is one.
const claimEvery = 5 * time.Second

// Claim is that this process, and no other, works on the database: it sends,
// keeps schedules and purges. With SQLite the lock of the data folder says so
// and a Claim does nothing.
type Claim struct {
	place string
	dsn   string
	mu    sync.Mutex
	db    *sql.DB   // nil with SQLite
	conn  *sql.Conn // nil while it is lost
}

// Claim takes the database for this process; huiying.Conflict while another has
// it. The server gives it free when the process ends, however it ends.
func (s *Store) Claim(ctx context.Context) (*Claim, error) { return ClaimFor(ctx, s.options.DSN) }

// ClaimFor is Claim of the database at an address, "" for SQLite, that is not
// opened yet: opening it may change its schema, and that is the owner's.
func ClaimFor(ctx context.Context, dsn string) (*Claim, error) {
	if dsn == "" {
		return &Claim{}, nil
	}
	c, err := postgresConfig(dsn, map[string]string{
		"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "application_name": "huiying owner",
	})
	if err != nil {
		return nil, err
	}
	claim := &Claim{place: place(c), dsn: dsn, db: openPostgres(c, 1)}
	if err := claim.take(ctx); err != nil {
		return nil, errors.Join(err, claim.Close())
	}
	return claim, nil
}

func (c *Claim) take(ctx context.Context) error {
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "store.no_server", c.place, masked(err, c.dsn))
	}
	var ours bool
	err = conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(ownerKey)).Scan(&ours)
	switch {
	case err != nil:
		err = huiying.Errorf(huiying.Unavailable, "store.no_server", c.place, masked(err, c.dsn))
	case !ours:
		err = huiying.Errorf(huiying.Conflict, "store.held", c.place)
	default:
		c.conn = conn
		return nil
	}
	return errors.Join(err, ignoreBroken(conn.Close()))
}

// Keep looks after the claim until ctx ends. Where its connection broke it is
// taken again; the error, huiying.Conflict, says that another process was
// quicker, and that this one must stop.
func (c *Claim) Keep(ctx context.Context) error {
	if c.db == nil {
		<-ctx.Done()
		return nil
	}
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := c.Look(ctx); err != nil && huiying.ErrorCode(err) != huiying.Unavailable && ctx.Err() == nil {
				return err
			}
		}
	}
}

// Look looks once; huiying.Unavailable while the database cannot be asked.
func (c *Claim) Look(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		if err := c.conn.PingContext(ctx); err == nil {
			return nil
		}
		if err := ignoreBroken(c.conn.Close()); err != nil {
			return fmt.Errorf("give the broken connection back: %w", err)
		}
		c.conn = nil
	}
	return c.take(ctx)
}

// Close gives the database free.
func (c *Claim) Close() error {
	if c.db == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.conn != nil {
		err = ignoreBroken(c.conn.Close())
	}
	return errors.Join(err, c.db.Close())
}
