// Package settings reads what an office sets for the inspection of its site:
// which pages and columns, how often, which limits, whose words. It says every
// mistake of it at once, and refuses keys it does not know.
package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/patrol/norm"
	"huiying/crawler/patrol/uptime"
	"huiying/crawler/patrol/wording"
	"huiying/crawler/portal/site"
)

// Options are the settings of a patrol. Unknown keys are refused.
type Options struct {
	URL      string   `json:"url"`          // the home page
	Hosts    []string `json:"hosts"`        // further hosts that are the site's own
	Probes   int      `json:"probes_a_day"` // 24 by default, a divisor of the day from 20 to 288
	Witness  string   `json:"witness"`      // a page elsewhere: when it gives no answer either, our own line is down
	Pages    int      `json:"pages"`        // pages a round reads, 100 by default
	Links    int      `json:"links"`        // addresses a round looks at, 600 by default
	Visit    int      `json:"questions"`    // questions a visit puts at most, 60 by default
	Skip     []string `json:"skip"`         // beginnings of addresses that are left alone
	Channels []string `json:"channels"`     // names of links that are a channel for the public
	Columns  []Column `json:"columns"`
	Letters  *Letters `json:"letters"`
	Words    Words    `json:"words"`
	Off      []string `json:"off"`    // parts that are not inspected: probe links wording home columns channels letters certificate
	Notify   []string `json:"notify"` // who is told; nobody named = those on duty

	RoundEvery       string `json:"round_every"`       // links, words, home page and columns: 24h by default
	LettersEvery     string `json:"letters_every"`     // 24h
	CertificateEvery string `json:"certificate_every"` // 24h

	Norms map[string]norm.Override `json:"norms"` // the office's own limits by id

	Except []Exception `json:"except"` // incidents that are no fault for a while
	Again  []Again     `json:"again"`  // incidents that are looked at anew

	Limits   norm.Norms               `json:"-"` // in force
	Mistakes wording.List             `json:"-"`
	Site     site.Profile             `json:"-"` // of the letters
	Every    map[string]time.Duration `json:"-"` // job → how often
	Home     *url.URL                 `json:"-"`
}

// Column is a column of the site that is to be kept up.
type Column struct {
	Name  string `json:"name"`
	URL   string `json:"url"`
	Class string `json:"class"` // news (动态要闻), notice (通知公告, 政策文件) or "" for another
	Days  int    `json:"days"`  // it is to be updated at least every so many days by the office's own rule
}

// Letters says where the public's letters and their answers stand.
type Letters struct {
	Profile string   `json:"profile"` // the site description, as of a portal source
	Lists   []string `json:"lists"`
	Pages   int      `json:"pages"`   // pages of a list, 20 by default
	Details int      `json:"details"` // letters that are kept in mind, 400 by default
	Ignore  []string `json:"ignore"`  // addresses of letters that are not valid ones
}

// Words changes the list of mistakes.
type Words struct {
	File   string         `json:"file"`   // YAML, as the built-in list
	Add    []wording.Word `json:"add"`    // a mistake of the same spelling is replaced
	Off    []string       `json:"off"`    // built-in mistakes that are none here
	Except []string       `json:"except"` // beginnings of addresses whose words are not looked at
}

// The parts of an inspection.
const (
	PartProbe       = "probe"
	PartLinks       = "links"
	PartWording     = "wording"
	PartHome        = "home"
	PartColumns     = "columns"
	PartChannels    = "channels"
	PartLetters     = "letters"
	PartCertificate = "certificate"

	// JobRound is the walk that links, words, home page, columns and channels share.
	JobRound = "round"
)

func parts() []string {
	return []string{PartProbe, PartLinks, PartWording, PartHome, PartColumns, PartChannels, PartLetters, PartCertificate}
}

func channels() []string {
	return []string{
		"领导信箱", "主任信箱", "局长信箱", "市长信箱", "县长信箱", "区长信箱", "网上咨询", "在线咨询", "我要咨询", "我要写信", "我要留言", "咨询投诉", "投诉建议",
		"意见建议", "互动交流", "政民互动",
	}
}

func defaults() Options {
	return Options{Probes: 24, Pages: 100, Links: 600, Visit: 60}
}

// Settle reads and checks the options of a source; profiles are the site
// descriptions that letters may name. The error joins a sentence for each
// mistake.
func Settle(src huiying.Source, profiles map[string]site.Profile) (Options, error) {
	o := defaults()
	raw := src.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, huiying.Errorf(huiying.Invalid, "patrol.options_unreadable", src.ID, err)
	}
	if len(o.Channels) == 0 {
		o.Channels = channels()
	}
	faults := o.faults(src)
	faults = append(faults, o.plan(src)...)
	faults = append(faults, o.bag(src, profiles)...)
	return o, errors.Join(append(faults, o.spell(src)...)...)
}

func (o *Options) faults(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	o.URL = site.Resolve(o.URL, o.URL)
	home, err := url.Parse(o.URL)
	if err != nil || home.Host == "" {
		say("patrol.no_url")
		home = &url.URL{}
	}
	o.Home = home
	addresses := []string{o.Witness, src.BaseURL}
	for i, c := range o.Columns {
		o.Columns[i].URL = site.Resolve(o.URL, c.URL)
		if c.Name == "" || !o.Own(o.Columns[i].URL) || c.Days < 0 || !slices.Contains([]string{"", "news", "notice"}, c.Class) {
			say("patrol.bad_column", c.Name, c.URL)
		}
	}
	for _, a := range addresses {
		if a != "" && !site.Absolute(a) {
			say("patrol.bad_address", a)
		}
	}
	for _, p := range o.Off {
		if !slices.Contains(parts(), p) {
			say("patrol.bad_part", p, strings.Join(parts(), ", "))
		}
	}
	for _, b := range []struct {
		key             string
		value, low, top int
	}{{"pages", o.Pages, 1, 500}, {"links", o.Links, 1, 2000}, {"questions", o.Visit, 2, 500}} {
		if b.value < b.low || b.value > b.top {
			say("patrol.bad_number", b.key, b.low, b.top)
		}
	}
	return out
}

// plan reads how often each part is done, and the limits.
func (o *Options) plan(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	o.Every = map[string]time.Duration{}
	for _, e := range []struct{ job, key, value string }{
		{JobRound, "round_every", o.RoundEvery}, {PartLetters, "letters_every", o.LettersEvery}, {PartCertificate, "certificate_every", o.CertificateEvery},
	} {
		d, err := time.ParseDuration(e.value)
		switch {
		case e.value == "":
			d = 24 * time.Hour
		case err != nil || d <= 0:
			say("patrol.bad_duration", e.key, e.value)
		}
		o.Every[e.job] = d
	}
	if !uptime.ValidPerDay(o.Probes) {
		say("patrol.bad_probes", o.Probes, uptime.LeastDay, uptime.MostDay)
	} else if slot := uptime.New(o.Probes).Slot(); src.Cron == "" && max(src.Every, src.Slowest) > slot/2 && !slices.Contains(o.Off, PartProbe) {
		say("patrol.too_seldom", max(src.Every, src.Slowest), o.Probes, slot/2)
	}
	list, unknown, bad := norm.Builtin().With(o.Norms)
	o.Limits = list
	for _, id := range unknown {
		say("patrol.unknown_norm", id, strings.Join(norm.Builtin().IDs(), ", "))
	}
	for _, id := range bad {
		say("patrol.bad_norm", id)
	}
	return out
}

func (o *Options) bag(src huiying.Source, profiles map[string]site.Profile) []error {
	l := o.Letters
	if l == nil {
		return nil
	}
	p, ok := profiles[l.Profile]
	if !ok {
		return []error{huiying.Errorf(huiying.Invalid, "patrol.no_profile", src.ID, l.Profile, strings.Join(slices.Sorted(maps.Keys(profiles)), ", "))}
	}
	o.Site = p
	if l.Pages == 0 {
		l.Pages = 20
	}
	if l.Details == 0 {
		l.Details = 400
	}
	if len(l.Lists) == 0 && p.List.URL != "" {
		l.Lists = []string{p.List.URL}
	}
	if p.Kind != huiying.KindLetter || len(l.Lists) == 0 || l.Pages < 1 || l.Pages > 200 || l.Details < 1 || l.Details > 1000 {
		return []error{huiying.Errorf(huiying.Invalid, "patrol.bad_letters", src.ID, l.Profile)}
	}
	return nil
}

// spell makes the list of mistakes.
func (o *Options) spell(src huiying.Source) []error {
	words, err := ReadWords(src)
	if err != nil {
		return []error{err}
	}
	if bad := wording.Bad(o.Words.Add); bad != "" {
		return []error{huiying.Errorf(huiying.Invalid, "patrol.bad_word", src.ID, bad)}
	}
	o.Mistakes = wording.New(words.All()...)
	return nil
}

// Does reports whether a part is inspected.
func (o *Options) Does(part string) bool { return !slices.Contains(o.Off, part) }

// Own reports an address of the inspected site.
func (o *Options) Own(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Host == o.Home.Host || slices.Contains(o.Hosts, u.Host))
}

// Begins reports an address that begins with one of the given strings.
func Begins(address string, with []string) bool {
	return slices.ContainsFunc(with, func(s string) bool { return s != "" && strings.HasPrefix(address, s) })
}
