package outbox

import (
	"context"
	"database/sql"
	"fmt"

	"huiying/internal/store"
)

// Message is one message to the bus, committed with its cause.
type Message struct {
	N       int64 // the order of the commits
	Subject string
	MsgID   string // the bus drops a repeat by it
	Body    []byte
}

// Publish queues a message to be published after the commit.
func Publish(ctx context.Context, tx *store.Tx, m Message) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO bus_outbox (subject, msg_id, body) VALUES ($1, $2, $3)`, m.Subject, m.MsgID, m.Body)
	if err != nil {
		return fmt.Errorf("queue message %s: %w", m.MsgID, err)
	}
	return nil
}

// Bus is the queue of messages to the bus.
type Bus struct {
	store *store.Store
}

// NewBus makes the queue of a store.
func NewBus(s *store.Store) *Bus { return &Bus{store: s} }

// Pending gives up to n messages in the order of their commits. They stay
// queued until Done.
func (b *Bus) Pending(ctx context.Context, n int) ([]Message, error) {
	list, err := store.Collect[Message](b.store.Reader().QueryContext(ctx,
		`SELECT n, subject, msg_id, body FROM bus_outbox ORDER BY n LIMIT $1`, n))(
		func(r *sql.Rows) (m Message, err error) { return m, r.Scan(&m.N, &m.Subject, &m.MsgID, &m.Body) })
	if err != nil {
		return nil, fmt.Errorf("read messages to the bus: %w", err)
	}
	return list, nil
}

// Done takes published messages off the queue.
func (b *Bus) Done(ctx context.Context, n ...int64) error {
	if len(n) == 0 {
		return nil
	}
	return b.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		for _, one := range n {
			if _, err := tx.ExecContext(ctx, `DELETE FROM bus_outbox WHERE n = $1`, one); err != nil {
				return fmt.Errorf("take message %d off: %w", one, err)
			}
		}
		return nil
	})
}
