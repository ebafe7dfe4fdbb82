package store

import (
	"context"
	"database/sql/driver"
	"sync"
)

// mostRewritten is how many queries are kept as their engine has them.
const mostRewritten = 2048

// rewritten keeps queries as their engine has them. Some are made of what
// somebody asked, so there is no end of them: one that is full begins anew. The
// zero value is empty.
type rewritten struct {
	mu    sync.RWMutex
	known map[string]string
}

func (r *rewritten) of(query string, rewrite func(string) string) string {
	r.mu.RLock()
	out, ok := r.known[query]
	r.mu.RUnlock()
	if ok {
		return out
	}
	out = rewrite(query)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= mostRewritten {
		r.known = map[string]string{}
	}
	r.known[query] = out
	return out
}

// rewriting takes the SQL of this program for a driver's connection. Embedded
// beside a struct that embeds the connection, its methods are the nearer ones.
type rewriting struct {
	to interface {
		driver.ExecerContext
		driver.QueryerContext
		driver.ConnPrepareContext
	}
	rewrite func(query string) string
}

// ExecContext runs a statement.
func (r rewriting) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return r.to.ExecContext(ctx, r.rewrite(query), args)
}

// QueryContext runs a query.
func (r rewriting) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return r.to.QueryContext(ctx, r.rewrite(query), args)
}

// PrepareContext prepares a statement.
func (r rewriting) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return r.to.PrepareContext(ctx, r.rewrite(query))
}
