// Package exporting makes files of lists: who asks is told of a job, the job
// runs in the background with the rights of the person as they are then, and
// the file lies beside the database for some days. What could be read as a
// formula is quoted, personal data is masked unless the person may see it and
// says why, and who asked for and who took a file is noted. It refuses a second
// job of a person while one is not finished, and more rows than the limit: the
// rest is cut, and the file says so.
package exporting

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/exports"
)

// Views reads the lists.
type Views interface {
	Cases(ctx context.Context, f query.CaseFilter) (query.CaseList, error)
	Alerts(ctx context.Context, f query.AlertFilter) (query.AlertList, error)
	Find(ctx context.Context, s query.PostSearch) (query.PostsFound, error)
}

// Outcomes computes figures.
type Outcomes interface {
	Outcomes(ctx context.Context, a query.OutcomeAsk) (query.Outcomes, error)
}

// Scores computes score cards.
type Scores interface {
	Supervision(ctx context.Context, a query.SupervisionAsk) (query.Supervision, error)
}

// Heat counts what posts and cases are about.
type Heat interface {
	Heat(ctx context.Context, a query.HeatAsk) (query.HeatPage, error)
}

// Options is what a Desk works with; all are required.
type Options struct {
	Book     *exports.Book
	Dir      string // of the files
	Views    Views
	Outcomes Outcomes
	Scores   Scores
	Heat     Heat
	Account  func(ctx context.Context, id string) (query.Account, error)
	Token    func(ctx context.Context, id string) (query.Account, error) // whom a token acts for; one that is over is an error
	People   func(ctx context.Context) ([]huiying.Person, error)
	Units    []huiying.Unit
	Words    *locale.Catalogue
	Zone     *time.Location
	Now      func() time.Time
	Logger   *slog.Logger
	Limits
	PublicURL string // "" = files hold no links
}

// Limits bound what is given out.
type Limits struct {
	Rows int           // of one file
	Keep time.Duration // of a file
}

// Desk takes jobs, runs them and gives the files out.
type Desk struct {
	o    Options
	wake chan struct{}
}

// New makes a Desk; Run must be called for jobs to be done.
func New(o Options) *Desk { return &Desk{o, make(chan struct{}, 1)} }

// longest bounds what is kept of a question and of a reason.
const (
	longestQuery  = 2000
	longestReason = 200
)

// scopes are what a program's token must be for beside asking for exports.
func scopes() map[string]string {
	return map[string]string{
		query.ExportOutcomes: "read:metrics", query.ExportScores: "read:metrics", query.ExportHeat: "read:posts", query.ExportCases: "read:cases", query.ExportAlerts: "read:alerts", query.ExportPosts: "read:posts",
	}
}

// Ask takes a job; huiying.Forbidden where the list, or personal data, is not
// for the account, huiying.Conflict while another job of it is not finished.
func (d *Desk) Ask(ctx context.Context, a query.ExportAsk) (query.Export, error) {
	if err := d.allowed(a); err != nil {
		return query.Export{}, err
	}
	q, err := url.ParseQuery(a.Query)
	if err != nil || len(a.Query) > longestQuery {
		return query.Export{}, huiying.Errorf(huiying.Invalid, "exports.bad_query")
	}
	if a.What == query.ExportOutcomes || a.What == query.ExportScores { // a period that is none is refused at once
		if _, err := d.outcomesAsk(query.Export{Query: a.Query, AskedAt: d.o.Now()}, a.Account); err != nil {
			return query.Export{}, err
		}
	}
	if a.What == query.ExportHeat {
		if _, err := d.heatAsk(query.Export{Query: a.Query, AskedAt: d.o.Now()}); err != nil {
			return query.Export{}, err
		}
	}
	e, err := d.o.Book.Ask(ctx, query.Export{
		Person: a.Account.Person.ID, Token: a.Account.Token, What: a.What, Query: q.Encode(), Format: a.Format, Lang: a.Lang,
		Words: d.words(locale.ParseLang(a.Lang), a.What, q), Revealed: a.Reveal, Reason: strings.TrimSpace(a.Reason),
	})
	if err == nil {
		d.Wake()
	}
	return e, err
}

func (d *Desk) allowed(a query.ExportAsk) error {
	switch {
	case !slices.Contains(query.Exports(), a.What):
		return huiying.Errorf(huiying.Invalid, "exports.no_such", a.What, strings.Join(query.Exports(), ", "))
	case !slices.Contains(query.ExportFormats(), a.Format):
		return huiying.Errorf(huiying.Invalid, "exports.no_format", a.Format, strings.Join(query.ExportFormats(), ", "))
	case !a.Account.MayExport(a.What):
		return huiying.Errorf(huiying.Forbidden, "exports.not_yours")
	case a.Account.Token != "" && !slices.Contains(a.Account.Scopes, scopes()[a.What]):
		return huiying.Errorf(huiying.Forbidden, "token.scope", scopes()[a.What])
	case a.Reveal && (!a.Account.MayReveal() || a.What != query.ExportPosts):
		return huiying.Errorf(huiying.Forbidden, "exports.no_reveal")
	case a.Reveal && strings.TrimSpace(a.Reason) == "":
		return huiying.Errorf(huiying.Invalid, "exports.say_why")
	case len([]rune(a.Reason)) > longestReason:
		return huiying.Errorf(huiying.Invalid, "exports.long_reason", longestReason)
	}
	return nil
}

// List lists the jobs of an account; the head of the office sees everybody's,
// but takes only files of its own.
func (d *Desk) List(ctx context.Context, a query.Account) ([]query.Export, error) {
	person := a.Person.ID
	if a.Token == "" && a.Actor().Has(huiying.RoleManager) {
		person = ""
	}
	return d.o.Book.List(ctx, person)
}

// Get reads a job; huiying.NotFound where it is not the account's own.
func (d *Desk) Get(ctx context.Context, a query.Account, id string) (query.Export, error) {
	e, err := d.o.Book.Get(ctx, id)
	if err == nil && e.Person != a.Person.ID {
		return query.Export{}, huiying.Errorf(huiying.NotFound, "exports.none", id)
	}
	return e, err
}

// Cancel ends a job that waits or runs.
func (d *Desk) Cancel(ctx context.Context, a query.Account, id string) error {
	if _, err := d.Get(ctx, a, id); err != nil {
		return err
	}
	return d.o.Book.Cancel(ctx, id)
}

// File opens the file of a job and notes who takes it.
func (d *Desk) File(ctx context.Context, a query.Account, id string) (query.ExportFile, error) {
	e, err := d.Get(ctx, a, id)
	if err != nil {
		return query.ExportFile{}, err
	}
	if e.Revealed && !a.MayReveal() || !a.MayExport(e.What) {
		return query.ExportFile{}, huiying.Errorf(huiying.Forbidden, "exports.not_yours")
	}
	if e.State == query.ExportDone && e.Scope == "" && !a.Scope().All {
		return query.ExportFile{}, huiying.Errorf(huiying.Conflict, "exports.no_scope", id) // made before scopes were noted
	}
	if s := a.Scope(); e.State == query.ExportDone && !s.All && s.Name() != e.Scope {
		return query.ExportFile{}, huiying.Errorf(huiying.Forbidden, "exports.other_scope", id)
	}
	if a.Token != "" && !slices.Contains(a.Scopes, scopes()[e.What]) {
		return query.ExportFile{}, huiying.Errorf(huiying.Forbidden, "token.scope", scopes()[e.What])
	}
	f, err := os.Open(d.path(e))
	if errors.Is(err, fs.ErrNotExist) {
		return query.ExportFile{}, huiying.Errorf(huiying.Conflict, "exports.no_file", id)
	}
	if err != nil {
		return query.ExportFile{}, err
	}
	if err := d.o.Book.Taken(ctx, id, a.Actor()); err != nil {
		return query.ExportFile{}, errors.Join(err, f.Close())
	}
	name := d.o.Words.Text(locale.ParseLang(e.Lang), "exports.what."+e.What) + "-" + e.AskedAt.In(d.o.Zone).Format("20060102-1504") + "." + e.Format
	return query.ExportFile{Name: name, Type: mediaType(e.Format), Size: e.Bytes, Body: f}, nil
}

func mediaType(format string) string {
	if format == "csv" {
		return "text/csv; charset=utf-8"
	}
	return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
}

func (d *Desk) path(e query.Export) string { return filepath.Join(d.o.Dir, e.ID+"."+e.Format) }
