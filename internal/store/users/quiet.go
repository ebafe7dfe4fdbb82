package users

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"huiying/internal/store"
	"huiying/internal/store/access"
)

// SetQuiet keeps a person's quiet hours, as routes write hours; none = the person
// has none. Whether they can be read is the caller's business. They are kept
// when a file defines the person anew.
func (u *Users) SetQuiet(ctx context.Context, id string, hours []string) error {
	if hours == nil {
		hours = []string{}
	}
	text, err := json.Marshal(hours)
	if err != nil {
		return fmt.Errorf("encode quiet hours: %w", err)
	}
	return u.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		if _, err := get(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET quiet = $2 WHERE id = $1`, id, string(text)); err != nil {
			return fmt.Errorf("set quiet hours of %s: %w", id, err)
		}
		return access.Note(ctx, tx, access.Entry{Actor: id, Action: access.QuietSet, Object: id, Detail: strings.Join(hours, "; ")})
	})
}
