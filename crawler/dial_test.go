package crawler_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"huiying/crawler"
	"huiying/crawler/host"
)

// A connection that is no question goes where questions may go, and nowhere
// else.
func TestVisitDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, c := range []struct {
		private []string
		refused bool
	}{{[]string{"127.0.0.1"}, false}, {nil, true}} {
		var dialled error
		w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
			var conn net.Conn
			if conn, dialled = v.Dial(ctx, "tcp", l.Addr().String()); dialled == nil {
				_ = conn.Close()
			}
			return crawler.Report{Answer: crawler.AnswerOK}, nil
		}, func(o *crawler.Options) { o.Fetch.Private = c.private })
		w.apply(t, source("a"))
		once(t, w, "a")
		var private *host.PrivateError
		if got := errors.As(dialled, &private); got != c.refused || (dialled == nil) == c.refused {
			t.Errorf("private %v: %v", c.private, dialled)
		}
	}
}
