package config

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"huiying"
	"huiying/crawler/host"
	"huiying/notifier/calendar"
	"huiying/notifier/casework/limit"
)

// validate checks what a value alone cannot show: ids, references, addresses.
// Rooms check their own settings (rules, source options) when app builds them.
func (c *Config) validate(d *decoder) {
	if _, err := time.LoadLocation(c.Office.TimeZone); err != nil || c.Office.TimeZone == "" {
		d.problem("office.time_zone", "config.zone", c.Office.TimeZone)
	}
	if !listenable(c.Listen) {
		d.problem("listen", "config.address", c.Listen)
	}
	if c.PublicURL != "" {
		d.url("public_url", c.PublicURL)
	}
	if dsn := string(c.Store.DSN); dsn != "" && !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") && !strings.Contains(dsn, "=") {
		d.problem("store.dsn", "config.dsn")
	}
	c.validateBus(d)
	units := ids(d, "units", c.Units, func(u Unit) string { return u.ID })
	channels := ids(d, "channels", c.Channels, func(ch Channel) string { return ch.ID })
	users := ids(d, "users", c.Users, func(u User) string { return u.ID })
	ids(d, "sources", c.Sources, func(s Source) string { return s.ID })
	c.validateChannels(d)
	c.validatePosting(d)
	c.validateTemplates(d)
	c.validateUsers(d, units, channels)
	c.validateSources(d)
	for i, id := range c.Notifier.Default {
		if !units[id] && !users[id] && !channels[id] && !onDuty(id) {
			d.problem(fmt.Sprintf("notifier.default[%d]", i), "config.no_recipient", id)
		}
	}
	c.validateDuty(d, named{units, users, channels})
	c.validateNumbers(d)
	c.validateRoutes(d)
	c.validateSignIn(d, units)
	c.Reply.validate(d)
	c.Exports.validate(d)
	for i, name := range c.Rules {
		d.mustExist(fmt.Sprintf("rules[%d]", i), name)
	}
	for i, name := range c.Profiles {
		d.mustExist(fmt.Sprintf("profiles[%d]", i), name)
	}
}

func (c *Config) validateNumbers(d *decoder) {
	for i, b := range c.Crawler.Hosts {
		at := fmt.Sprintf("crawler.hosts[%d]", i)
		name := strings.TrimPrefix(b.Host, "*.")
		if name == "" || strings.ContainsAny(name, "*/ @?#") {
			d.problem(at+".host", "config.host", b.Host)
		}
		if b.PerDay < 0 {
			d.problem(at+".per_day", "config.at_least", b.PerDay, 0)
		}
		if _, err := host.ParseHours(b.Hours); b.Hours != "" && err != nil {
			d.problem(at+".hours", "config.hours", b.Hours)
		}
	}
	for i, entry := range c.Crawler.AllowPrivate {
		if _, err := host.ParsePrivate([]string{entry}); err != nil {
			d.problem(fmt.Sprintf("crawler.allow_private[%d]", i), "config.private", entry)
		}
	}
	for path, n := range map[string]int{
		"crawler.workers": c.Crawler.Workers, "notifier.workers": c.Notifier.Workers, "analyzer.workers": c.Analyzer.Workers,
	} {
		if n < 1 || n > 256 {
			d.problem(path, "config.range", n, 1, 256)
		}
	}
	if above := c.Notifier.AssignAbove; above < 0 || above > 1 {
		d.problem("notifier.assign_above", "config.range", above, 0, 1)
	}
	if _, err := limit.Apply(limit.Presets(), c.Presets); err != nil {
		d.problem("presets", "config.presets", err)
	}
	if _, err := calendar.ParseEndOfDay(c.Office.EndOfDay); c.Office.EndOfDay != "" && err != nil {
		d.problem("office.end_of_day", "config.presets", err)
	}
	for level, roles := range c.Notifier.Approvers {
		release := func(r huiying.Role) bool { return r == huiying.RoleReviewer || r == huiying.RoleManager }
		if !level.Valid() || len(roles) == 0 || !slices.ContainsFunc(roles, release) {
			d.problem("notifier.approvers."+string(level), "config.approvers", string(level))
		}
	}
	if c.Record.HeadEvery <= 0 {
		d.problem("record.head_every", "config.want_duration", "0")
	}
	if time.Duration(c.Record.EvidenceFor) < 24*time.Hour {
		d.problem("record.evidence_for", "config.evidence_for")
	}
	if time.Duration(c.Record.WordsFor) < 24*time.Hour {
		d.problem("record.words_for", "config.words_for")
	}
	if keep := time.Duration(c.Record.PostsFor); keep != 0 && keep < 30*24*time.Hour {
		d.problem("record.posts_for", "config.posts_for")
	}
}

// listenable reports that something can listen on the address: a host or none,
// and the number of a port.
func listenable(address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func (c *Config) validateBus(d *decoder) {
	if _, err := c.Bus.SyncInterval(); err != nil {
		d.problem("bus.sync", "config.sync", c.Bus.Sync)
	}
	switch {
	case c.Bus.URL != "" && c.Bus.Listen != "":
		d.problem("bus.listen", "config.bus_both")
	case c.Bus.Listen != "" && !listenable(c.Bus.Listen):
		d.problem("bus.listen", "config.address", c.Bus.Listen)
	}
	if r := c.Bus.Replicas; r != 0 && r != 1 && r != 3 && r != 5 || r > 1 && c.Bus.URL == "" {
		d.problem("bus.replicas", "config.bus_replicas", r)
	}
	if (c.Bus.CertFile == "") != (c.Bus.KeyFile == "") {
		d.problem("bus.cert_file", "config.bus_pair")
	}
	if c.Bus.NkeyFile != "" && c.Bus.CredentialsFile != "" {
		d.problem("bus.nkey_file", "config.bus_who")
	}
	if c.Bus.URL == "" && c.Bus.NkeyFile+c.Bus.CAFile+c.Bus.CertFile != "" {
		d.problem("bus.url", "config.bus_outside")
	}
	if c.Bus.DuplicateWindow <= 0 {
		d.problem("bus.duplicate_window", "config.want_duration", "0")
	}
	if c.Bus.MaxBytes < 1<<20 {
		d.problem("bus.max_bytes", "config.at_least", c.Bus.MaxBytes, 1<<20)
	}
}

// SyncInterval is 0 for "always".
func (b Bus) SyncInterval() (time.Duration, error) {
	if b.Sync == "always" {
		return 0, nil
	}
	every, err := time.ParseDuration(b.Sync)
	if err != nil {
		return 0, fmt.Errorf("sync interval: %w", err)
	}
	if every <= 0 {
		return 0, fmt.Errorf("sync interval %v is not positive", every)
	}
	return every, nil
}

// ids collects the ids of a list and refuses bad and repeated ones.
func ids[T any](d *decoder, path string, list []T, id func(T) string) map[string]bool {
	seen := map[string]bool{}
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch name := id(item); {
		case !huiying.ValidSubject(name):
			d.problem(at+".id", "config.bad_id", name)
		case seen[name]:
			d.problem(at+".id", "config.id_twice", name)
		default:
			seen[name] = true
		}
	}
	return seen
}

func (c *Config) validateUsers(d *decoder, units, channels map[string]bool) {
	for i, u := range c.Users {
		at := fmt.Sprintf("users[%d]", i)
		if u.Unit != "" && !units[u.Unit] {
			d.problem(at+".unit", "config.no_unit", u.Unit)
		}
		if len(u.Roles) == 0 {
			d.problem(at, "config.no_roles", u.ID)
		}
		for j, r := range u.Roles {
			if !slices.Contains(huiying.Roles(), r) {
				d.problem(fmt.Sprintf("%s.roles[%d]", at, j), "config.one_of", string(r), "officer, responder, reviewer, manager, admin")
			}
		}
		for j, contact := range u.Contacts {
			if !channels[contact.Channel] {
				d.problem(fmt.Sprintf("%s.contacts[%d].channel", at, j), "config.no_channel", contact.Channel)
			}
		}
	}
}

func (c *Config) validateSources(d *decoder) {
	for i, s := range c.Sources {
		at := fmt.Sprintf("sources[%d]", i)
		if s.Kind == "" {
			d.problem(at, "config.missing", "kind")
		}
		if s.BaseURL != "" {
			d.url(at+".base_url", s.BaseURL)
		}
		if s.Every != 0 && time.Duration(s.Every) < time.Second {
			d.problem(at+".every", "config.too_often", time.Duration(s.Every))
		}
		if s.Slowest != 0 && s.Slowest < s.Every {
			d.problem(at+".slowest", "config.slowest", time.Duration(s.Slowest), time.Duration(s.Every))
		}
		if s.Cron != "" && s.Slowest != 0 {
			d.problem(at+".slowest", "config.cron_slowest")
		}
		if _, err := cron.ParseStandard(s.Cron); s.Cron != "" && (err != nil || strings.Contains(s.Cron, "TZ=")) {
			d.problem(at+".cron", "config.cron", s.Cron)
		}
		if _, err := time.Parse(time.DateOnly, s.Verified); s.Verified != "" && err != nil {
			d.problem(at+".verified", "config.want_date", s.Verified)
		}
		if s.Register.Expires != "" {
			if _, err := time.Parse(time.DateOnly, s.Register.Expires); err != nil {
				d.problem(at+".register.expires", "config.want_date", s.Register.Expires)
			}
		}
		d.environment(at+".options", s.Options)
	}
}

// environment expands ${NAME} in a source's own options.
func (d *decoder) environment(path string, options map[string]any) {
	for key, value := range options {
		text, ok := value.(string)
		if !ok || !strings.HasPrefix(text, "${") || !strings.HasSuffix(text, "}") {
			continue
		}
		name := text[2 : len(text)-1]
		expanded, set := os.LookupEnv(name)
		if !set {
			d.problem(path, "config.no_env", name)
			continue
		}
		options[key] = expanded
	}
}

func (d *decoder) url(path, text string) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		d.problem(path, "config.url", text)
	}
}

func (d *decoder) mustExist(path, name string) {
	info, err := os.Stat(name)
	if err != nil || info.IsDir() {
		d.problem(path, "config.no_file", name)
	}
}

// Definition is the source as the other rooms know it.
func (s Source) Definition(zone *time.Location) (huiying.Source, error) {
	options, err := json.Marshal(s.Options)
	if err != nil {
		return huiying.Source{}, huiying.Errorf(huiying.Invalid, "config.options", s.ID, err)
	}
	def := huiying.Source{
		ID: s.ID, Kind: s.Kind, Name: s.Name, BaseURL: s.BaseURL,
		Every: time.Duration(s.Every), Slowest: time.Duration(s.Slowest), Cron: s.Cron, Verified: s.Verified,
		Disabled: s.Disabled, Options: options,
		Register: huiying.Register{Basis: s.Register.Basis, Reference: s.Register.Reference, Holder: s.Register.Holder},
	}
	if def.Name == "" {
		def.Name = def.ID
	}
	if def.Every == 0 {
		def.Every = 5 * time.Minute
	}
	if s.Register.Expires != "" {
		day, err := time.ParseInLocation(time.DateOnly, s.Register.Expires, zone)
		if err != nil {
			return huiying.Source{}, huiying.Errorf(huiying.Invalid, "config.want_date", s.Register.Expires)
		}
		def.Register.Expires = day.AddDate(0, 0, 1)
	}
	return def, nil
}

// Person is the user as the other rooms know it.
func (u User) Person() huiying.Person {
	p := huiying.Person{ID: u.ID, Name: u.Name, Unit: u.Unit, Roles: u.Roles}
	if p.Name == "" {
		p.Name = p.ID
	}
	for _, contact := range u.Contacts {
		p.Contacts = append(p.Contacts, huiying.Contact{Channel: contact.Channel, Address: contact.Address})
	}
	return p
}
