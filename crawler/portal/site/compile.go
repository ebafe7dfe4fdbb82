package site

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"

	"huiying"
	"huiying/crawler/portal/status"
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
	if p.Site != "" && !Absolute(p.Site) {
		say("$.site", "portal.profile_site", p.Site)
	}
	if p.Kind != huiying.KindLetter && p.Kind != huiying.KindArticle {
		say("$.kind", "portal.profile_kind", p.Kind)
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
	for word, s := range p.Statuses {
		if !status.Valid(s) {
			say("$.statuses", "portal.profile_status", word, s)
		}
	}
	out = append(out, p.compileFormats()...)
	out = append(out, p.compilePicks()...)
	return append(out, p.compileNative()...)
}

// compileFormats checks the forms of the list and of the page behind a row,
// and fills in what they have by default.
func (p *Profile) compileFormats() []fault {
	var out []fault
	say := func(path, key string, args ...any) { out = append(out, fault{path, key, args}) }
	l := &p.List
	l.Format, p.Detail.Format = cmp.Or(l.Format, formatHTML), cmp.Or(p.Detail.Format, formatHTML)
	switch l.Format {
	case formatHTML, formatJSObject, formatJCMS, formatJpaas, formatASPNET, formatTRS:
	default:
		say("$.list.format", "portal.profile_format", l.Format)
	}
	if p.Detail.Format != formatHTML && p.Detail.Format != formatJSObject {
		say("$.detail.format", "portal.profile_detail_format", p.Detail.Format)
	}
	if l.Format == formatJSObject && (l.Item == "" || (l.Link.Select == "" && l.Link.URL == "" && len(l.Link.URLs) == 0)) {
		say("$.list", "portal.profile_no_rows")
	}
	if l.Method == "" {
		l.Method = "get"
		if l.Format == formatJCMS {
			l.Method = "post"
		}
	}
	if l.Method != "get" && l.Method != "post" {
		say("$.list.method", "portal.profile_method", l.Method)
	}
	if (l.Callback.ID == "") != (l.Callback.Param == "") {
		say("$.list.callback", "portal.profile_callback")
	}
	l.PerPage = cmp.Or(l.PerPage, defaultPerPage)
	l.Batch = cmp.Or(l.Batch, 3*l.PerPage)
	if l.PerPage < 1 || l.PerPage > maxPerPage || l.Batch < 1 || l.Batch > maxPerPage {
		say("$.list.per_page", "portal.profile_per_page", maxPerPage)
	}
	return out
}

// maxPerPage bounds what is asked for at once.
const maxPerPage = 1000

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
	html, page := p.List.Format != formatJSObject, p.Detail.Format != formatJSObject
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
		{"$.list.status", &p.List.Status, html},
		{"$.list.next", &p.List.Next, html},
		{"$.list.pages", &p.List.Pages, html},
		{"$.list.total", &p.List.Total, html},
		{"$.detail.title", &p.Detail.Title, page},
		{"$.detail.text", &p.Detail.Text, page},
		{"$.detail.author", &p.Detail.Author, page},
		{"$.detail.time", &p.Detail.Time, page},
		{"$.detail.status", &p.Detail.Status, page},
		{"$.detail.number", &p.Detail.Number, page},
		{"$.detail.answers.org", &p.Detail.Answers.Org, page},
		{"$.detail.answers.time", &p.Detail.Answers.Time, page},
		{"$.detail.answers.text", &p.Detail.Answers.Text, page},
	}
	for _, row := range picks {
		out = append(out, row.pick.compile(row.path, row.css)...)
	}
	if html && p.List.Item != "" {
		out = append(out, (&Pick{Select: p.List.Item}).compile("$.list.item", true)...)
	}
	if page && p.Detail.Answers.Item != "" {
		out = append(out, (&Pick{Select: p.Detail.Answers.Item}).compile("$.detail.answers.item", true)...)
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
