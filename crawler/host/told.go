package host

import (
	"context"
	"net/http"
)

// Exchange is one question that was put on the wire, and what came back.
type Exchange struct {
	Robots bool // it asked for a robots.txt
	Status int  // 0 where nothing came back
}

type tellKey struct{}

// Tell gives a context whose questions, robots.txt of their hosts included, are
// each told to heard when they have been answered or given up.
func Tell(ctx context.Context, heard func(Exchange)) context.Context {
	return context.WithValue(ctx, tellKey{}, heard)
}

func tell(ctx context.Context, req *http.Request, resp *http.Response) {
	heard, ok := ctx.Value(tellKey{}).(func(Exchange))
	if !ok {
		return
	}
	e := Exchange{Robots: req.URL.Path == robotsPath}
	if resp != nil {
		e.Status = resp.StatusCode
	}
	heard(e)
}
