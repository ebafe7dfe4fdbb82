package drill

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"huiying"
)

//go:embed definitions/rules.yaml
var rulesYAML []byte

//go:embed definitions/notices.yaml
var noticesYAML string

// Channel is a webhook channel as the drill wants it defined.
type Channel struct {
	ID     string
	URL    string
	Secret string
}

// Definitions is what the service has to know to take part in the drill: app
// turns it into a configuration.
type Definitions struct {
	Office    string
	Contact   string // for the User-Agent
	Sources   []huiying.Source
	Rules     []byte            // a rules file
	Profiles  map[string][]byte // site descriptions by name
	Units     []huiying.Unit
	People    []huiying.Person
	Channel   Channel       // every person's contact
	HostDelay time.Duration // between two requests to one replica
}

// Ids of units and of the channel.
const (
	unitOffice = "u-office"
	unitHall   = "u-hall"
	unitInfo   = "u-info"
	channelID  = "drill-webhook"
)

// The accounts whose timelines are read, as the cast of the incidents has
// them, and one behind each wall.
const (
	uidHall   = "2100000001"
	uidMedia  = "2100000002"
	uid432    = "2100000901"
	uidWalled = "2100000902"
)

// Visits are frequent so that an audience sees things happen; the replica is
// on the same machine.
const (
	visitEvery  = 2 * time.Second
	wallEvery   = 30 * time.Second
	noticeEvery = 5 * time.Second
	hostDelay   = 20 * time.Millisecond
)

type weiboOptions struct {
	Accounts    []string `json:"accounts,omitempty"`
	Queries     []string `json:"queries,omitempty"`
	Cookie      string   `json:"cookie,omitempty"`
	Comments    int      `json:"comments,omitempty"`
	RereadEvery string   `json:"reread_every,omitempty"`
}

type portalOptions struct {
	Profile string `json:"profile"`
	Recheck int    `json:"recheck,omitempty"`
}

// Definitions gives them for the replicas of this drill.
func (d *Drill) Definitions() (Definitions, error) {
	sources, err := d.sources()
	if err != nil {
		return Definitions{}, err
	}
	return Definitions{
		Office: "中卫市政务服务中心", Contact: "drill@localhost",
		Sources: sources, Rules: rulesYAML,
		Profiles: map[string][]byte{"drill-notices": []byte(strings.ReplaceAll(noticesYAML, "{site}", d.portal.URL))},
		Units: []huiying.Unit{
			{ID: unitOffice, Name: "综合办公室"}, {ID: unitHall, Name: "大厅管理科"}, {ID: unitInfo, Name: "信息技术科"},
		},
		People:    crew(),
		Channel:   Channel{ID: channelID, URL: d.receiver.URL, Secret: d.secret},
		HostDelay: hostDelay,
	}, nil
}

func (d *Drill) sources() ([]huiying.Source, error) {
	account := func(uid string, comments int) weiboOptions {
		return weiboOptions{Accounts: []string{uid}, Comments: comments, RereadEvery: "5s"}
	}
	rows := []struct {
		id, kind, name, base string
		every                time.Duration
		options              any
	}{
		{"drill-hall", "weibo", "中卫市政务服务中心的微博", d.weibo.URL, visitEvery, account(uidHall, 10)},
		{"drill-media", "weibo", "应理晨讯的微博", d.weibo.URL, visitEvery, account(uidMedia, 10)},
		{"drill-search", "weibo", "微博搜索", d.weibo.URL, visitEvery, weiboOptions{
			Queries: []string{"中卫", "政务大厅"}, Cookie: "SUB=drill", Comments: 5, RereadEvery: "5s",
		}},
		{"drill-letters", "portal", "政务服务网来信", d.portal.URL, visitEvery, portalOptions{Profile: "beijing-letters", Recheck: 20}},
		{"drill-notices", "portal", "政务服务网公告", d.portal.URL, noticeEvery, portalOptions{Profile: "drill-notices"}},
		{"drill-turned-away", "weibo", "被拒之门外的微博（432）", d.rejecting.URL, wallEvery, account(uid432, 0)},
		{"drill-login-wall", "weibo", "要求登录的微博", d.walled.URL, wallEvery, account(uidWalled, 0)},
	}
	var out []huiying.Source
	for _, r := range rows {
		raw, err := json.Marshal(r.options)
		if err != nil {
			return nil, fmt.Errorf("options of %s: %w", r.id, err)
		}
		out = append(out, huiying.Source{ID: r.id, Kind: r.kind, Name: r.name, BaseURL: r.base, Every: r.every, Options: raw})
	}
	return out, nil
}

// crew is the people of the drill, at least one for each role.
func crew() []huiying.Person {
	person := func(id, name, unit string, role huiying.Role) huiying.Person {
		return huiying.Person{ID: id, Name: name, Unit: unit, Roles: []huiying.Role{role}, Contacts: []huiying.Contact{{Channel: channelID}}}
	}
	return []huiying.Person{
		person("zhou", "周岚", unitOffice, huiying.RoleOfficer),
		person("ma", "马骁", unitHall, huiying.RoleResponder),
		person("ding", "丁悦", unitInfo, huiying.RoleResponder),
		person("bai", "白瑾", unitOffice, huiying.RoleReviewer),
		person("he", "贺文川", unitOffice, huiying.RoleManager),
		person("tao", "陶然", unitInfo, huiying.RoleAdmin),
	}
}

// unitOf is how the officer of the drill gives out cases.
func unitOf(c huiying.Case) string {
	if c.Rule == "r-system" || c.Rule == "r-outage" {
		return unitInfo
	}
	return unitHall
}
