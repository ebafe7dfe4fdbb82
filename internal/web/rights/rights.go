// Package rights is the administrator's pages about who may come in and do
// what: one person's sign-in, tokens of services, the table of permissions, the
// log of access. It shows the tables that the doors themselves go by, and
// refuses to show a secret twice or to change its own log.
package rights

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/frame"
	"huiying/internal/web/mine"
)

// People reads accounts and ends their logins.
type People interface {
	ByID(ctx context.Context, id string) (query.Account, error)
	Logins(ctx context.Context, id string) ([]query.Login, error)
	EndLogins(ctx context.Context, by, id, keep string) (int64, error)
}

// Factor reads and resets second factors.
type Factor interface {
	State(ctx context.Context, id string) (query.Factor, error)
	Reset(ctx context.Context, by, id string) error
}

// Identities links people with the identity provider.
type Identities interface {
	Of(ctx context.Context, account string) ([]query.Identity, error)
	Link(ctx context.Context, i query.Identity) error
	Unlink(ctx context.Context, by string, i query.Identity) error
}

// Log reads the log of access.
type Log interface {
	Search(ctx context.Context, f query.AccessFilter) ([]query.AccessEntry, error)
}

// Options is what the pages work with; all are required but Issuer.
type Options struct {
	Frame      *frame.Frame
	Catalogue  *locale.Catalogue
	Zone       *time.Location
	Now        func() time.Time
	People     People
	Factor     Factor
	Identities Identities
	Tokens     mine.Tokens
	Log        Log
	Actions    []string // that the log knows
	Units      func(ctx context.Context) ([]huiying.Unit, error)
	Scopes     []string
	Issuer     string        // of the identity provider, "" = there is none
	Doors      func() []Door // every page and operation of the API
}

// Pages answers the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }
