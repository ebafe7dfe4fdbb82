// Package papers is what people do with the papers of a case on its page:
// remarks on a reply while it is written, attachments, the case file, steps of
// several cases at once, and purges. Files are given out by a POST and always
// saved, never shown; it decides nothing itself.
package papers

import (
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/caseview"
	"huiying/internal/web/frame"
)

// Options is what the pages work with.
type Options struct {
	Frame      *frame.Frame
	Views      api.Views
	Papers     api.Papers
	Drafting   api.Drafting
	Publishing api.Publishing
	Each       api.Each
	Choices    func(c huiying.Case, a huiying.Actor) []huiying.Choice
	Lists      func(r *http.Request) (caseview.Lists, error) // of the forms' selects
	// ShowCase shows the page of the case again with what was wrong.
	ShowCase func(w http.ResponseWriter, r *http.Request, problem error) error
}

// Pages are the pages.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the pages.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// RemarksView is what there is to say about words.
type RemarksView struct {
	Remarks []query.Remark
	Empty   bool // there are no words yet
}

// Inspect answers with the remarks on the words of a form that is being filled
// in. It keeps nothing; it is a POST because words do not belong in addresses.
func (p *Pages) Inspect(w http.ResponseWriter, r *http.Request) error {
	c, err := p.o.Views.Seen(r.Context(), frame.Must(r).Scope(), r.PathValue("no"))
	if err != nil {
		return err
	}
	text := strings.TrimSpace(r.PostFormValue("f.text"))
	v := RemarksView{Empty: text == ""}
	if text != "" {
		if v.Remarks, err = p.o.Drafting.Inspect(r.Context(), c, text); err != nil {
			return err
		}
	}
	base := p.Base(r, "web.case.title")
	base.Main = v
	return p.Show(w, r, http.StatusOK, "remarks", base)
}

// Attach adds a file to the case.
func (p *Pages) Attach(w http.ResponseWriter, r *http.Request) error {
	a, no := frame.Must(r), r.PathValue("no")
	if _, err := p.o.Views.Seen(r.Context(), a.Scope(), no); err != nil {
		return err
	}
	name, body, err := uploaded(r)
	if err == nil {
		_, err = p.o.Papers.Attach(r.Context(), query.NewFile{CaseNo: no, Name: name, Body: body, Actor: a.Actor()})
	}
	return p.after(w, r, err, "/cases/"+no+"?done=attach_file")
}

// inMemory is how much of an upload is held in memory while it is read.
const inMemory = 1 << 20

func uploaded(r *http.Request) (name string, body []byte, err error) {
	if err := r.ParseMultipartForm(inMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			err = huiying.Errorf(huiying.Invalid, "file.empty")
		}
		return "", nil, err
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files; the answer does not depend on it
	file, head, err := r.FormFile("file")
	if err != nil {
		return "", nil, huiying.Errorf(huiying.Invalid, "file.empty")
	}
	body, err = io.ReadAll(io.LimitReader(file, api.MaxUpload))
	return filepath.Base(head.Filename), body, errors.Join(err, file.Close())
}

// after goes on, or shows the case with what was wrong.
func (p *Pages) after(w http.ResponseWriter, r *http.Request, err error, to string) error {
	var tooBig *http.MaxBytesError
	switch {
	case err == nil:
		return frame.Done(w, r, to)
	case errors.As(err, &tooBig), frame.Ours(err):
		return err
	}
	return p.o.ShowCase(w, r, err)
}

// File gives an attachment out.
func (p *Pages) File(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	paper, err := p.o.Papers.File(r.Context(), query.FileAsk{
		CaseNo: r.PathValue("no"), Digest: r.PathValue("digest"), Scope: a.Scope(), Actor: a.Actor(),
	})
	return give(w, paper, err)
}

// Export gives the file of the case out.
func (p *Pages) Export(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	paper, err := p.o.Papers.Export(r.Context(), query.PaperAsk{
		CaseNo: r.PathValue("no"), Format: r.PostFormValue("format"), Lang: string(p.Base(r, "web.case.title").Lang), Scope: a.Scope(), Actor: a.Actor(),
	})
	return give(w, paper, err)
}

func give(w http.ResponseWriter, p query.Paper, err error) error {
	if err != nil {
		return err
	}
	for name, values := range api.SavedAs(p) {
		w.Header()[name] = values
	}
	_, err = w.Write(p.Body)
	return err
}

// PurgesView is the purges that were made, and the form for another.
type PurgesView struct {
	Purges    []query.CasePurge // the newest first
	Bases     []string
	Typed     query.NewPurge
	Retention query.Retention
}

// Purges lists what was purged.
func (p *Pages) Purges(w http.ResponseWriter, r *http.Request) error {
	return p.showPurges(w, r, query.NewPurge{}, nil)
}

// Purge takes the words of an ended case out.
func (p *Pages) Purge(w http.ResponseWriter, r *http.Request) error {
	ask := query.NewPurge{
		CaseNo: strings.TrimSpace(r.PostFormValue("no")), Basis: r.PostFormValue("basis"), Reason: r.PostFormValue("reason"), Actor: frame.Must(r).Actor(),
	}
	_, err := p.o.Papers.Purge(r.Context(), ask)
	switch {
	case err == nil:
		return frame.Done(w, r, "/admin/purges?done=purge")
	case frame.Ours(err):
		return err
	}
	return p.showPurges(w, r, ask, err)
}

func (p *Pages) showPurges(w http.ResponseWriter, r *http.Request, typed query.NewPurge, problem error) error {
	list, err := p.o.Papers.Purges(r.Context())
	if err != nil {
		return err
	}
	slices.Reverse(list)
	kept, err := p.o.Papers.Retention(r.Context())
	if err != nil {
		return err
	}
	base := p.Base(r, "web.purges.title")
	base.Main, base.Problem = PurgesView{Purges: list, Bases: query.Bases(), Typed: typed, Retention: kept}, problem
	return p.Answer(w, r, "purges", base)
}
