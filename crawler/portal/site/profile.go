// Package site holds descriptions of government portals in YAML, and reads
// lists, letters and articles by them. It refuses unknown keys and says every
// mistake of a description with its place.
package site

import (
	"regexp"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"huiying"
)

// Profile describes one site: where its list is, how a row of it and a page
// behind it are read. Every address may be relative to Site.
type Profile struct {
	Name   string   `yaml:"name"`  // [a-z0-9-]{1,64}
	Label  string   `yaml:"label"` // what people call it
	Site   string   `yaml:"site"`  // scheme and host of the real site
	Hosts  []string `yaml:"hosts"` // further hosts its links may lead to
	Kind   string   `yaml:"kind"`  // letter or article
	List   List     `yaml:"list"`
	Detail Detail   `yaml:"detail"`
	ID     Native   `yaml:"id"`
	Dates  []string `yaml:"dates"` // date forms such as "DD/MM/YYYY HH:mm", tried before the usual ones
	Gone   []string `yaml:"gone"`  // sentences that say a page was taken away

	layouts []string
}

// List describes the list of letters or articles, newest first.
type List struct {
	URL      string `yaml:"url"`       // {page} is the number of the page
	FirstURL string `yaml:"first_url"` // the first page, where its address differs
	First    *int   `yaml:"first"`     // what {page} is on the first page, 1 by default
	Format   string `yaml:"format"`    // html (default) or js-object: JavaScript object text
	Item     string `yaml:"item"`      // selector of a row, or path of the array; html may leave it out
	Link     Link   `yaml:"link"`      // the address of the page behind a row
	Title    Pick   `yaml:"title"`
	Date     Pick   `yaml:"date"`
	Org      Pick   `yaml:"org"`
	Next     Pick   `yaml:"next"`  // html: the link to the next page
	Pages    string `yaml:"pages"` // js-object: path of how many pages there are
	Total    string `yaml:"total"` // js-object: path of how many rows there are
}

// Link says how a row gives its address: an element's attribute, or a
// template whose {key} are the row's own values, chosen by one of them.
type Link struct {
	Select string            `yaml:"select"` // as in Pick; html: the element, "href" being its attribute by default
	Attr   string            `yaml:"attr"`
	Match  string            `yaml:"match"`
	URL    string            `yaml:"url"`
	By     string            `yaml:"by"`   // the key that chooses among URLs
	URLs   map[string]string `yaml:"urls"` // its value → template

	pick Pick
}

// Detail describes the page of one letter or article.
type Detail struct {
	Title   Pick    `yaml:"title"`
	Text    Pick    `yaml:"text"`
	Author  Pick    `yaml:"author"`
	Time    Pick    `yaml:"time"`
	Answers Answers `yaml:"answers"`
}

// Answers describes the blocks of official answers under a letter.
type Answers struct {
	Item string `yaml:"item"` // selector of one block
	Org  Pick   `yaml:"org"`
	Time Pick   `yaml:"time"`
	Text Pick   `yaml:"text"`
}

// Native says where the site's own id stands in a page's address: a query
// parameter, or the first group of a regular expression.
type Native struct {
	Query string `yaml:"query"`
	Match string `yaml:"match"`

	match *regexp.Regexp
}

// Pick takes one value from a page or a row: the first element of Select
// (the scope itself when empty) whose text matches; of it the attribute Attr
// or the text; of that the first group of Match. In YAML a bare string is
// Select. For js-object rows Select is a key or a dotted path.
type Pick struct {
	Select string `yaml:"select"`
	Attr   string `yaml:"attr"`
	Match  string `yaml:"match"`
	Lines  bool   `yaml:"lines"` // line breaks of the source are the writer's own

	selector goquery.Matcher
	match    *regexp.Regexp
}

// UnmarshalYAML takes the bare string and the map.
func (p *Pick) UnmarshalYAML(unmarshal func(any) error) error {
	var short string
	if unmarshal(&short) == nil {
		*p = Pick{Select: short}
		return nil
	}
	type long Pick
	return unmarshal((*long)(p))
}

func (p Pick) empty() bool { return p.Select == "" && p.Attr == "" && p.Match == "" }

// The formats of a list.
const (
	formatHTML     = "html"
	formatJSObject = "js-object"
)

// fault is one mistake of a profile: where it stands and what it is.
type fault struct {
	path string
	key  string
	args []any
}

// compile checks a profile and makes its selectors and expressions ready.
func (p *Profile) compile() []fault {
	var out []fault
	say := func(path, key string, args ...any) { out = append(out, fault{path, key, args}) }
	if !huiying.ValidSubject(p.Name) {
		say("$.name", "portal.profile_name", p.Name)
	}
	if !Absolute(p.Site) && (p.Site != "" || p.Kind != huiying.KindArticle || p.List.URL != "") {
		say("$.site", "portal.profile_site", p.Site)
	}
	if p.Kind != huiying.KindLetter && p.Kind != huiying.KindArticle {
		say("$.kind", "portal.profile_kind", p.Kind)
	}
	if p.List.Format == "" {
		p.List.Format = formatHTML
	}
	if p.List.Format != formatHTML && p.List.Format != formatJSObject {
		say("$.list.format", "portal.profile_format", p.List.Format)
	}
	l := p.List
	if l.Format == formatJSObject && (l.Item == "" || (l.Link.Select == "" && l.Link.URL == "" && len(l.Link.URLs) == 0)) {
		say("$.list", "portal.profile_no_rows")
	}
	if p.Kind == huiying.KindLetter && p.Detail.Text.empty() {
		say("$.detail", "portal.profile_no_text")
	}
	for _, form := range p.Dates {
		layout, ok := layoutOf(form)
		if !ok {
			say("$.dates", "portal.profile_date", form)
			continue
		}
		p.layouts = append(p.layouts, layout)
	}
	out = append(out, p.compilePicks()...)
	return append(out, p.compileNative()...)
}

func (p *Profile) compileNative() []fault {
	if p.ID.Match == "" {
		return nil
	}
	re, err := regexp.Compile(p.ID.Match)
	if err != nil || re.NumSubexp() < 1 {
		return []fault{{"$.id.match", "portal.profile_match", []any{p.ID.Match}}}
	}
	p.ID.match = re
	return nil
}

// compilePicks makes every selector and expression ready.
func (p *Profile) compilePicks() []fault {
	var out []fault
	html := p.List.Format == formatHTML
	l := &p.List.Link
	l.pick = Pick{Select: l.Select, Attr: l.Attr, Match: l.Match}
	picks := []struct {
		path string
		pick *Pick
		css  bool
	}{
		{"$.list.link", &p.List.Link.pick, html},
		{"$.list.title", &p.List.Title, html},
		{"$.list.date", &p.List.Date, html},
		{"$.list.org", &p.List.Org, html},
		{"$.list.next", &p.List.Next, true},
		{"$.detail.title", &p.Detail.Title, true},
		{"$.detail.text", &p.Detail.Text, true},
		{"$.detail.author", &p.Detail.Author, true},
		{"$.detail.time", &p.Detail.Time, true},
		{"$.detail.Answers.org", &p.Detail.Answers.Org, true},
		{"$.detail.Answers.time", &p.Detail.Answers.Time, true},
		{"$.detail.Answers.text", &p.Detail.Answers.Text, true},
	}
	for _, row := range picks {
		out = append(out, row.pick.compile(row.path, row.css)...)
	}
	if html && p.List.Item != "" {
		out = append(out, (&Pick{Select: p.List.Item}).compile("$.list.item", true)...)
	}
	if p.Detail.Answers.Item != "" {
		out = append(out, (&Pick{Select: p.Detail.Answers.Item}).compile("$.detail.Answers.item", true)...)
	}
	return out
}

func (p *Pick) compile(path string, css bool) []fault {
	var out []fault
	if css && p.Select != "" {
		s, err := cascadia.Compile(p.Select)
		if err != nil {
			out = append(out, fault{path, "portal.profile_selector", []any{p.Select, err}})
		} else {
			p.selector = s
		}
	}
	if p.Match != "" {
		re, err := regexp.Compile(p.Match)
		if err != nil {
			out = append(out, fault{path, "portal.profile_match", []any{p.Match}})
		}
		p.match = re
	}
	return out
}

// layoutOf turns "YYYY-MM-DD HH:mm" into a Go layout.
func layoutOf(form string) (string, bool) {
	layout := strings.NewReplacer(
		"YYYY", "2006", "MM", "01", "DD", "02", "HH", "15", "mm", "04", "ss", "05", "M", "1", "D", "2", "H", "15",
	).Replace(form)
	return layout, strings.Contains(form, "YYYY") && strings.Contains(form, "M") && strings.Contains(form, "D")
}
