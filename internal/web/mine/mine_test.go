package mine_test

import (
	"testing"

	"huiying/internal/query"
	"huiying/internal/web/mine"
)

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36":                           "Chrome · Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0":                 "Edge · Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 wxwork/4.1 MicroMessenger/7": "web.device.wecom · iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17 Safari/605.1.15":                         "Safari · macOS",
		"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0":                                                                    "Firefox · Linux",
		"Go-http-client/1.1": "web.device.program", "": "web.device.unknown",
	} {
		got := mine.Listed([]query.Login{{ID: "a", Visitor: query.Visitor{Agent: agent}}}, "a", func(key string) string { return key })
		if got[0].Device != want || !got[0].Current {
			t.Errorf("%s: %+v, want %s", agent, got[0], want)
		}
	}
}

func TestShortAddress(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.9": "203.0.113.*", "::ffff:203.0.113.9": "203.0.113.*", "2001:db8:1:2::3": "2001:db8:1::*", "": "", "unix": "unix",
	} {
		if got := mine.ShortAddress(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
