package gathering

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"huiying"
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
	Order    query.SourceOrder
	Defined  bool // there is a definition of it
	Orders   bool // may give orders
	Every    string
	Slowest  string // minutes, as they stand in the form
}

// Source is the page of one source.
func (s *Pages) Source(w http.ResponseWriter, r *http.Request) error {
	return s.showSource(w, r, nil)
}

// OrderSource takes an order about one source.
func (s *Pages) OrderSource(w http.ResponseWriter, r *http.Request) error {
	id, by := r.PathValue("id"), frame.Must(r).Actor()
	var err error
	switch action := r.PostFormValue("action"); action {
	case "run":
		err = s.o.Orders.RunNow(r.Context(), id, by)
	case "rate":
		n := query.NewRate{Source: id, By: by}
		if n.Every, err = minutes(r.PostFormValue("every")); err == nil {
			n.Slowest, err = minutes(r.PostFormValue("slowest"))
		}
		if err == nil {
			err = s.o.Orders.SetRate(r.Context(), n)
		}
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	switch {
	case err == nil:
		return frame.Done(w, r, "/sources/"+id+"?done=source_"+r.PostFormValue("action"))
	case frame.Ours(err), huiying.ErrorCode(err) == huiying.NotFound:
		return err
	}
	return s.showSource(w, r, err)
}

// minutes reads a span; nothing is none.
func minutes(typed string) (time.Duration, error) {
	if typed == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 0 || n > 1e6 {
		return 0, huiying.Errorf(huiying.Invalid, "source.minutes")
	}
	return time.Duration(n) * time.Minute, nil
}

// order reads how the source is ordered, for who may order.
func (s *Pages) order(r *http.Request, v *SourceView) error {
	if v.Orders = door.Admins().Lets(frame.Must(r)); !v.Orders {
		return nil
	}
	var err error
	v.Order, err = s.o.Orders.Order(r.Context(), v.Page.Source.ID)
	if code := huiying.ErrorCode(err); code == huiying.NotFound || code == huiying.Unavailable {
		return nil
	}
	v.Defined = err == nil
	v.Every, v.Slowest = strconv.Itoa(int(v.Order.Every/time.Minute)), ""
	if v.Order.Slowest > 0 {
		v.Slowest = strconv.Itoa(int(v.Order.Slowest / time.Minute))
	}
	if r.PostFormValue("action") == "rate" {
		v.Every, v.Slowest = r.PostFormValue("every"), r.PostFormValue("slowest")
	}
	return err
}

func (s *Pages) showSource(w http.ResponseWriter, r *http.Request, problem error) error {
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
	if err := s.order(r, &v); err != nil {
		return err
	}
	p := s.Base(r, "web.source.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "source", p)
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
