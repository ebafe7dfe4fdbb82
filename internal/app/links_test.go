package app_test

import (
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework"
)

// Whoever comes second by a link reads when the first acknowledged, in the
// office's time.
func TestLinkTellsTheOfficesTime(t *testing.T) {
	a := boot(t, t.TempDir(), files{
		"rules.yaml": "rules:\n  - {id: r-queue, name: 排队, level: yellow, when: 排队超时}\n",
		office: `
data: data
listen: 127.0.0.1:0
office: {time_zone: Asia/Shanghai}
rules: [rules.yaml]
units: [{id: u-hall, name: 大厅}]
channels: [{id: hook, kind: webhook, url: "http://127.0.0.1:1/"}]
users:
  - {id: lin, name: 林, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
  - {id: wang, name: 王, unit: u-hall, roles: [responder], contacts: [{channel: hook}]}
`})
	ctx := t.Context()
	c, err := a.OpenCase(ctx, casework.Opening{Level: huiying.LevelRed, Title: "排队", Topic: "t-1", Rule: "r-queue", Post: "weibo:1", FirstSeenAt: time.Now().UTC()})
	if err != nil {
		t.Fatal(err)
	}
	officer := huiying.Actor{ID: "duty", Roles: []huiying.Role{huiying.RoleOfficer}}
	if _, err := a.Step(ctx, huiying.Command{CaseNo: c.No, Action: "assign", Actor: officer, Fields: map[string]string{"unit": "u-hall"}}); err != nil {
		t.Fatal(err)
	}
	told, err := a.Told(ctx, c.No)
	if err != nil || len(told) != 2 {
		t.Fatalf("told %+v, %v", told, err)
	}
	if err := a.Acknowledge(ctx, told[0].ID); err != nil {
		t.Fatal(err)
	}
	err = a.Acknowledge(ctx, told[1].ID)
	said := catalogue(t).Sentence(locale.Chinese, err)
	shanghai, bad := time.LoadLocation("Asia/Shanghai")
	if bad != nil {
		t.Fatal(bad)
	}
	c, _, bad = a.Record(ctx, c.No)
	if at := c.AckedAt.In(shanghai).Format("15:04:05"); bad != nil || err == nil || !strings.Contains(said, at) {
		t.Errorf("%q, acknowledged at %s, %v", said, at, bad)
	}
}
