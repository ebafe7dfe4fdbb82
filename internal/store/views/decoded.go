package views

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
)

// atOnce is how many bodies one question reads.
const atOnce = 500

// decoded reads cases; those of a version that was decoded before are not
// decoded again, which takes many times as long as finding them. A case of one
// version is one text: what is written anew without a step is written before
// anybody looks, when the program starts. The cases are shared: nobody may
// change them. order is what follows the condition.
func (v *Views) decoded(ctx context.Context, q store.Querier, c conditions, order string) ([]*huiying.Case, error) {
	type row struct {
		no      string
		version int
	}
	rows, err := store.Collect[row](q.QueryContext(ctx, `SELECT no, version FROM cases WHERE `+c.where()+order, c.args...))(
		func(r *sql.Rows) (x row, err error) { return x, r.Scan(&x.no, &x.version) })
	if err != nil {
		return nil, err
	}
	out := make([]*huiying.Case, len(rows))
	missing := map[string]int{}
	v.mu.Lock()
	for i, r := range rows {
		if known, ok := v.open[r.no]; ok && known.Version == r.version {
			out[i] = known
		} else {
			missing[r.no] = i
		}
	}
	v.mu.Unlock()
	return out, v.decode(ctx, q, missing, out)
}

// decode fills in the missing ones.
func (v *Views) decode(ctx context.Context, q store.Querier, missing map[string]int, out []*huiying.Case) error {
	for len(missing) > 0 {
		var marks []string
		var args []any
		for no := range missing {
			if len(args) == atOnce {
				break
			}
			args = append(args, no)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		read, err := store.Collect[*huiying.Case](q.QueryContext(ctx, `SELECT body FROM cases WHERE no IN (`+strings.Join(marks, ", ")+`)`, args...))(scanShared)
		if err != nil {
			return err
		}
		for _, c := range read {
			out[missing[c.No]] = c
		}
		v.keepDecoded(read)
		for _, no := range args {
			delete(missing, no.(string))
		}
	}
	return nil
}

func (v *Views) keepDecoded(read []*huiying.Case) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil || len(v.open) > query.Cap {
		v.open = map[string]*huiying.Case{}
	}
	for _, c := range read {
		v.open[c.No] = c
	}
}

func scanShared(r *sql.Rows) (*huiying.Case, error) {
	c, err := scanCase(r)
	return &c, err
}

// openKey is a question for open cases.
type openKey struct {
	scope query.Scope
	where string
}

// opened reads the open cases that a question asks for, once for all who ask it
// between two writes. The list is the caller's, the cases are shared.
func (v *Views) opened(ctx context.Context, q store.Querier, scope query.Scope, c conditions) ([]*huiying.Case, error) {
	key := openKey{scope, fmt.Sprintf("%s %#v", c.where(), c.args)}
	list, err := v.opens.Get(ctx, key, func() ([]*huiying.Case, error) { return v.decoded(ctx, q, c, "") })
	return slices.Clone(list), err
}
