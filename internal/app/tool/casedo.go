package tool

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"huiying"
)

// DoOptions say which step to take of which case. It goes through the API of
// the running service like anybody's.
type DoOptions struct {
	Remote
	No      string
	Action  string
	Version int      // 0 = whatever it is now
	Fields  []string // name=value
	JSON    bool
}

// CaseDo takes one step of a case and prints how it stands then. A refusal is
// the service's own sentence.
func CaseDo(ctx context.Context, s Streams, o DoOptions) error {
	fields, err := fieldsOf(o.Fields)
	if err != nil {
		return err
	}
	c, err := o.signIn(ctx, s)
	if err != nil {
		return err
	}
	defer c.signOut(ctx)
	var done struct{ Case huiying.Case }
	err = c.ask(ctx, http.MethodPost, "/cases/"+url.PathEscape(o.No)+"/actions",
		map[string]any{"action": o.Action, "version": o.Version, "fields": fields}, &done)
	if err != nil {
		return err
	}
	return s.oneCase(done.Case, o.JSON)
}

// oneCase prints how a case stands.
func (s Streams) oneCase(c huiying.Case, asJSON bool) error {
	if asJSON {
		return s.line(c)
	}
	_, err := fmt.Fprintf(s.Out, "%s  %s  %s  %d\n", c.No, s.Words.Text(s.Lang, "level."+string(c.Level)),
		s.Words.Text(s.Lang, "case.state."+string(c.State)), c.Version)
	return err
}

func fieldsOf(pairs []string) (map[string]string, error) {
	out := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, huiying.Errorf(huiying.Invalid, "cli.bad_field", pair)
		}
		out[name] = value
	}
	return out, nil
}
