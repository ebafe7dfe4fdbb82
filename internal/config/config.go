// Package config reads the one YAML file a process starts from and joins every
// room's own settings. It refuses unknown keys, collects every mistake at once
// with line and column, and never holds a default that a room should own.
package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"huiying"
	"huiying/notifier/casework/limit"
	"huiying/notifier/route"
)

// Config is the file. Durations are written as 30s, 5m, 2h; secrets may be
// given as the value, as ${NAME} of the environment, or by a key ending in
// _file beside them.
type Config struct {
	Office    Office    `yaml:"office"`
	Data      string    `yaml:"data"`       // folder of everything stored; made when missing
	Listen    string    `yaml:"listen"`     // address of pages, API and metrics
	PublicURL string    `yaml:"public_url"` // how people reach Listen; needed before an alert may carry a link
	Store     Store     `yaml:"store"`
	Bus       Bus       `yaml:"bus"`
	Crawler   Crawler   `yaml:"crawler"`
	Analyzer  Analyzer  `yaml:"analyzer"`
	Notifier  Notifier  `yaml:"notifier"`
	Record    Record    `yaml:"record"`
	Reply     Reply     `yaml:"reply"`
	Sources   []Source  `yaml:"sources"`
	Rules     []string  `yaml:"rules"`    // rules files, relative to this file
	Profiles  []string  `yaml:"profiles"` // portal site descriptions, relative to this file
	Units     []Unit    `yaml:"units"`
	Users     []User    `yaml:"users"`
	Channels  []Channel `yaml:"channels"`
	Routes    Routes    `yaml:"routes"` // who is told of which alerts, and when

	positions map[string]position // of the file, for what is said of it later

	Rosters     []Roster     `yaml:"rosters"`     // duty rosters 值班表
	Escalations []Escalation `yaml:"escalations"` // who is told when nobody acknowledges; [] = the built-in ones
	Heartbeat   Heartbeat    `yaml:"heartbeat"`
	Presets     []limit.Row  `yaml:"presets"`   // what the office changes of the time limits
	Templates   []Template   `yaml:"templates"` // the office's own texts of alerts
	Posting     []Posting    `yaml:"posting"`   // official interfaces on which approved replies are published

	Exports        Exports  `yaml:"exports"`
	SignIn         SignIn   `yaml:"sign_in"`
	TrustedProxies []string `yaml:"trusted_proxies"` // whose X-Forwarded-For and -Proto are believed: addresses, networks, host names
	Watermark      bool     `yaml:"watermark"`       // name and time on every page

	// Path is the file it was read from, "" for one made in memory.
	Path string `yaml:"-"`
}

// Office is who runs the service.
type Office struct {
	Name     string `yaml:"name"`
	TimeZone string `yaml:"time_zone"`  // decides days, working days and quiet hours
	Contact  string `yaml:"contact"`    // address or telephone, shown to the sites that are read
	EndOfDay string `yaml:"end_of_day"` // when a last day ends: "17:30", "" = 24:00

	DutyPhone string `yaml:"duty_phone"` // the telephone that somebody on duty answers, shown beside alerts

	Accounts []string `yaml:"accounts"` // names of its own Weibo accounts, whose posts the yearly report counts
}

// Store is where what must outlast the process lies: SQLite in the data folder,
// or PostgreSQL.
type Store struct {
	DSN     Secret `yaml:"dsn"` // postgres://user:password@host:port/database, "" = SQLite; files beside the database stay in the data folder
	DSNFile string `yaml:"dsn_file"`
}

// Bus is NATS JetStream: embedded without an open port, or a cluster by URL.
type Bus struct {
	URL             string   `yaml:"url"`
	CredentialsFile string   `yaml:"credentials_file"`
	NkeyFile        string   `yaml:"nkey_file"` // seed of an nkey, in place of credentials
	CAFile          string   `yaml:"ca_file"`   // authorities of the server's certificate
	CertFile        string   `yaml:"cert_file"` // our own, for a server that asks for one
	KeyFile         string   `yaml:"key_file"`
	Replicas        int      `yaml:"replicas"` // copies of every stream and bucket; 0 = three in a cluster, else one
	Listen          string   `yaml:"listen"`   // of the embedded server, for other processes
	Sync            string   `yaml:"sync"`     // always, or an interval such as 1s
	DuplicateWindow Duration `yaml:"duplicate_window"`
	MaxBytes        int64    `yaml:"max_bytes"` // of one stream
}

// Crawler bounds collection.
type Crawler struct {
	Workers      int          `yaml:"workers"`       // visits at a time
	HostDelay    Duration     `yaml:"host_delay"`    // between two requests to one host
	VisitTimeout Duration     `yaml:"visit_timeout"` // one visit of one source at most
	Hosts        []HostBudget `yaml:"hosts"`         // budgets of single hosts
	AllowPrivate []string     `yaml:"allow_private"` // networks, addresses, hosts that are not public and may be read; those of base_url and options may without
	WatchEvery   Duration     `yaml:"watch_every"`   // how often posts of open cases are looked at again
	HoldOlder    Duration     `yaml:"hold_older"`    // what is older does not alert when a first reading or a back-fill meets it
}

// HostBudget is what the office allows itself at one host.
type HostBudget struct {
	Host   string   `yaml:"host"`    // a name, or *.gov.cn for all under it
	Delay  Duration `yaml:"delay"`   // between two questions; the slowest of all wishes holds
	PerDay int      `yaml:"per_day"` // questions a day
	Hours  string   `yaml:"hours"`   // "07:00-23:00" in the office zone
}

// Analyzer is dictionaries, places, models, the service items and the table of
// levels.
type Analyzer struct {
	Dictionary     string   `yaml:"dictionary"`      // folder of dictionary files; "" = those in the binary
	UserDictionary string   `yaml:"user_dictionary"` // one "word [frequency [tag]]" a line
	Gojieba        bool     `yaml:"gojieba"`         // gojieba itself cuts, not our repetition of it
	Places         []string `yaml:"places"`          // names noted beside those of the table of places
	Area           string   `yaml:"area"`            // code of the office's area in it: 640500
	PlacesFile     string   `yaml:"places_file"`     // the office's own rows of it
	Catalogue      string   `yaml:"catalogue"`       // its service items 事项目录: csv, tsv or xlsx
	Models         string   `yaml:"models"`          // folder of models trained on its own data
	PublicNumbers  []string `yaml:"public_numbers"`  // its own telephone numbers, which nobody masks
	ThreeLevels    bool     `yaml:"three_levels"`    // the local scheme: what would be blue is yellow
	Raises         []Raise  `yaml:"raises"`
	Workers        int      `yaml:"workers"`
}

// Raise makes the level more urgent where an expression of the rule language
// holds.
type Raise struct {
	When string `yaml:"when"`
	To   string `yaml:"to"` // at least this level
	By   int    `yaml:"by"` // or so many levels up
	Why  string `yaml:"why"`
}

// Notifier is who is told by default and how long sending is tried.
type Notifier struct {
	Default []string   `yaml:"default"` // unit, user or channel ids told when a rule names nobody
	Retry   []Duration `yaml:"retry"`   // waits between attempts; [] = the built-in list
	Workers int        `yaml:"workers"`
	// AssignAbove is the probability from which the likeliest unit gets a case
	// that no rule assigns; 0 = never.
	AssignAbove float64 `yaml:"assign_above"`
	// Approvers narrows, by level, the roles that may release a reply; unset =
	// the head of the office for red and orange.
	Approvers map[huiying.Level][]huiying.Role `yaml:"approvers"`
	// Classified refuses to close a case without its kind, disposition and
	// settlement.
	Classified bool   `yaml:"classified"`
	HandOn     HandOn `yaml:"hand_on"`
}

// HandOn is how long a person's channel is given to take an alert of a level
// before the next one takes over; a level that is not named keeps the built-in
// time.
type HandOn struct {
	Red    Duration `yaml:"red"`
	Orange Duration `yaml:"orange"`
	Yellow Duration `yaml:"yellow"`
	Blue   Duration `yaml:"blue"`
}

// Record is the hash-chained record of cases.
type Record struct {
	Key         Secret   `yaml:"key"` // signs heads and links; made in the keys folder when not given
	KeyFile     string   `yaml:"key_file"`
	Heads       string   `yaml:"heads"` // folder outside the database that takes the signed heads
	HeadEvery   Duration `yaml:"head_every"`
	EvidenceFor Duration `yaml:"evidence_for"` // how long after its end a case's evidence is kept
	PostsFor    Duration `yaml:"posts_for"`    // how long after it was collected the words of a post that no case has are kept; 0 = for ever
	WordsFor    Duration `yaml:"words_for"`    // how long after its end the words of a case are kept before they may be purged
}

// Source is a place that is read; see huiying.Source.
type Source struct {
	ID       string         `yaml:"id"`
	Kind     string         `yaml:"kind"`
	Name     string         `yaml:"name"`
	BaseURL  string         `yaml:"base_url"`
	Every    Duration       `yaml:"every"`
	Slowest  Duration       `yaml:"slowest"`  // while nothing is new the interval grows up to this
	Cron     string         `yaml:"cron"`     // "0 8-18 * * 1-5" in the office zone, in place of every
	Verified string         `yaml:"verified"` // the day it was last checked against the live site
	Disabled bool           `yaml:"disabled"`
	Register Register       `yaml:"register"`
	Options  map[string]any `yaml:"options"`
}

// Register is the source's row in the register of automated collection.
type Register struct {
	Basis     string `yaml:"basis"`
	Reference string `yaml:"reference"`
	Holder    string `yaml:"holder"`
	Expires   string `yaml:"expires"` // 2027-12-31, end of that day in the office zone
}

// Unit is an organisational unit.
type Unit struct {
	ID          string   `yaml:"id"`
	Name        string   `yaml:"name"`
	Aliases     []string `yaml:"aliases"`     // what else people call it
	Keywords    []string `yaml:"keywords"`    // words that point to it
	Departments []string `yaml:"departments"` // classes of the routing model it is responsible for
}

// User is a person known from the file; the password is set by link.
type User struct {
	ID       string         `yaml:"id"`
	Name     string         `yaml:"name"`
	Unit     string         `yaml:"unit"`
	Roles    []huiying.Role `yaml:"roles"`
	Contacts []Contact      `yaml:"contacts"`
}

// Contact is a way to reach a person.
type Contact struct {
	Channel string `yaml:"channel"`
	Address string `yaml:"address"`
}

// Channel is a way of telling people. Which keys apply depends on the kind.
type Channel struct {
	ID         string   `yaml:"id"`
	Kind       string   `yaml:"kind"` // webhook, wecom, wecom-app, dingtalk, feishu, email, sms, push, webpush
	URL        string   `yaml:"url"`
	BaseURL    string   `yaml:"base_url"` // stands in for the scheme and host of url: a proxy or a replica
	Mention    []string `yaml:"mention"`  // user ids of 企业微信 named in every message
	Secret     Secret   `yaml:"secret"`
	SecretFile string   `yaml:"secret_file"`
	Host       string   `yaml:"host"` // of the mail server
	Port       int      `yaml:"port"`
	TLS        string   `yaml:"tls"` // implicit, starttls, none
	User       string   `yaml:"user"`
	From       string   `yaml:"from"`
	AttachMB   int      `yaml:"attach_mb"` // the most that the files of a letter have together; 0 = 10, -1 = none go along
	Timeout    Duration `yaml:"timeout"`
	Format     string   `yaml:"format"`     // of the kind: markdown, text, card, ntfy, gotify
	Keyword    string   `yaml:"keyword"`    // which a robot of 钉钉 or 飞书 demands in every message
	CorpID     string   `yaml:"corp_id"`    // of an application of 企业微信
	AgentID    int      `yaml:"agent_id"`   // of the same
	PerMinute  int      `yaml:"per_minute"` // fewer messages than the provider allows; never more
	Lang       string   `yaml:"lang"`       // of its messages: zh or en
	SMS        SMS      `yaml:"sms"`
	// What an acceptance looks like in the JSON answer of a webhook or of a
	// provider of short messages, where the status alone does not say.
	SuccessPath string   `yaml:"success_path"`
	SuccessIs   []string `yaml:"success_is"`
	RetryOn     []string `yaml:"retry_on"` // values there that a wait may cure
}

// SMS describes a provider of short messages; texts hold placeholders such as
// {phone} and {text}.
type SMS struct {
	Method    string            `yaml:"method"`
	Headers   map[string]string `yaml:"headers"`
	Body      string            `yaml:"body"`
	Encode    string            `yaml:"encode"` // base64 of the whole body
	Sign      string            `yaml:"sign"`   // how {sign} is made of sign_over: md5, sha1, sha256, hmac-sha1, hmac-sha256
	SignOver  string            `yaml:"sign_over"`
	Signature string            `yaml:"signature"` // which the provider puts before the text
	Segments  int               `yaml:"segments"`
}

// Template is the office's own text of an alert, for a kind of channel, a level
// and a language, each "" for any.
type Template struct {
	Kind  string        `yaml:"kind"`
	Level huiying.Level `yaml:"level"`
	Lang  string        `yaml:"lang"`
	Title string        `yaml:"title"`
	Lines []string      `yaml:"lines"`
}

// Duration is a time.Duration written as 30s, 5m, 2h.
type Duration time.Duration

// Secret is a value that is never printed.
type Secret string

// String hides the value.
func (Secret) String() string { return "***" }

// Default is what holds where the file says nothing.
func Default() Config {
	return Config{
		Office:   Office{Name: "政务服务中心", TimeZone: "Asia/Shanghai"},
		Data:     "data",
		Listen:   "127.0.0.1:8420",
		Bus:      Bus{Sync: "1s", DuplicateWindow: Duration(2 * time.Minute), MaxBytes: 8 << 30},
		Crawler:  Crawler{Workers: 16, HostDelay: Duration(2 * time.Second), VisitTimeout: Duration(5 * time.Minute), HoldOlder: Duration(24 * time.Hour), WatchEvery: Duration(10 * time.Minute)},
		Analyzer: Analyzer{Places: []string{"沙坡头区", "中宁县", "海原县"}, Workers: 4},
		Notifier: Notifier{Workers: 4},
		Routes:   Routes{To: []string{route.ToRules}},
		Record:   Record{HeadEvery: Duration(time.Hour), EvidenceFor: Duration(3 * 365 * 24 * time.Hour), PostsFor: Duration(2 * 365 * 24 * time.Hour), WordsFor: Duration(10 * 365 * 24 * time.Hour)},

		Heartbeat: Heartbeat{Every: Duration(time.Minute), Method: "GET"},
		SignIn:    defaultSignIn(),
		Exports:   Exports{Keep: Duration(7 * 24 * time.Hour), Rows: 50_000},
		Watermark: true,
	}
}

// Load reads and checks the file. The error joins every mistake, each a
// huiying.Error with file, line and column.
func Load(path string) (Config, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Config{}, huiying.Errorf(huiying.Invalid, "config.unreadable", path, err)
	}
	return Parse(path, raw)
}

// Parse checks the bytes of a file named path; relative paths in it are
// relative to its folder.
func Parse(path string, raw []byte) (Config, error) {
	c := Default()
	c.Path = path
	d := &decoder{file: path, positions: map[string]position{}}
	c.positions = d.positions
	if d.decode(bytes.TrimPrefix(raw, []byte("\ufeff")), &c) {
		c.resolve(d)
		c.validate(d)
	}
	return c, d.err()
}

// Validate checks a configuration made in memory as Parse checks a file.
func (c *Config) Validate() error {
	d := &decoder{file: "-", positions: map[string]position{}}
	c.resolve(d)
	c.validate(d)
	return d.err()
}

// Zone is the office zone.
func (c *Config) Zone() (*time.Location, error) {
	zone, err := time.LoadLocation(c.Office.TimeZone)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "config.zone", c.Office.TimeZone)
	}
	return zone, nil
}

// resolve makes paths absolute to the file's folder and reads secrets.
func (c *Config) resolve(d *decoder) {
	folder := "."
	if c.Path != "" {
		folder = filepath.Dir(c.Path)
	}
	at := func(p string) string {
		if p == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(folder, p)
	}
	c.Data = at(c.Data)
	for _, file := range []*string{&c.Bus.CredentialsFile, &c.Bus.NkeyFile, &c.Bus.CAFile, &c.Bus.CertFile, &c.Bus.KeyFile} {
		*file = at(*file)
	}
	c.Analyzer.Dictionary = at(c.Analyzer.Dictionary)
	c.Analyzer.UserDictionary = at(c.Analyzer.UserDictionary)
	c.Analyzer.PlacesFile = at(c.Analyzer.PlacesFile)
	c.Analyzer.Catalogue = at(c.Analyzer.Catalogue)
	c.Analyzer.Models = at(c.Analyzer.Models)
	c.Record.Heads = at(c.Record.Heads)
	c.Reply.resolve(at)
	for i := range c.Rules {
		c.Rules[i] = at(c.Rules[i])
	}
	for i := range c.Profiles {
		c.Profiles[i] = at(c.Profiles[i])
	}
	d.secret("store.dsn", &c.Store.DSN, at(c.Store.DSNFile))
	d.secret("record.key", &c.Record.Key, at(c.Record.KeyFile))
	d.secret("sign_in.oidc.client_secret", &c.SignIn.OIDC.ClientSecret, at(c.SignIn.OIDC.ClientSecretFile))
	d.secret("heartbeat.url", &c.Heartbeat.URL, at(c.Heartbeat.URLFile))
	for i := range c.Channels {
		ch := &c.Channels[i]
		d.secret(fmt.Sprintf("channels[%d].secret", i), &ch.Secret, at(ch.SecretFile))
	}
	for i := range c.Posting {
		p := &c.Posting[i]
		d.secret(fmt.Sprintf("posting[%d].token", i), &p.Token, at(p.TokenFile))
	}
	for i := range c.Sources {
		options := c.Sources[i].Options
		for _, key := range []string{"cookie_file", "token_file", "secret_file", "folder"} {
			if name, ok := options[key].(string); ok {
				options[key] = at(name)
			}
		}
	}
}
