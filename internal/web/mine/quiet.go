package mine

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// Quiet is the quiet hours of people.
type Quiet interface {
	Set(ctx context.Context, person string, hours []string) error
	Try(ctx context.Context, person string, hours []string) (query.QuietPreview, error)
}

// QuietView is what the page shows of quiet hours.
type QuietView struct {
	Here    bool // somebody is told of alerts here
	Rows    []QuietRow
	Days    []string            // of the week, as hours are written
	Typed   QuietRow            // in the form
	Preview *query.QuietPreview // of the hours that are kept, or of those that are typed
	Trying  bool                // the preview is of what is typed
}

// QuietRow is quiet hours of some days.
type QuietRow struct {
	Text     string   // as they are kept
	Days     []string // none = every day
	From, To string   // 22:00
	Over     bool     // they end on the next day
}

// daysOfWeek are the days as hours are written, Monday first.
func daysOfWeek() []string { return []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} }

// rowOf reads hours as this page writes them.
func rowOf(text string) QuietRow {
	row := QuietRow{Text: text}
	days, hours, both := strings.Cut(text, " ")
	switch {
	case !both && strings.Contains(days, ":"):
		days, hours = "", days
	case !both:
		hours = "00:00-24:00"
	}
	if days != "" {
		row.Days = strings.Split(days, ",")
	}
	row.From, row.To, _ = strings.Cut(hours, "-")
	row.Over = row.To <= row.From
	return row
}

// typedQuiet is the form as it was sent. A row without days, or without hours
// that differ, is refused here, where the form is known.
func typedQuiet(r *http.Request) (QuietRow, error) {
	row := QuietRow{From: r.PostFormValue("from"), To: r.PostFormValue("to")}
	for _, d := range daysOfWeek() {
		if slices.Contains(r.PostForm["day"], d) {
			row.Days = append(row.Days, d)
		}
	}
	for _, at := range []string{row.From, row.To} {
		if _, err := time.Parse("15:04", at); err != nil {
			return row, huiying.Errorf(huiying.Invalid, "quiet.hours")
		}
	}
	to := row.To
	if to == "00:00" { // the end of the day, and no field can hold 24:00
		to = "24:00"
	}
	if len(row.Days) == 0 || row.From == to {
		return row, huiying.Errorf(huiying.Invalid, "quiet.hours")
	}
	row.Text = row.From + "-" + to
	if len(row.Days) < len(daysOfWeek()) {
		row.Text = strings.Join(row.Days, ",") + " " + row.Text
	}
	return row, nil
}

// quiet fills what the page shows of quiet hours.
func (s *Pages) quiet(r *http.Request, v *View) error {
	who := frame.Must(r).Person
	v.Quiet.Days = daysOfWeek()
	if v.Quiet.Typed.From == "" {
		v.Quiet.Typed = QuietRow{Days: daysOfWeek(), From: "22:00", To: "07:00"}
	}
	for _, text := range who.Quiet {
		v.Quiet.Rows = append(v.Quiet.Rows, rowOf(text))
	}
	if _, nowhere := s.o.Quiet.(NoQuiet); nowhere {
		return nil
	}
	v.Quiet.Here = true
	if v.Quiet.Preview != nil {
		return nil
	}
	p, err := s.o.Quiet.Try(r.Context(), who.ID, who.Quiet)
	if err != nil {
		return err
	}
	v.Quiet.Preview = &p
	return nil
}

// changeQuiet tries hours, adds them, or takes some away. What is wrong with them
// is shown with the form as it was sent.
func (s *Pages) changeQuiet(w http.ResponseWriter, r *http.Request) error {
	who := frame.Must(r).Person
	if gone := r.PostFormValue("remove"); gone != "" {
		left := slices.DeleteFunc(slices.Clone(who.Quiet), func(text string) bool { return text == gone })
		return s.answerQuiet(w, r, View{}, s.o.Quiet.Set(r.Context(), who.ID, left))
	}
	row, err := typedQuiet(r)
	v := View{Quiet: QuietView{Typed: row}}
	if err != nil {
		return s.fill(w, r, v, err)
	}
	hours := slices.Clone(who.Quiet)
	if !slices.Contains(hours, row.Text) {
		hours = append(hours, row.Text)
	}
	if r.PostFormValue("do") == "add" {
		return s.answerQuiet(w, r, v, s.o.Quiet.Set(r.Context(), who.ID, hours))
	}
	p, err := s.o.Quiet.Try(r.Context(), who.ID, hours)
	if err != nil {
		return s.answerQuiet(w, r, v, err)
	}
	v.Quiet.Preview, v.Quiet.Trying = &p, true
	return s.fill(w, r, v, nil)
}

func (s *Pages) answerQuiet(w http.ResponseWriter, r *http.Request, v View, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, "/me?done=saved#quiet")
	case frame.Ours(err):
		return err
	}
	return s.fill(w, r, v, err)
}

// NoQuiet stands where nobody is told of alerts.
type NoQuiet struct{}

func noQuiet() error { return huiying.Errorf(huiying.Unavailable, "quiet.nowhere") }

// Set implements Quiet.
func (NoQuiet) Set(context.Context, string, []string) error { return noQuiet() }

// Try implements Quiet.
func (NoQuiet) Try(context.Context, string, []string) (query.QuietPreview, error) {
	return query.QuietPreview{}, noQuiet()
}
