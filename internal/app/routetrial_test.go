package app_test

import (
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"huiying/internal/app"
	"huiying/internal/drill/replica"
)

// TestPreviewKnowsWhoWasOnDuty plays an alert of the running service: who was on
// duty is told by the preview too, and not every officer.
func TestPreviewKnowsWhoWasOnDuty(t *testing.T) {
	feed, err := replica.NewFeed(t.Context(), replica.FeedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer feed.Close()
	log := newAlertLog(t)
	dir := t.TempDir()
	boot(t, dir, files{
		"rules.yaml": "rules:\n  - {id: r-queue, name: 排队, level: yellow, when: 排队超时}\n",
		office: `
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, hold_older: 0s}
rules: [rules.yaml]
channels: [{id: hook, kind: webhook, url: "` + log.URL + `"}]
users:
  - {id: lin, name: 林, roles: [officer], contacts: [{channel: hook}]}
  - {id: wang, name: 王, roles: [officer], contacts: [{channel: hook}]}
rosters: [{id: main, name: 总值班, layers: [{id: desk, start: "2026-01-01", people: [lin]}]}]
sources: [{id: feed, kind: weibo, base_url: "` + feed.URL + `", every: 1s, options: {accounts: ["` + strconv.FormatInt(feed.UID(), 10) + `"]}}]
`})
	if _, err := feed.Append("排队超时，没人管"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); len(log.all()) == 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no alert in a minute")
		}
	}
	where := app.Where{ConfigFile: filepath.Join(dir, office)}
	p, err := app.RouteTrial(t.Context(), app.RouteTrialOptions{Where: where, Days: 1, Now: time.Now().UTC()})
	if err != nil || len(p.People) != 1 || p.People[0].Person != "lin" || p.People[0].Tried != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}
