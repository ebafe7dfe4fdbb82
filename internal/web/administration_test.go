package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/query"
)

// adminDesk stands for the inventory.
type adminDesk struct {
	admin    query.Admin
	standing int // how often the whole was asked for
	checks   int
	refuse   error
}

func (d *adminDesk) Standing(context.Context) (query.Admin, error) {
	d.standing++
	return d.admin, nil
}

func (d *adminDesk) Units(context.Context) (query.UnitList, error) {
	var out []query.UnitRow
	for i, u := range units() {
		out = append(out, query.UnitRow{Unit: u, Line: 10 + i, Aliases: []string{"大厅"}})
	}
	out[0].People = []huiying.Person{{ID: "hall", Name: "韩承办"}}
	return query.UnitList{Rows: out, File: d.admin.File}, nil
}

func (d *adminDesk) Check(context.Context, huiying.Actor) error {
	d.checks++
	return d.refuse
}

func newAdminDesk(now time.Time) adminDesk {
	return adminDesk{admin: query.Admin{
		At: now, File: "huiying.yaml", Version: "1.0", Go: "go1.26", Sized: now, Free: 12 << 30, Disk: 100 << 30,
		Figures:  []query.AdminFigure{{Key: "people", N: 7, Href: "/admin/users"}, {Key: "mute", N: 3, Href: "/admin/users", Warn: true}, {Key: "units", N: 3, Href: "/admin/units"}, {Key: "access", N: 12, Href: "/admin/access?from=2026-11-24"}},
		Queues:   []query.AdminFigure{{Key: "deliveries", N: 2, Href: "/admin/channels"}, {Key: "outbox"}},
		Checked:  query.Verification{BeganAt: now.Add(-time.Minute), EndedAt: now, By: "admin", Steps: 1200, Cases: 80, Heads: 24},
		Keys:     []query.AdminKey{{Key: "master", Where: "keys/master.key", Since: now.AddDate(0, -2, 0)}, {Key: "channel", Where: "hook"}},
		Storage:  []query.AdminStorage{{Key: "database", Bytes: 3 << 20, Files: 3}, {Key: "streams", Bytes: 1 << 30, Files: 900, Least: true}},
		Settings: []query.Setting{{Key: "office.name", Value: "示例中心", Line: 2}, {Key: "record.evidence_for", Value: "1095d", Retention: true}, {Key: "record.key", Value: "***", Line: 40}},
		Modules:  []query.Module{{Path: "example.org/one", Version: "v1.2.3"}},
	}}
}

// Every number leads to the page that makes it; what the file says has its
// line; the check is asked for by a form.
func TestAdministration(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	body := b.get("/admin").body
	for _, want := range []string{
		`href="/admin/users"`, `href="/admin/permissions"`, "huiying.yaml:2", "内置默认", "完好", "运行中", "12.0 GB / 100.0 GB", "≥ 1.0 GB", "keys/master.key", "example.org/one v1.2.3", `action="/admin/check"`, `aria-current="page"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if res := b.post("/admin/check", nil); res.status != http.StatusSeeOther || s.inventory.checks != 1 {
		t.Errorf("%d", res.status)
	}
	s.inventory.refuse = huiying.Errorf(huiying.Conflict, "admin.checking")
	if res := b.post("/admin/check", nil); res.status != http.StatusConflict || !strings.Contains(res.body, "正在核验") {
		t.Errorf("%d", res.status)
	}
	s.inventory.admin.Checked.Findings, s.inventory.admin.Checked.First = 2, "第 7 行被改动"
	s.inventory.admin.Switch = query.Switch{Stopped: true, By: "admin", Reason: "检修", At: s.clock()}
	for _, want := range []string{"发现 2 处被改动", "第 7 行被改动", "已全部停止", "检修"} {
		if !strings.Contains(b.get("/admin").body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	before := s.inventory.standing
	for _, want := range []string{"政务大厅管理科", "huiying.yaml:10", "韩承办", "没有人，分给它的件没人收"} {
		if !strings.Contains(b.get("/admin/units").body, want) {
			t.Errorf("the units lack %q", want)
		}
	}
	if s.inventory.standing != before {
		t.Error("the list of units takes the whole inventory")
	}
}
