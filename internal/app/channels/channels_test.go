package channels_test

import (
	"testing"
	"time"

	"huiying/internal/app/channels"
	"huiying/internal/config"
)

// A digest goes to one reader where every address is one, however the provider
// counts; to the whole group where a robot speaks to one.
func TestWhoseDigest(t *testing.T) {
	set, err := channels.Make([]config.Channel{
		{ID: "mail", Kind: "email", Host: "mail.example", From: "hy@office.example", PerMinute: 5},
		{ID: "ntfy", Kind: "push", URL: "https://push.example/office"},
		{ID: "gotify", Kind: "push", URL: "https://push.example", Format: "gotify", Secret: "k", PerMinute: 5},
		{ID: "robot", Kind: "feishu", URL: "https://feishu.example/hook/1"},
		{ID: "hook", Kind: "webhook", URL: "https://hook.example", PerMinute: 5},
	}, channels.With{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for id, apart := range map[string]bool{"mail": true, "ntfy": true, "gotify": false, "robot": false, "hook": false} {
		if l := set.Limits[id]; l.Apart != apart || len(l.Rates) == 0 {
			t.Errorf("%s: %+v", id, l)
		}
	}
}
