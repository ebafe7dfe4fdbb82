package crawler_test

import (
	"context"
	"encoding/json"
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

// What pages lay over a definition opens no private network: a dead link that
// is to be looked at anew leads where strangers say.
func TestLaidAddressesStayGuarded(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address := "http://" + l.Addr().String() + "/gone"
	for options, refused := range map[string]bool{
		`{"again":[{"check":"link-dead","object":"` + address + `"}]}`: true,
		`{"words":{"add":[{"wrong":"` + address + `"}]}}`:              true,
		`{"lists":["` + address + `"]}`:                                false,
	} {
		var dialled error
		w := newWorld(t, func(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
			var conn net.Conn
			if conn, dialled = v.Dial(ctx, "tcp", l.Addr().String()); dialled == nil {
				_ = conn.Close()
			}
			return crawler.Report{Answer: crawler.AnswerOK}, nil
		}, func(o *crawler.Options) { o.Kinds[0].Laid, o.Fetch.Private = []string{"again", "words"}, nil })
		src := source("a")
		src.Options = json.RawMessage(options)
		w.apply(t, src)
		once(t, w, "a")
		var private *host.PrivateError
		if errors.As(dialled, &private) != refused || (dialled == nil) == refused {
			t.Errorf("%s: %v", options, dialled)
		}
	}
}
