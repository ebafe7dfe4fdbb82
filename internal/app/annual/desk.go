// Package annual is the desk of the yearly report: it joins what people and
// files say of a year with what the record of cases and the collected posts
// count, hands it to the forms, and keeps what was released. What a person
// entered goes before what was counted, and the difference is said. It never
// takes a year without records for one in which nothing happened.
package annual

import (
	"context"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/annual"
	"huiying/internal/report/annual/exchange"
	"huiying/internal/report/document"
	"huiying/internal/store"
	"huiying/internal/store/disclosure"
	"huiying/notifier/casework/measure"
)

// Desk answers. All fields but Accounts, Person and Known are
// required.
type Desk struct {
	Store    *store.Store
	Office   string   // its name
	Accounts []string // names of its own Weibo accounts
	Measure  measure.Office
	Now      func() time.Time
	Words    *locale.Catalogue
	Person   func(id string) string // a person's name
	Known    func(id string) bool   // that there is such an account; nil = whoever asks has been looked up
}

// signed refuses what nobody, or nobody we know, puts a name to.
func (d Desk) signed(actor huiying.Actor) error {
	switch {
	case actor.ID == "":
		return huiying.Errorf(huiying.Invalid, "annual.nobody")
	case d.Known != nil && !d.Known(actor.ID):
		return huiying.Errorf(huiying.Invalid, "annual.no_account", actor.ID)
	}
	return nil
}

func (d Desk) book() *disclosure.Book { return disclosure.New(d.Store) }

// Years lists the years that anything is known of, the newest first.
func (d Desk) Years(ctx context.Context) ([]int, error) { return d.book().Years(ctx) }

// Year is a year with all that is known and what should be looked at.
type Year struct {
	query.Disclosure
	Counted query.Disclosure // what was counted, also where a person entered another number
	Notices []annual.Notice
}

// Year joins a year's numbers.
func (d Desk) Year(ctx context.Context, year int) (Year, error) {
	counted, _, err := d.count(ctx, year)
	if err != nil {
		return Year{}, err
	}
	entered, err := d.book().Year(ctx, year)
	if err != nil {
		return Year{}, err
	}
	return join(entered, counted), nil
}

// join lets what was entered go before what was counted.
func join(entered, counted query.Disclosure) Year {
	y := Year{Disclosure: entered, Counted: counted}
	y.Facts = slices.Clone(entered.Facts)
	var differs []annual.Notice
	for _, c := range counted.Facts {
		e, there := entered.Fact(c.Fact, c.Cell)
		if !there {
			y.Facts, y.Since = append(y.Facts, c), counted.Since
			continue
		}
		if e.Value != c.Value {
			differs = append(differs, annual.Notice{Key: "annual.notice.differs", Args: []any{annual.Name(c.Key()), annual.Plain(e.Value), annual.Plain(c.Value)}})
		}
	}
	y.Notices = append(annual.Notices(y.Disclosure), differs...)
	return y
}

// Change takes what a person says of a year and gives how many numbers and
// texts are others now. A table that would not come out even is refused, and
// everything with it.
func (d Desk) Change(ctx context.Context, n query.NewDisclosure) (changed int, err error) {
	if err := d.signed(n.Actor); err != nil {
		return 0, err
	}
	if n.Year < 1990 || n.Year > 2200 {
		return 0, huiying.Errorf(huiying.Invalid, "annual.year", n.Year)
	}
	if n.Source == "" {
		n.Source = query.FactEntered
	}
	for _, f := range n.Facts {
		if err := annual.CheckFact(f); err != nil {
			return 0, err
		}
	}
	for _, t := range n.Texts {
		if _, known := annual.FindPart(t.Part); !known {
			return 0, huiying.Errorf(huiying.Invalid, "annual.no_part", t.Part)
		}
	}
	for _, key := range n.Remove {
		fact, cell := query.SplitFact(key)
		if err := annual.CheckFact(query.DisclosureFact{Fact: fact, Cell: cell}); err != nil {
			return 0, err
		}
	}
	return d.book().Change(ctx, n, annual.CheckIdentity)
}

// Import takes a file.
func (d Desk) Import(ctx context.Context, raw []byte, format string, n query.NewDisclosure) (year, changed int, err error) {
	read, err := exchange.Read(raw, format, n.Year)
	if err != nil {
		return 0, 0, err
	}
	if len(read.Facts)+len(read.Texts) == 0 {
		return 0, 0, huiying.Errorf(huiying.Invalid, "annual.empty", read.Year)
	}
	read.Actor = n.Actor
	changed, err = d.Change(ctx, read)
	return read.Year, changed, err
}

// Export writes a year as a file that Import takes.
func (d Desk) Export(ctx context.Context, year int, format string, lang locale.Lang) ([]byte, error) {
	y, err := d.Year(ctx, year)
	if err != nil {
		return nil, err
	}
	return exchange.Write(y.Disclosure, format, exchange.WriteOptions{
		Person: func(id string) string { return d.by(id, lang) },
		Source: func(source string) string { return d.Words.Text(lang, "annual.source."+source) },
		Time:   func(f query.DisclosureFact) string { return d.at(f.At) },
	})
}

func (d Desk) by(id string, lang locale.Lang) string {
	switch {
	case id == "":
		return d.Words.Text(lang, "annual.by_system")
	case d.Person == nil:
		return id
	}
	return d.Person(id)
}

func (d Desk) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(d.Measure.Zone).Format("2006-01-02 15:04")
}

// Standing is how far a year's report is.
type Standing struct {
	Year     int
	Form     string
	Missing  []string // keys
	Broken   error    // a table that does not come out even
	Notices  []annual.Notice
	Released *query.DisclosureRelease
	Changes  []Restatement // since the release
}

// Check says what keeps a year's report from being released.
func (d Desk) Check(ctx context.Context, year int, form string) (Standing, error) {
	form = formOf(year, form)
	y, err := d.Year(ctx, year)
	if err != nil {
		return Standing{}, err
	}
	s := Standing{Year: year, Form: form, Missing: annual.Missing(y.Disclosure, form), Broken: annual.CheckIdentity(y.Disclosure), Notices: y.Notices}
	r, notices, err := d.newest(ctx, year, form)
	if r == nil || err != nil {
		return s, err
	}
	s.Released, s.Changes, s.Notices = r, restatements(r.Data, y.Disclosure), append(s.Notices, notices...)
	return s, nil
}

// newest is the newest release of a year, nil where there is none, with what
// should be looked at of it.
func (d Desk) newest(ctx context.Context, year int, form string) (*query.DisclosureRelease, []annual.Notice, error) {
	r, err := d.book().Newest(ctx, year, form)
	if huiying.ErrorCode(err) == huiying.NotFound {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	stands, err := disclosure.Stands(ctx, d.Store.Reader(), r)
	if stands || err != nil {
		return &r, nil, err
	}
	return &r, []annual.Notice{{Key: "annual.notice.head", Args: []any{r.Year, r.HeadSeq}}}, nil
}

func formOf(year int, form string) string {
	if form == "" {
		return annual.FormOf(year)
	}
	return form
}

// Ask says which report is made out.
type Ask struct {
	Year  int
	Form  string // "" = the one in force for the year
	Draft bool   // as the figures are now, although there is a release
	Lang  locale.Lang
}

// Report makes a year's report out: as it was released, with what changed
// since at its end, or as a draft; notices are what Check says should be looked
// at.
func (d Desk) Report(ctx context.Context, a Ask) (doc document.Document, notices []annual.Notice, err error) {
	a.Form = formOf(a.Year, a.Form)
	y, err := d.Year(ctx, a.Year)
	if err != nil {
		return doc, nil, err
	}
	r, more, err := d.newest(ctx, a.Year, a.Form)
	if err != nil {
		return doc, nil, err
	}
	notices = append(y.Notices, more...)
	if r != nil && !a.Draft {
		doc, err = d.released(*r, y.Disclosure, a)
	} else {
		doc, err = d.drafted(y, a)
	}
	return doc, notices, err
}

// drafted is the report as the figures are now.
func (d Desk) drafted(y Year, a Ask) (document.Document, error) {
	status := d.Words.Text(a.Lang, "annual.draft")
	if n := len(annual.Missing(y.Disclosure, a.Form)); n > 0 {
		status = d.Words.Text(a.Lang, "annual.draft_missing", n)
	}
	doc, err := annual.Report(y.Disclosure, annual.Options{Form: a.Form, Office: d.Office, Date: d.day(d.Now()), Status: status})
	for _, n := range y.Notices {
		if n.Key == "annual.notice.since" {
			doc.Lead = append(doc.Lead, document.Gap{Text: n.Say(d.Words, a.Lang)})
		}
	}
	return doc, err
}

func (d Desk) day(t time.Time) string { return t.In(d.Measure.Zone).Format("2006年1月2日") }

func (d Desk) released(r query.DisclosureRelease, now query.Disclosure, a Ask) (document.Document, error) {
	doc, err := annual.Report(r.Data, annual.Options{Form: r.Form, Office: r.Office, Date: d.day(r.At)})
	if err != nil {
		return doc, err
	}
	changes := restatements(r.Data, now)
	if len(changes) == 0 {
		return doc, nil
	}
	list := document.List{Ordered: true}
	for _, c := range changes {
		list.Items = append(list.Items, document.Words(c.Say(d.Words, a.Lang)))
	}
	doc.Sections = append(doc.Sections, document.Section{Title: d.Words.Text(a.Lang, "annual.restated.title"), Bare: true, Blocks: []document.Block{
		document.Say(d.Words.Text(a.Lang, "annual.restated.lead", d.at(r.At))), list,
	}})
	return doc, nil
}

// Restatement is a number that is another now than when it was released.
type Restatement struct {
	Key      string
	Was, Is  float64
	Had, Has bool // that it was, and is, filled in
}

// Say renders a restatement.
func (r Restatement) Say(words *locale.Catalogue, lang locale.Lang) string {
	shown := func(v float64, there bool) string {
		if !there {
			return words.Text(lang, "annual.restated.none")
		}
		return annual.Plain(v)
	}
	return words.Text(lang, "annual.restated", annual.Name(r.Key), shown(r.Was, r.Had), shown(r.Is, r.Has))
}

func restatements(then, now query.Disclosure) []Restatement {
	var out []Restatement
	for _, k := range annual.Kinds() {
		for _, cell := range k.All() {
			a, had := then.Fact(k.ID, cell)
			b, has := now.Fact(k.ID, cell)
			if had != has || a.Value != b.Value || a.AtLeast != b.AtLeast {
				out = append(out, Restatement{query.FactKey(k.ID, cell), a.Value, b.Value, had, has})
			}
		}
	}
	return out
}

// Release keeps a year's report for good. A number that is missing, a table
// that does not come out even, and a year that is not over are refused.
func (d Desk) Release(ctx context.Context, year int, form string, actor huiying.Actor) (query.DisclosureRelease, error) {
	form = formOf(year, form)
	if err := d.signed(actor); err != nil {
		return query.DisclosureRelease{}, err
	}
	switch {
	case d.Office == "":
		return query.DisclosureRelease{}, huiying.Errorf(huiying.Invalid, "annual.no_office")
	case !slices.Contains(annual.Forms(), form):
		return query.DisclosureRelease{}, huiying.Errorf(huiying.Invalid, "annual.no_form", form, annual.Forms())
	case d.Now().Before(d.end(year)):
		return query.DisclosureRelease{}, huiying.Errorf(huiying.Conflict, "annual.not_over", year)
	}
	counted, head, err := d.count(ctx, year)
	if err != nil {
		return query.DisclosureRelease{}, err
	}
	r := query.DisclosureRelease{Year: year, Form: form, By: actor.ID, Office: d.Office, HeadSeq: head.Seq, HeadHash: head.Hash}
	return d.book().Release(ctx, r, func(entered query.Disclosure) (query.Disclosure, error) {
		y := join(entered, counted)
		return y.Disclosure, annual.Releasable(y.Disclosure, form)
	})
}

// Releases lists the releases of a year, the newest first.
func (d Desk) Releases(ctx context.Context, year int) ([]query.DisclosureRelease, error) {
	return d.book().Releases(ctx, year)
}

func (d Desk) end(year int) time.Time { return time.Date(year+1, 1, 1, 0, 0, 0, 0, d.Measure.Zone) }

// Lines says a standing in sentences: what is broken, what is missing, what
// should be looked at, what changed since the release.
func (s Standing) Lines(words *locale.Catalogue, lang locale.Lang) []string {
	var out []string
	if s.Broken != nil {
		out = append(out, strings.Split(words.Sentence(lang, s.Broken), "\n")...)
	}
	for _, key := range s.Missing {
		out = append(out, words.Text(lang, "annual.line.missing", key, annual.TitleOf(key)))
	}
	for _, n := range s.Notices {
		out = append(out, words.Text(lang, "annual.line.notice", n.Say(words, lang)))
	}
	for _, c := range s.Changes {
		out = append(out, words.Text(lang, "annual.line.restated", c.Say(words, lang)))
	}
	return out
}
