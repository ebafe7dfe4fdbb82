package mine

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// Tokens is the tokens of a person's programs.
type Tokens interface {
	Make(ctx context.Context, n query.NewToken) (token string, t query.Token, err error)
	Of(ctx context.Context, account string) ([]query.Token, error)
	All(ctx context.Context) ([]query.Token, error)
	Revoke(ctx context.Context, by, account, id string) error
}

// TokenRow is a token as pages list it.
type TokenRow struct {
	query.Token
	State   string
	Soon    bool   // it ends within two weeks
	Address string // shortened
}

// Rows are tokens as pages list them.
func Rows(list []query.Token, now time.Time) []TokenRow {
	out := make([]TokenRow, 0, len(list))
	for _, t := range list {
		state := t.State(now)
		out = append(out, TokenRow{
			Token: t, State: state, Address: ShortAddress(t.UsedFrom),
			Soon: state == query.TokenWorks && t.ExpiresAt.Sub(now) < 14*24*time.Hour,
		})
	}
	return out
}

// TokensView is a person's tokens and the form that makes one.
type TokensView struct {
	Rows   []TokenRow
	Scopes []string
	Spans  []int  // days
	Made   string // a token just made, shown once
	Typed  query.NewToken
	Days   int
}

// Spans are the days that the form offers a token for.
func Spans() []int { return []int{30, 90, 180, 365} }

// MyTokens shows the page.
func (s *Pages) MyTokens(w http.ResponseWriter, r *http.Request) error {
	return s.showTokens(w, r, TokensView{Days: 90}, nil)
}

func (s *Pages) showTokens(w http.ResponseWriter, r *http.Request, v TokensView, problem error) error {
	list, err := s.o.Tokens.Of(r.Context(), frame.Must(r).Person.ID)
	if err != nil {
		return err
	}
	v.Rows, v.Scopes, v.Spans = Rows(list, s.o.Now()), s.o.Scopes, Spans()
	p := s.Base(r, "web.tokens.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "tokens", p)
}

// ChangeTokens makes or revokes a token of the person's own. A new one stands in
// the answer itself: nobody can ask for it again.
func (s *Pages) ChangeTokens(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id := frame.Must(r).Person.ID
	v := TokensView{Days: 90}
	var err error
	switch r.PostFormValue("action") {
	case "make":
		v.Typed, v.Days = Asked(r)
		v.Typed.Account, v.Typed.By = id, id
		v.Made, _, err = s.o.Tokens.Make(r.Context(), v.Typed)
		if err == nil {
			v.Typed = query.NewToken{}
		}
	case "revoke":
		if err = s.o.Tokens.Revoke(r.Context(), id, id, r.PostFormValue("token")); err == nil {
			return frame.Done(w, r, "/me/tokens?done=revoked")
		}
	default:
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if err != nil && frame.Ours(err) {
		return err
	}
	return s.showTokens(w, r, v, err)
}

// Asked is the token that a form asks for, and for how many days.
func Asked(r *http.Request) (query.NewToken, int) {
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil || days < 0 || days > 100_000 {
		days = 0 // which is refused in its own words
	}
	return query.NewToken{Name: r.PostFormValue("name"), Scopes: r.PostForm["scope"], For: time.Duration(days) * 24 * time.Hour}, days
}

// NoTokens is no tokens at all.
type NoTokens struct{}

// Make says that there are none here.
func (NoTokens) Make(context.Context, query.NewToken) (string, query.Token, error) {
	return "", query.Token{}, huiying.Errorf(huiying.Unavailable, "token.nowhere")
}

// Of has none.
func (NoTokens) Of(context.Context, string) ([]query.Token, error) { return nil, nil }

// All has none.
func (NoTokens) All(context.Context) ([]query.Token, error) { return nil, nil }

// Revoke says that there are none here.
func (NoTokens) Revoke(context.Context, string, string, string) error {
	return huiying.Errorf(huiying.Unavailable, "token.nowhere")
}

// Use knows none.
func (NoTokens) Use(context.Context, string, query.Visitor) (query.Account, error) {
	return query.Account{}, huiying.Errorf(huiying.Unauthorized, "token.over")
}

// Acted has nothing to note.
func (NoTokens) Acted(context.Context, query.Account, string) error { return nil }
