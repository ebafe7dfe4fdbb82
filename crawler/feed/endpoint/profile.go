// Package endpoint reads any JSON endpoint that a description in YAML
// explains: where its rows are, where in a row the words, the author and the
// time, how it turns pages. So it also reads the public hot lists. It refuses
// unknown keys, says every mistake of a description with its place, sends no
// cookie and follows no link off the described site.
package endpoint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"huiying"
)

// Profile describes one endpoint. Addresses may be relative to Site.
type Profile struct {
	Name     string            `yaml:"name"`     // [a-z0-9-]{1,64}
	Label    string            `yaml:"label"`    // what people call it
	Site     string            `yaml:"site"`     // scheme and host of the real site
	Platform string            `yaml:"platform"` // feed (default), news, wechat, forum or portal
	Kind     string            `yaml:"kind"`     // article (default), post, thread, comment, reply or letter
	URL      string            `yaml:"url"`      // {page} {offset} {cursor} {size} and the source's params are filled in
	Form     map[string]string `yaml:"form"`     // asks with POST; filled in likewise
	Headers  map[string]string `yaml:"headers"`  // Referer, Accept, X-Requested-With …
	Success  Test              `yaml:"success"`  // holds when the answer is one
	Items    Paths             `yaml:"items"`    // the array, or object, of the rows
	Skip     Test              `yaml:"skip"`     // rows for which it holds are left out
	Fields   Fields            `yaml:"fields"`
	Time     Clock             `yaml:"time"`
	Paging   Paging            `yaml:"paging"`
}

// Fields says where in a row what stands. A field may be a path, a list of
// paths of which the first that says something counts, a template such as
// "/item/{id}", or the keys of Pick.
type Fields struct {
	ID         Pick `yaml:"id"` // the site's own; without it the address counts, then title and author
	URL        Pick `yaml:"url"`
	Title      Pick `yaml:"title"`
	Text       Pick `yaml:"text"`
	Author     Pick `yaml:"author"`
	AuthorID   Pick `yaml:"author_id"`
	Time       Pick `yaml:"time"`
	Region     Pick `yaml:"region"`
	Reposts    Pick `yaml:"reposts"`
	Comments   Pick `yaml:"comments"`
	Likes      Pick `yaml:"likes"`
	Views      Pick `yaml:"views"`
	AnswerOrg  Pick `yaml:"answer_org"`
	AnswerText Pick `yaml:"answer_text"`
	AnswerTime Pick `yaml:"answer_time"`
}

// Clock says how times are written when they are not in a usual form.
type Clock struct {
	Format Paths  `yaml:"format"` // unix, unix-ms, or forms such as YYYY-MM-DD HH:mm
	Zone   string `yaml:"zone"`   // of times that name none; the office's by default

	layouts []string
	zone    *time.Location
}

// Paging says how the endpoint turns pages; without By there is one page.
type Paging struct {
	By    string `yaml:"by"`    // page, offset, cursor or link
	First *int   `yaml:"first"` // the first page or offset: 1 for pages, 0 for offsets by default
	Size  int    `yaml:"size"`  // rows a page; {size}
	Next  string `yaml:"next"`  // path of the cursor or link of the next page
	More  string `yaml:"more"`  // path of whether there is a next page
	Total string `yaml:"total"` // path of how many rows there are

	next, more, total path
}

// Test holds when the value at Path is one of Is.
type Test struct {
	Path string `yaml:"path"`
	Is   Paths  `yaml:"is"`

	at path
}

// Paths is a list of strings; a single one may stand bare.
type Paths []string

// UnmarshalYAML takes the bare string and the list.
func (p *Paths) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*p = Paths{one}
		return nil
	}
	return unmarshal((*[]string)(p))
}

// Pick takes one value from a row: of the first of Path that says something,
// or of Template, the first group of Match.
type Pick struct {
	Path     Paths  `yaml:"path"`
	Template string `yaml:"template"`
	Match    string `yaml:"match"`

	paths []path
	holes map[string]path
	match *regexp.Regexp
}

// UnmarshalYAML takes the bare string, the list and the map.
func (p *Pick) UnmarshalYAML(unmarshal func(any) error) error {
	var paths Paths
	if unmarshal(&paths) == nil {
		*p = Pick{Path: paths}
		if len(paths) == 1 && strings.Contains(paths[0], "{") {
			*p = Pick{Template: paths[0]}
		}
		return nil
	}
	type long Pick
	return unmarshal((*long)(p))
}

func (p Pick) empty() bool { return len(p.Path) == 0 && p.Template == "" }

// fault is one mistake of a profile: where it stands and what it is.
type fault struct {
	path string
	key  string
	args []any
}

// compile checks a profile and makes its paths and expressions ready.
func (p *Profile) compile() []fault {
	var out []fault
	say := func(path, key string, args ...any) { out = append(out, fault{path, key, args}) }
	choice := func(path, value string, of ...string) {
		if !slices.Contains(of, value) {
			say(path, "endpoint.choice", path[2:], value, strings.Join(of, ", "))
		}
	}
	p.Platform, p.Kind = orElse(p.Platform, huiying.PlatformFeed), orElse(p.Kind, huiying.KindArticle)
	if !huiying.ValidSubject(p.Name) {
		say("$.name", "endpoint.name", p.Name)
	}
	if !absolute(p.Site) {
		say("$.site", "endpoint.site", p.Site)
	}
	choice("$.platform", p.Platform, huiying.PlatformFeed, huiying.PlatformNews, huiying.PlatformWechat, huiying.PlatformForum, huiying.PlatformPortal)
	choice("$.kind", p.Kind, huiying.KindArticle, huiying.KindPost, huiying.KindThread, huiying.KindComment, huiying.KindReply, huiying.KindLetter)
	choice("$.paging.by", p.Paging.By, "", "page", "offset", "cursor", "link")
	if p.Fields.Title.empty() && p.Fields.Text.empty() {
		say("$.fields", "endpoint.no_words")
	}
	if (p.Paging.By == "cursor" || p.Paging.By == "link") && p.Paging.Next == "" {
		say("$.paging", "endpoint.no_next", p.Paging.By)
	}
	if p.Paging.By == "offset" && p.Paging.Size <= 0 {
		say("$.paging", "endpoint.no_size")
	}
	if hole := map[string]string{"page": "{page}", "offset": "{offset}", "cursor": "{cursor}"}[p.Paging.By]; hole != "" && p.URL != "" && !p.fills(hole) {
		say("$.url", "endpoint.no_hole", hole)
	}
	for name := range p.Headers {
		if slices.Contains([]string{"cookie", "authorization", "host", "user-agent"}, strings.ToLower(name)) {
			say("$.headers", "endpoint.header", name)
		}
	}
	out = append(out, p.compilePaths()...)
	return append(out, p.Time.compile()...)
}

// fills reports whether the question has a place to fill in.
func (p *Profile) fills(hole string) bool {
	if strings.Contains(p.URL, hole) {
		return true
	}
	for _, v := range p.Form {
		if strings.Contains(v, hole) {
			return true
		}
	}
	return false
}

func (p *Profile) compilePaths() []fault {
	var out []fault
	compile := func(at, s string, to *path) {
		got, err := parsePath(s)
		if err != nil {
			out = append(out, fault{at, "endpoint.path", []any{s}})
		}
		*to = got
	}
	compile("$.success.path", p.Success.Path, &p.Success.at)
	compile("$.skip.path", p.Skip.Path, &p.Skip.at)
	compile("$.paging.next", p.Paging.Next, &p.Paging.next)
	compile("$.paging.more", p.Paging.More, &p.Paging.more)
	compile("$.paging.total", p.Paging.Total, &p.Paging.total)
	for _, s := range p.Items {
		var ignored path
		compile("$.items", s, &ignored)
	}
	for _, f := range p.picks() {
		out = append(out, f.pick.compile("$.fields."+f.name)...)
	}
	return out
}

type namedPick struct {
	name string
	pick *Pick
}

func (p *Profile) picks() []namedPick {
	f := &p.Fields
	return []namedPick{
		{"id", &f.ID}, {"url", &f.URL}, {"title", &f.Title}, {"text", &f.Text}, {"author", &f.Author}, {"author_id", &f.AuthorID},
		{"time", &f.Time}, {"region", &f.Region}, {"reposts", &f.Reposts}, {"comments", &f.Comments}, {"likes", &f.Likes},
		{"views", &f.Views}, {"answer_org", &f.AnswerOrg}, {"answer_text", &f.AnswerText}, {"answer_time", &f.AnswerTime},
	}
}

var hole = regexp.MustCompile(`\{([^{}]+)\}`)

func (p *Pick) compile(at string) []fault {
	var out []fault
	for _, s := range p.Path {
		got, err := parsePath(s)
		if err != nil {
			out = append(out, fault{at, "endpoint.path", []any{s}})
		}
		p.paths = append(p.paths, got)
	}
	p.holes = map[string]path{}
	for _, m := range hole.FindAllStringSubmatch(p.Template, -1) {
		got, err := parsePath(m[1])
		if err != nil {
			out = append(out, fault{at, "endpoint.path", []any{m[1]}})
		}
		p.holes[m[0]] = got
	}
	if p.Match != "" {
		re, err := regexp.Compile(p.Match)
		if err != nil {
			out = append(out, fault{at, "endpoint.match", []any{p.Match}})
		}
		p.match = re
	}
	return out
}

func (c *Clock) compile() []fault {
	var out []fault
	for _, form := range c.Format {
		if form == "unix" || form == "unix-ms" {
			c.layouts = append(c.layouts, form)
			continue
		}
		layout := strings.NewReplacer(
			"YYYY", "2006", "MM", "01", "DD", "02", "HH", "15", "mm", "04", "ss", "05", "ZZ", "-0700", "M", "1", "D", "2", "H", "15",
		).Replace(form)
		if !strings.Contains(form, "YYYY") || !strings.Contains(form, "M") || !strings.Contains(form, "D") {
			out = append(out, fault{"$.time.format", "endpoint.date", []any{form}})
		}
		c.layouts = append(c.layouts, layout)
	}
	if c.Zone == "" {
		return out
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return append(out, fault{"$.time.zone", "endpoint.zone", []any{c.Zone}})
	}
	c.zone = zone
	return out
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}
