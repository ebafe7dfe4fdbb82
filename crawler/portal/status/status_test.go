package status_test

import (
	"testing"

	"huiying/crawler/portal/status"
)

func TestOf(t *testing.T) {
	own := map[string]string{"3": "answered", "排队": "received", "排队办": "handling", "办结": ""}
	for _, c := range []struct {
		shown string
		own   map[string]string
		want  string
	}{
		{"待受理", nil, "received"}, {"已受理", nil, "received"}, {"受理中", nil, "received"}, {"待处理", nil, "received"}, {"待回复", nil, "received"},
		{"办理中", nil, "handling"}, {"处 理 中", nil, "handling"}, {"已转办", nil, "handling"}, {"待审核", nil, "handling"}, {"未办结", nil, "handling"},
		{"已办理", nil, "answered"}, {"已答复", nil, "answered"}, {"已回复", nil, "answered"}, {"已办结", nil, "answered"}, {"[办结]", nil, "answered"}, {"已处理", nil, "answered"},
		{"不予受理", nil, ""}, {"", nil, ""}, {"晴", nil, ""},
		{"3", own, "answered"}, {"13", own, ""}, {"排队办着", own, "handling"}, {"已办结", own, ""}, {"已答复", own, "answered"},
	} {
		if got := status.Of(c.shown, c.own); got != c.want {
			t.Errorf("%s: %q, want %q", c.shown, got, c.want)
		}
	}
	if status.Valid("done") || !status.Valid("handling") || !status.Valid("") {
		t.Error("Valid")
	}
}

func FuzzOf(f *testing.F) {
	for _, s := range []string{"已办结", "3", "待 受 理"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !status.Valid(status.Of(s, map[string]string{"3": "answered"})) {
			t.Error(s)
		}
	})
}
