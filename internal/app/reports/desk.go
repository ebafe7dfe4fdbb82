// Package reports counts, drafts, reviews and gives out reports: it counts from
// the record, the archive and the coverage ledger, hands the facts to
// internal/report/periodic, and keeps the rest in internal/store/reports. It
// refuses to let anybody release a report that they had a hand in, or one with
// an empty place that must be filled.
package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/document"
	"huiying/internal/report/periodic"
	"huiying/internal/store"
	"huiying/internal/store/reports"
)

// Options is what a Desk works with; all are required.
type Options struct {
	Counter *Counter
	Book    *reports.Book
	Words   *locale.Catalogue
	Zone    *time.Location
	People  func(ctx context.Context) ([]huiying.Person, error)
	Now     func() time.Time
}

// Desk is where people work on reports.
type Desk struct {
	o Options

	counts store.Lately[recount, periodic.Facts] // what the data say now
}

// New makes a Desk.
func New(o Options) *Desk { return &Desk{o: o} }

// writers draft; releasers send back and release.
func writers() []huiying.Role   { return []huiying.Role{huiying.RoleOfficer, huiying.RoleManager} }
func releasers() []huiying.Role { return []huiying.Role{huiying.RoleReviewer, huiying.RoleManager} }

func (d *Desk) words(lang locale.Lang) periodic.Words {
	return periodic.Words{Catalogue: d.o.Words, Lang: lang, Zone: d.o.Zone}
}

func langOf(a query.Account) locale.Lang { return locale.ParseLang(a.Lang) }

// List lists the reports that an account may read.
func (d *Desk) List(ctx context.Context, a query.Account, f query.ReportFilter) (query.ReportList, error) {
	if f.Limit <= 0 || f.Limit > 100 {
		f.Limit = 30
	}
	if !a.Scope().All {
		f.Told, f.ToldUnit = a.Person.ID, a.Person.Unit
	}
	return d.o.Book.List(ctx, f)
}

// get reads a report for an account: whoever sees every unit's matters reads
// all, others those that were released and told to them or to their unit.
func (d *Desk) get(ctx context.Context, a query.Account, id string) (query.Report, error) {
	r, err := d.o.Book.Get(ctx, id)
	if err != nil || a.Scope().All {
		return r, err
	}
	list, err := d.o.Book.Tellings(ctx, id)
	if err != nil {
		return r, err
	}
	for _, t := range list {
		if r.State == query.ReportReleased && (t.Receiver == a.Person.ID || t.Receiver == a.Person.Unit) {
			return r, nil
		}
	}
	return query.Report{}, huiying.Errorf(huiying.Forbidden, "report.not_yours")
}

// Draft counts a period or an event and keeps it as a draft.
func (d *Desk) Draft(ctx context.Context, a query.ReportAsk) (query.Report, error) {
	if !a.Account.Actor().Has(writers()...) {
		return query.Report{}, huiying.Errorf(huiying.Forbidden, "report.role.write")
	}
	ask, err := d.Ask(ctx, a)
	if err != nil {
		return query.Report{}, err
	}
	counted, err := d.o.Counter.Count(ctx, ask)
	if err != nil {
		return query.Report{}, err
	}
	if a.Title = strings.TrimSpace(a.Title); a.Title != "" {
		counted.Facts.EventName = a.Title
	}
	r, quotes, err := d.made(counted)
	if err != nil {
		return r, err
	}
	r.CreatedBy, r.State = a.Account.Person.ID, query.ReportDraft
	return d.o.Book.Add(ctx, r, quotes)
}

// made is a report of what was counted, not kept yet.
func (d *Desk) made(c Counted) (r query.Report, quotes []query.ReportQuote, err error) {
	f := c.Facts
	r = query.Report{Kind: f.Kind, Event: f.Event, Title: d.title(f), Texts: map[string]string{}}
	for post, words := range c.Quotes {
		quotes = append(quotes, query.ReportQuote{Post: post, Words: words})
	}
	slices.SortFunc(quotes, func(a, b query.ReportQuote) int { return strings.Compare(a.Post, b.Post) })
	return r, quotes, put(&r, f)
}

// put writes facts into a report.
func put(r *query.Report, f periodic.Facts) (err error) {
	r.From, r.To, r.HeadSeq, r.HeadHash, r.PostsUpto = f.From, f.To, f.Seq, f.Hash, f.Posts
	r.Facts, err = json.Marshal(f)
	return err
}

func (d *Desk) title(f periodic.Facts) string {
	w := d.words(locale.Chinese)
	if f.Kind == periodic.Special {
		return w.Title(f)
	}
	return w.Title(f) + " " + w.Period(f.From, f.To)
}

// longestTitle bounds what an event is called in a report.
const longestTitle = 40

// Ask is which posts and cases a report is of; huiying.Invalid for a period
// that is none or lies ahead.
func (d *Desk) Ask(ctx context.Context, a query.ReportAsk) (ask Ask, err error) {
	now := d.o.Now()
	ask = Ask{Kind: a.Kind, Event: a.Event, From: a.From, To: a.To, At: now}
	switch {
	case !slices.Contains(query.ReportKinds(), a.Kind):
		return ask, huiying.Errorf(huiying.Invalid, "report.no_kind", a.Kind, strings.Join(query.ReportKinds(), ", "))
	case len([]rune(a.Title)) > longestTitle:
		return ask, huiying.Errorf(huiying.Invalid, "report.long_title", longestTitle)
	case a.Kind == query.ReportSpecial:
		ask.From, ask.To, err = d.event(ctx, a.Event, now)
		return ask, err
	case a.From.IsZero():
		return ask, huiying.Errorf(huiying.Invalid, "report.no_day")
	}
	if ask.From, ask.To = d.period(a.Kind, a.From), a.To; a.To.IsZero() {
		ask.To = following(a.Kind, ask.From)
	} else {
		ask.From = d.midnight(a.From)
	}
	if !ask.From.Before(ask.To) || ask.To.Sub(ask.From) > longest(a.Kind) {
		return ask, huiying.Errorf(huiying.Invalid, "report.bad_period", int(longest(a.Kind)/(24*time.Hour)))
	}
	if !ask.From.Before(now) {
		return ask, huiying.Errorf(huiying.Invalid, "report.ahead", ask.From.Format(time.DateOnly))
	}
	return ask, nil
}

// longest is how long the period of a kind may be. A daily has room for the
// longest holidays, with the day before them.
func longest(kind string) time.Duration {
	const day = 24 * time.Hour
	return map[string]time.Duration{query.ReportDaily: 14*day + time.Hour, query.ReportWeekly: 31*day + time.Hour, query.ReportMonthly: 92*day + time.Hour}[kind]
}

func (d *Desk) midnight(t time.Time) time.Time {
	y, m, day := t.In(d.o.Zone).Date()
	return time.Date(y, m, day, 0, 0, 0, 0, d.o.Zone)
}

// period is when the day, the week or the month begins that a time lies in.
func (d *Desk) period(kind string, t time.Time) time.Time {
	day := d.midnight(t)
	switch kind {
	case query.ReportWeekly:
		return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
	case query.ReportMonthly:
		return day.AddDate(0, 0, 1-day.Day())
	}
	return day
}

// following is when the next one begins.
func following(kind string, from time.Time) time.Time {
	switch kind {
	case query.ReportWeekly:
		return from.AddDate(0, 0, 7)
	case query.ReportMonthly:
		return from.AddDate(0, 1, 0)
	}
	return from.AddDate(0, 0, 1)
}

// still is how long after its last post an event is looked at.
const still = 24 * time.Hour

// event is the span of an event: the hour of its first post until now, or until
// a day after its last.
func (d *Desk) event(ctx context.Context, id string, now time.Time) (from, to time.Time, err error) {
	first, last, err := reports.EventSpan(ctx, d.o.Counter.Store.Reader(), id)
	if err != nil {
		return first, last, err
	}
	return first.In(d.o.Zone).Truncate(time.Hour), earlier(now, last.Add(still)).In(d.o.Zone).Truncate(time.Minute).Add(time.Minute), nil
}

// facts reads what a report was made of, with the words that it quotes.
func (d *Desk) facts(ctx context.Context, r query.Report) (f periodic.Facts, err error) {
	if err := json.Unmarshal(r.Facts, &f); err != nil {
		return f, fmt.Errorf("read the facts of report %s: %w", r.ID, err)
	}
	quotes, err := d.o.Book.Quotes(ctx, r.ID)
	words := map[string]string{}
	for _, q := range quotes {
		words[q.Post] = q.Words
	}
	d.fill(&f, words)
	return f, err
}

// fill puts words where facts name posts.
func (d *Desk) fill(f *periodic.Facts, words map[string]string) {
	for i, v := range f.Views {
		f.Views[i].Words = words[v.Post]
	}
	for i, t := range f.Topics {
		if t.Name == "" {
			f.Topics[i].Name = cutTo(words[t.Post], wordsNaming)
		}
	}
}

// Paper is the document of what was counted, as nobody has kept or changed it.
func (d *Desk) Paper(c Counted, lang locale.Lang) (document.Document, error) {
	d.fill(&c.Facts, c.Quotes)
	return periodic.Document(periodic.Report{Facts: c.Facts, State: "report.state.draft"}, d.words(lang))
}

// report is a kept report as its document is made of.
func (d *Desk) report(ctx context.Context, r query.Report, lang locale.Lang) (out periodic.Report, err error) {
	out = periodic.Report{Texts: r.Texts, Remark: r.Remark}
	if out.Facts, err = d.facts(ctx, r); err != nil {
		return out, err
	}
	if r.State != query.ReportReleased {
		out.State = "report.state." + r.State
		return out, nil
	}
	out.Signed, err = d.signed(ctx, r, lang)
	return out, err
}

func (d *Desk) signed(ctx context.Context, r query.Report, lang locale.Lang) (string, error) {
	at := r.ReleasedAt.In(d.o.Zone).Format("2006-01-02 15:04")
	if strings.HasPrefix(r.ReleasedBy, bySchedule) {
		return d.o.Words.Text(lang, "report.signed_schedule", at), nil
	}
	people, err := d.o.People(ctx)
	name := r.ReleasedBy
	for _, p := range people {
		if p.ID == r.ReleasedBy {
			name = p.Name
		}
	}
	return d.o.Words.Text(lang, "report.signed", name, at), err
}

// File gives a report out, as it is kept; who takes it is noted, unless it is
// only looked at.
func (d *Desk) File(ctx context.Context, a query.Account, id, format string) (out query.ReportFile, err error) {
	r, err := d.get(ctx, a, id)
	if err != nil {
		return out, err
	}
	full, err := d.report(ctx, r, langOf(a))
	if err != nil {
		return out, err
	}
	if format == "print" && a.Scope().All {
		full.Pages = "/reports/" + r.ID + "/figures/"
	}
	doc, err := periodic.Document(full, d.words(langOf(a)))
	if err != nil {
		return out, err
	}
	out, err = file(doc, format, full.At)
	if err != nil || format == "print" {
		return out, err
	}
	out.Name = named(r, format)
	return out, d.o.Book.Taken(ctx, r, format, a.Person.ID)
}

// named is what a report is called as a file.
func named(r query.Report, format string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, c) || c < ' ' {
			return '_'
		}
		return c
	}, r.Title) + "." + format
}

// file is a document in a format that reports are given out in; print is the
// page that is looked at.
func file(doc document.Document, format string, at time.Time) (out query.ReportFile, err error) {
	switch format {
	case "docx":
		out.Type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case "xlsx":
		out.Type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case "html", "print":
		format, out.Type, out.Policy = "html", "text/html; charset=utf-8", document.Policy()
	default:
		return out, huiying.Errorf(huiying.Invalid, "report.no_format", format, strings.Join(query.ReportFormats(), ", "))
	}
	var b bytes.Buffer
	err = document.Write(&b, doc, format, at)
	out.Body = b.Bytes()
	return out, err
}
