package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Disclosures is the register of the yearly report (信息公开登记).
type Disclosures interface {
	Page(ctx context.Context, year int, english bool) (query.DisclosurePage, error)
}

// disclosureOperations is the row of the table about the register; numbers are
// entered by people.
func disclosureOperations() []operation {
	return []operation{
		op(http.MethodGet, "/disclosure", "get-disclosure", door.Watchers(), (*service).disclosure),
	}
}

type disclosureIn struct {
	Year int `query:"year" minimum:"0" maximum:"9999" doc:"The newest that has anything when left out"`
}

// DisclosureNumber is one number of a year.
type DisclosureNumber struct {
	Key     string     `json:"key" doc:"Fact and, where it has columns, cell" example:"letters.on_time/hotline"`
	Name    string     `json:"name"`
	Unit    string     `json:"unit" doc:"In words: 件, 个, 万元"`
	Value   *float64   `json:"value,omitempty" doc:"Absent = not filled in, which is not zero"`
	AtLeast bool       `json:"at_least,omitempty" doc:"No fewer than that: 50余"`
	Source  string     `json:"source,omitempty" enum:"entered,imported,counted" doc:"By a person, with a file, or from posts and the record of cases"`
	By      string     `json:"by,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Note    string     `json:"note,omitempty"`
	Counted *float64   `json:"counted,omitempty" doc:"What was counted where a person or a file says something else"`
}

// DisclosurePart is the numbers of one section of the form.
type DisclosurePart struct {
	Section string             `json:"section"`
	Table   string             `json:"table,omitempty" doc:"Absent = of its text"`
	Numbers []DisclosureNumber `json:"numbers"`
}

// DisclosureApplicants is one column of the table of applications, in which
// received and carried over are the results and what is carried on together.
type DisclosureApplicants struct {
	ID      string             `json:"id,omitempty" doc:"Absent of the sum of all columns"`
	Name    string             `json:"name,omitempty"`
	New     float64            `json:"new" doc:"Received in the year; 0 where not filled in"`
	Carried float64            `json:"carried" doc:"From the year before"`
	Results float64            `json:"results" doc:"Decided in the year, all results together"`
	Next    float64            `json:"next" doc:"Carried on to the year after"`
	Whole   bool               `json:"whole" doc:"Every row of it is filled in"`
	Even    bool               `json:"even" doc:"new + carried = results + next"`
	Rows    []DisclosureNumber `json:"rows"`
}

// DisclosureChange is one change of a year.
type DisclosureChange struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Key    string    `json:"key"`
	Name   string    `json:"name"`
	Detail string    `json:"detail" doc:"From what to what, and why"`
}

type disclosureOut struct {
	Body struct {
		Year         int                    `json:"year"`
		Years        []int                  `json:"years" doc:"That have anything"`
		Form         string                 `json:"form" doc:"Of the report: 2008 or 2021"`
		Missing      int                    `json:"missing" doc:"Numbers and texts that the form asks for and nobody filled in"`
		Released     int                    `json:"released" doc:"Editions of the year's report"`
		Parts        []DisclosurePart       `json:"parts"`
		Applications []DisclosureApplicants `json:"applications" doc:"By kind of applicant; the last is their sum"`
		Changes      []DisclosureChange     `json:"changes" doc:"The latest, the newest first"`
	}
}

// disclosure gives the register of a year as the page has it.
func (s *service) disclosure(ctx context.Context, in *disclosureIn) (*disclosureOut, error) {
	page, err := s.o.Disclosures.Page(ctx, in.Year, langOf(ctx) == locale.English)
	if err != nil {
		return nil, err
	}
	out := &disclosureOut{}
	b := &out.Body
	b.Year, b.Years, b.Form, b.Missing, b.Released = page.Year, append([]int{}, page.Years...), page.Form, page.Missing, page.Released
	b.Parts, b.Applications, b.Changes = []DisclosurePart{}, []DisclosureApplicants{}, []DisclosureChange{}
	for _, g := range page.Groups {
		b.Parts = append(b.Parts, DisclosurePart{g.Section, g.Table, s.disclosed(g.Rows)})
	}
	for _, c := range page.Columns {
		b.Applications = append(b.Applications, DisclosureApplicants{
			ID: c.ID, Name: c.Name, New: read(c.New), Carried: read(c.Carried), Results: read(c.Sum), Next: read(c.Next), Whole: c.Whole, Even: c.Left == c.Right, Rows: s.disclosed(c.Rows),
		})
	}
	for _, c := range page.Changes {
		b.Changes = append(b.Changes, DisclosureChange{s.in(c.At), c.By, c.Key, c.Name, c.Detail})
	}
	return out, nil
}

func (s *service) disclosed(rows []query.DisclosureRow) []DisclosureNumber {
	out := make([]DisclosureNumber, 0, len(rows))
	for _, r := range rows {
		n := DisclosureNumber{Key: r.Key, Name: r.Name, Unit: r.Unit, Source: r.Source, By: r.By, At: s.moment(r.At), Note: r.Note}
		n.Value, n.AtLeast = typed(r.Text)
		n.Counted, _ = typed(r.Counted)
		out = append(out, n)
	}
	return out
}

// typed is a number as the register writes it: 12, 0.5, 50余.
func typed(text string) (v *float64, atLeast bool) {
	plain, atLeast := strings.CutSuffix(text, "余")
	f, err := strconv.ParseFloat(plain, 64)
	if err != nil {
		return nil, false
	}
	return &f, atLeast
}

func read(text string) float64 {
	v, _ := typed(text)
	if v == nil {
		return 0
	}
	return *v
}
