package disclosure

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
)

// ofYear are the objects of the log of access that numbers and texts of a year
// have: from "2025/" to before "20250".
const ofYear = ` FROM access_log WHERE action = '` + access.DisclosureChanged + `' AND object >= $1 AND object < $2`

func bounds(year int) (from, to string) {
	return strconv.Itoa(year) + "/", strconv.Itoa(year) + "0"
}

// Version is how far the changes of a year are: it grows with each.
func Version(ctx context.Context, q store.Querier, year int) (n int64, err error) {
	from, to := bounds(year)
	if err := q.QueryRowContext(ctx, `SELECT coalesce(max(n), 0)`+ofYear, from, to).Scan(&n); err != nil {
		return 0, fmt.Errorf("how far the changes of %d are: %w", year, err)
	}
	return n, nil
}

// Changes lists the changes of a year, the newest first.
func (b *Book) Changes(ctx context.Context, year, most int) ([]query.DisclosureChange, error) {
	from, to := bounds(year)
	list, err := store.Collect[query.DisclosureChange](b.store.Reader().QueryContext(ctx, `SELECT at, actor, object, detail`+ofYear+` ORDER BY n DESC LIMIT $3`, from, to, most))(
		func(r *sql.Rows) (c query.DisclosureChange, err error) {
			var at int64
			err = r.Scan(&at, &c.By, &c.Key, &c.Detail)
			c.At, c.Key = store.Time(at), strings.TrimPrefix(c.Key, from)
			return c, err
		})
	if err != nil {
		return nil, fmt.Errorf("list the changes of %d: %w", year, err)
	}
	return list, nil
}

// Version is the same of the register.
func (b *Book) Version(ctx context.Context, year int) (int64, error) {
	return Version(ctx, b.store.Reader(), year)
}
