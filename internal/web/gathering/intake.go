package gathering

import (
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"path/filepath"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// IntakeView is the page where hand-overs are brought in.
type IntakeView struct {
	Lines  []SourceLine // the sources of hand-overs
	Source string       // the one that was chosen
	Name   string       // of the file just brought in
	Done   *query.Uploaded
	Sheet  template.URL // the error sheet itself: it holds personal data and is kept nowhere
	Saved  string       // the name it is saved under
}

// kindIntake is the kind of sources that take hand-overs.
const kindIntake = "intake"

// Intake is where hand-overs are brought in.
func (s *Pages) Intake(w http.ResponseWriter, r *http.Request) error {
	return s.showIntake(w, r, IntakeView{}, nil)
}

func (s *Pages) showIntake(w http.ResponseWriter, r *http.Request, v IntakeView, problem error) error {
	lines, err := s.Lines(r.Context())
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.Source.Kind == kindIntake {
			v.Lines = append(v.Lines, l)
		}
	}
	p := s.Base(r, "web.nav.intake")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "intake", p)
}

// inMemory is how much of an upload stays in memory; the rest lies in a
// temporary file until the answer is out.
const inMemory = 1 << 20

// BringIn takes a sheet and answers with what came of it.
func (s *Pages) BringIn(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseMultipartForm(inMemory); err != nil {
		if errors.Is(err, http.ErrNotMultipart) {
			err = huiying.Errorf(huiying.Invalid, "web.intake.no_file")
		}
		return err
	}
	defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files; the answer does not depend on it
	v := IntakeView{Source: r.PostFormValue("source")}
	file, head, err := r.FormFile("file")
	if err != nil {
		return s.showIntake(w, r, v, huiying.Errorf(huiying.Invalid, "web.intake.no_file"))
	}
	v.Name = filepath.Base(head.Filename)
	p := s.Base(r, "web.nav.intake")
	done, err := s.o.Handovers.TakeSheet(r.Context(), query.Upload{Source: v.Source, Lang: string(p.Lang), Name: v.Name, File: file})
	if err := file.Close(); err != nil {
		return err
	}
	if err != nil {
		if frame.Ours(err) {
			return err
		}
		return s.showIntake(w, r, v, err)
	}
	v.Done = &done
	if done.Sheet != nil {
		v.Sheet = template.URL("data:application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64," + //nolint:gosec // ours, and base64
			base64.StdEncoding.EncodeToString(done.Sheet))
		v.Saved = strings.TrimSuffix(v.Name, filepath.Ext(v.Name)) + "-错误.xlsx"
	}
	return s.showIntake(w, r, v, nil)
}
