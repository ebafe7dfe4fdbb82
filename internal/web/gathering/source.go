package gathering

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// SourceView is the page of one source.
type SourceView struct {
	Page     query.SourcePage
	Row      query.RegisterRow // its row in the register
	Watcher  bool
	Standing bool // the register has a row of it
}

// Source is the page of one source.
func (s *Pages) Source(w http.ResponseWriter, r *http.Request) error {
	page, err := s.o.Views.Source(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := SourceView{Page: page, Watcher: door.Watchers().Lets(frame.Must(r))}
	rows, err := s.o.Register(r.Context())
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Source.ID == page.Source.ID {
			v.Row, v.Standing = row, true
		}
	}
	p := s.Base(r, "web.source.title")
	p.Main = v
	return s.Show(w, r, http.StatusOK, "source", p)
}

// RegisterView is the register of automated collection.
type RegisterView struct{ Rows []query.RegisterRow }

// Register is the register of automated collection.
func (s *Pages) Register(w http.ResponseWriter, r *http.Request) error {
	rows, err := s.o.Register(r.Context())
	if err != nil {
		return err
	}
	p := s.Base(r, "register.title")
	p.Main = RegisterView{rows}
	return s.Show(w, r, http.StatusOK, "register", p)
}

// RegisterFile is the register as a file for the office's records.
func (s *Pages) RegisterFile(w http.ResponseWriter, r *http.Request) error {
	rows, err := s.o.Register(r.Context())
	if err != nil {
		return err
	}
	lang := s.Base(r, "register.title").Lang
	var b bytes.Buffer
	b.WriteString("\ufeff") // spreadsheets read UTF-8 by it
	out := csv.NewWriter(&b)
	head := []string{}
	for _, column := range RegisterColumns() {
		head = append(head, s.o.Catalogue.Text(lang, "register."+column))
	}
	lines := append([][]string{head}, RegisterLines(rows, s.o.Catalogue, lang, s.o.Zone)...)
	if err := out.WriteAll(lines); err != nil {
		return fmt.Errorf("write the register: %w", err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="register.csv"`)
	_, err = w.Write(b.Bytes())
	return err
}

// RegisterColumns are the columns of the register as a file.
func RegisterColumns() []string {
	return []string{"source", "name", "kind", "host", "basis", "reference", "holder", "expires", "standing", "delay", "hours", "per_day", "agent", "verified", "personal"}
}

// RegisterLines are the rows of the register as a file. A cell that a
// spreadsheet would take for a formula is quoted.
func RegisterLines(rows []query.RegisterRow, words *locale.Catalogue, lang locale.Lang, zone *time.Location) [][]string {
	var out [][]string
	for _, r := range rows {
		expires := ""
		if !r.Source.Register.Expires.IsZero() {
			expires = r.Source.Register.Expires.In(zone).AddDate(0, 0, -1).Format(time.DateOnly)
		}
		line := []string{
			r.Source.ID, r.Source.Name, r.Source.Kind, r.Host, r.Source.Register.Basis, r.Source.Register.Reference, r.Source.Register.Holder, expires,
			words.Text(lang, "register.standing."+r.Standing), r.Delay.String(), r.Hours, strconv.Itoa(r.PerDay), r.Agent, r.Source.Verified, words.Text(lang, "register.handling"),
		}
		for i, cell := range line {
			line[i] = query.Guarded(cell)
		}
		out = append(out, line)
	}
	return out
}
