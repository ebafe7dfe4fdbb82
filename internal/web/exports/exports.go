// Package exports is the page of the lists that people asked to take away: who,
// what, how far it is, and until when the file is kept. It makes no file itself
// and gives one out only to a form, never to a link that somebody follows.
package exports

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/frame"
)

// Options is what the page works with; all are required.
type Options struct {
	Frame   *frame.Frame
	Exports api.Exports
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// View is the page.
type View struct {
	Rows   []Row
	Under  bool // one of them waits or runs
	Reveal bool
}

// Row is a job as it is listed.
type Row struct {
	query.Export
	Mine bool
	Page string // the list it was made of
	File bool   // there is one to take
}

// List shows the jobs a person may see.
func (p *Pages) List(w http.ResponseWriter, r *http.Request) error { return p.show(w, r, nil) }

func (p *Pages) show(w http.ResponseWriter, r *http.Request, problem error) error {
	a := frame.Must(r)
	list, err := p.o.Exports.List(r.Context(), a)
	if err != nil {
		return err
	}
	v := View{Reveal: a.MayReveal()}
	for _, e := range list {
		row := Row{Export: e, Mine: e.Person == a.Person.ID, Page: "/" + e.What + "?" + e.Query}
		row.File = row.Mine && e.State == query.ExportDone
		v.Rows, v.Under = append(v.Rows, row), v.Under || e.Under()
	}
	page := p.Base(r, "web.exports.title")
	page.Main, page.Problem = v, problem
	return p.Answer(w, r, "exports", page)
}

// Ask takes a job, from the form on the page of the list.
func (p *Pages) Ask(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	form := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	_, err := p.o.Exports.Ask(r.Context(), query.ExportAsk{
		Account: frame.Must(r), What: form("what"), Query: canonical(form("query")), Format: form("format"),
		Lang: string(p.Base(r, "web.exports.title").Lang), Reveal: form("reveal") != "", Reason: form("reason"),
	})
	return p.answer(w, r, err, "/exports?done=export_asked")
}

// canonical leaves out of an address what turns its pages.
func canonical(raw string) string {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return raw // refused as it is
	}
	for _, key := range []string{"before", "page", "done", "pick"} {
		q.Del(key)
	}
	return q.Encode()
}

// Cancel ends a job.
func (p *Pages) Cancel(w http.ResponseWriter, r *http.Request) error {
	return p.answer(w, r, p.o.Exports.Cancel(r.Context(), frame.Must(r), r.PathValue("id")), "/exports?done=export_cancelled")
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, err error, to string) error {
	switch {
	case err == nil:
		return frame.Done(w, r, to)
	case slices.Contains([]huiying.Code{huiying.Invalid, huiying.Conflict}, huiying.ErrorCode(err)):
		return p.show(w, r, err)
	}
	return err
}

// File gives the file out.
func (p *Pages) File(w http.ResponseWriter, r *http.Request) error {
	f, err := p.o.Exports.File(r.Context(), frame.Must(r), r.PathValue("id"))
	if err != nil {
		return p.answer(w, r, err, "")
	}
	h := w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("Content-Disposition", api.ExportedAs(f.Name))
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	h.Set("Cache-Control", "no-store")
	_, err = io.Copy(w, f.Body)
	if closed := f.Body.Close(); err == nil {
		err = closed
	}
	return err
}
