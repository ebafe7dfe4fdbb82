package tool

import (
	"context"
	"net/http"
	"net/url"

	"huiying"
)

// PostOptions ask to publish the approved reply of a case through a platform's
// official interface, or say what became of an attempt of which nobody knew.
type PostOptions struct {
	Remote
	No     string
	Post   string // "" = the first that can be answered
	Settle string // id of an attempt; "" = publish
	Saw    string // out, not-out
	JSON   bool
}

// CasePost publishes, or settles, and prints how the case stands then.
func CasePost(ctx context.Context, s Streams, o PostOptions) error {
	path, body := "/cases/"+url.PathEscape(o.No)+"/postings", map[string]any{"post": o.Post}
	if o.Settle != "" {
		if o.Saw != "out" && o.Saw != "not-out" {
			return huiying.Errorf(huiying.Invalid, "cli.posting.settle")
		}
		path, body = path+"/"+url.PathEscape(o.Settle), map[string]any{"out": o.Saw == "out"}
	}
	c, err := o.signIn(ctx, s)
	if err != nil {
		return err
	}
	defer c.signOut(ctx)
	var done struct{ Case huiying.Case }
	if err := c.ask(ctx, http.MethodPost, path, body, &done); err != nil {
		return err
	}
	return s.oneCase(done.Case, o.JSON)
}
