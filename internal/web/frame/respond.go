// Package frame is what every page shares: the navigation, the words, how a
// template becomes an answer and how an error does. It refuses to show the
// cause of a failure that is ours.
package frame

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Page is what every template gets; Main is the page's own.
type Page struct {
	Title     string // catalogue key
	Path      string
	Office    string
	Version   string
	Now       time.Time
	Account   *query.Account
	Nav       []NavItem
	Bar       []NavItem // the phone's bottom bar
	Theme     []string  // light, dark, large
	Live      bool
	Bundle    bool // the asset bundle is there
	Flash     string
	Problem   error // shown above the form it belongs to
	RequestID string
	Lang      locale.Lang
	Watermark string         // who looks and when, "" = none
	Notices   []query.Notice // what whoever looks must mend
	Main      any
}

// NavItem is a link of the navigation.
type NavItem struct {
	Key    string // catalogue key "web.nav." + Key and icon name
	Href   string
	Active bool
}

// navRow is one link of the navigation with those who see it.
type navRow struct {
	key, href string
	who       door.Who
	phone     bool
}

// nav is the navigation in its order. A test holds it against the table of
// routes: whoever sees a link may follow it.
func nav() []navRow {
	return []navRow{
		{"overview", "/", door.SignedIn(), true},
		{"inbox", "/inbox", door.Triagers(), true},
		{"alerts", "/alerts", door.CaseRoom(), true},
		{"cases", "/cases", door.CaseRoom(), true},
		{"events", "/events", door.Watchers(), false},
		{"silences", "/silences", door.Silencers(), false},
		{"stream", "/stream", door.Watchers(), false},
		{"outcomes", "/outcomes", door.CaseRoom(), false},
		{"heat", "/heat", door.Watchers(), false},
		{"supervision", "/supervision", door.Overseers(), false},
		{"reports", "/reports", door.CaseRoom(), false},
		{"disclosure", "/disclosure", door.Watchers(), false},
		{"rules", "/rules", door.RuleReaders(), false},
		{"lexicon", "/lexicon", door.RuleReaders(), false},
		{"sources", "/sources", door.Machines(), true},
		{"patrol", "/patrol", door.Machines(), false},
		{"intake", "/intake", door.Clerks(), false},
		{"duty", "/duty", door.SignedIn(), false},
		{"screen", "/screen", door.Screens(), false},
		{"admin", "/admin", door.Admins(), true},
		{"me", "/me", door.SignedIn(), true},
		{"help", "/help", door.SignedIn(), false},
	}
}

// Base fills what every page shows.
func (f *Frame) Base(r *http.Request, title string) Page {
	f.Names.refresh(r.Context())
	p := Page{
		Title: title, Path: r.URL.Path, Office: f.o.Office, Version: f.o.Version, Now: f.o.Now(),
		Bundle: f.Assets.Complete(), RequestID: door.RequestID(r.Context()), Lang: f.lang(r),
	}
	a, ok := door.Account(r.Context())
	if !ok {
		return p
	}
	p.Account, p.Live = &a, f.Assets.Complete()
	p.Theme = strings.Fields(a.Theme)
	if f.o.Watermark {
		p.Watermark = a.Person.Name + " " + a.Person.ID + " " + p.Now.In(f.o.Zone).Format("2006-01-02 15:04")
	}
	p.Notices = f.notices(r.Context(), a)
	for _, n := range nav() {
		if !n.who.Lets(a) {
			continue
		}
		item := NavItem{Key: n.key, Href: n.href, Active: active(r.URL.Path, n.href)}
		p.Nav = append(p.Nav, item)
		// Whoever works on cases has no room for door.Machines() in the bar.
		if n.phone && (n.key != "sources" && n.key != "admin" || !door.CaseRoom().Lets(a)) {
			p.Bar = append(p.Bar, item)
		}
	}
	if done := r.URL.Query().Get("done"); done != "" && f.o.Catalogue.Has("web.done."+done) {
		p.Flash = "web.done." + done
	}
	return p
}

// notices are those that the person can mend.
func (f *Frame) notices(ctx context.Context, a query.Account) (out []query.Notice) {
	if f.o.Notices == nil || a.FactorDue {
		return nil
	}
	for _, n := range f.o.Notices(ctx) {
		if n.For(a.Actor()) {
			out = append(out, n)
		}
	}
	return out
}

func active(path, href string) bool {
	if href == "/" {
		return path == "/"
	}
	return path == href || strings.HasPrefix(path, href+"/")
}

// lang is the person's own language, else what the browser asks for.
func (f *Frame) lang(r *http.Request) locale.Lang {
	if a, ok := door.Account(r.Context()); ok && a.Lang != "" {
		return locale.ParseLang(a.Lang)
	}
	if c, err := r.Cookie("lang"); err == nil {
		return locale.ParseLang(c.Value)
	}
	first, _, _ := strings.Cut(r.Header.Get("Accept-Language"), ",")
	return locale.ParseLang(first)
}

// Show answers a page, or the part alone when htmx asks for it by the id of
// the element it will replace.
func (f *Frame) Show(w http.ResponseWriter, r *http.Request, status int, name string, p Page) error {
	w.Header().Add("Vary", "HX-Request")
	var body []byte
	var err error
	part := r.Header.Get("HX-Target")
	if r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true" && strings.HasPrefix(part, "part-") {
		body, err = f.templates.Part(p.Lang, name, part, p)
	} else {
		body, err = f.templates.Page(p.Lang, name, p)
	}
	if err != nil {
		return err
	}
	f.write(w, r, status, body)
	return nil
}

// Answer shows a page as Show does, with the status of what was refused on it.
func (f *Frame) Answer(w http.ResponseWriter, r *http.Request, name string, p Page) error {
	status := http.StatusOK
	if p.Problem != nil {
		status = door.Status(huiying.ErrorCode(p.Problem))
	}
	return f.Show(w, r, status, name, p)
}

// Ours reports that an error is no refusal that a person can put right on the
// page, but a failure of ours.
func Ours(err error) bool {
	return err != nil && door.Status(huiying.ErrorCode(err)) == http.StatusInternalServerError
}

// smallest is the size below which compressing does not pay.
const smallest = 1400

// packing is how hard pages are compressed: a stream of 54 kB becomes 10.0 kB in
// 0.2 ms, as it becomes 9.7 kB in 1.1 ms as the standard library usually does it.
const packing = 5

// newPacker makes what compresses one page at a time, and is used again: each
// takes a megabyte.
func newPacker() any {
	z, err := gzip.NewWriterLevel(nil, packing)
	if err != nil {
		panic(err) // the level is one of its own
	}
	return z
}

// write sends a page. A failing connection has nobody left to be told.
func (f *Frame) write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "Accept-Encoding")
	if len(body) < smallest || !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(body)
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := f.packers.Get().(*gzip.Writer)
	defer f.packers.Put(z)
	z.Reset(w)
	_, _ = z.Write(body)
	_ = z.Close()
}

// ErrorView is what the error page shows.
type ErrorView struct {
	Status int
	Text   string
	Roles  []huiying.Role // those that may, for a 403
	Login  string         // where to sign in and come back
}

// Fail is the one place where an error becomes an answer.
func (f *Frame) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the browser has gone
	}
	code := huiying.ErrorCode(err)
	if code == huiying.Unauthorized && r.Method == http.MethodGet && r.Header.Get("HX-Request") == "" && r.URL.Path != "/live" {
		http.Redirect(w, r, LoginPath(r), http.StatusSeeOther)
		return
	}
	if _, due := errors.AsType[*door.Due](err); due && r.Method == http.MethodGet && r.Header.Get("HX-Request") == "" && r.URL.Path != "/live" {
		http.Redirect(w, r, "/me/factor", http.StatusSeeOther)
		return
	}
	status := door.Status(code)
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		status, err = http.StatusRequestEntityTooLarge, huiying.Errorf(huiying.Invalid, "web.error.too_big")
	}
	if status == http.StatusInternalServerError {
		f.o.Logger.ErrorContext(r.Context(), "a page failed", "request", door.RequestID(r.Context()), "path", r.URL.Path, "error", err)
	}
	p := f.Base(r, "web.error.title")
	view := ErrorView{Status: status, Text: f.o.Catalogue.Sentence(p.Lang, err), Login: LoginPath(r)}
	if missing, ok := errors.AsType[*door.Missing](err); ok {
		view.Roles = missing.Roles
	}
	p.Main = view
	if r.Header.Get("HX-Request") == "true" {
		w.Header().Set("HX-Retarget", "#problem")
		w.Header().Set("HX-Reswap", "innerHTML")
		if body, failed := f.templates.Part(p.Lang, "error", "part-problem", p); failed == nil {
			f.write(w, r, status, body)
			return
		}
	}
	body, failed := f.templates.Page(p.Lang, "error", p)
	if failed != nil {
		f.o.Logger.ErrorContext(r.Context(), "the error page failed", "error", failed)
		http.Error(w, view.Text, status)
		return
	}
	f.write(w, r, status, body)
}

// CrossOrigin answers a request another site made a browser send.
func (f *Frame) CrossOrigin(w http.ResponseWriter, r *http.Request) {
	f.Fail(w, r, huiying.Errorf(huiying.Forbidden, "web.error.cross_origin"))
}

// Done answers a form that worked: the browser asks for the page anew.
func Done(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// Must is who is signed in, behind a door that let them pass.
func Must(r *http.Request) query.Account {
	a, _ := door.Account(r.Context())
	return a
}

// LoginPath leads to the sign-in page and back to where r wanted to go.
func LoginPath(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" || r.URL.Path == "/login" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(r.URL.RequestURI())
}
