package gathering

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// SourceLine is one source: its definition as far as it is known, and how it
// did in the last 24 hours.
type SourceLine struct {
	Source  huiying.Source
	Row     query.SourceRow
	State   huiying.SourceState
	Overdue bool // not visited for more than twice its interval
}

// SourcesView is the list of sources.
type SourcesView struct {
	Lines   []SourceLine
	Watcher bool // may follow a number to its posts
	Switch  query.Switch
	Turns   bool // may turn it
}

// Lines joins definitions and coverage; what is defined but was never
// visited is new.
func (s *Pages) Lines(ctx context.Context) ([]SourceLine, error) {
	rows, err := s.o.Views.Sources(ctx)
	if err != nil {
		return nil, err
	}
	defined, err := s.o.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var out []SourceLine
	for _, src := range defined {
		line := SourceLine{Source: src, State: huiying.SourceNew}
		line.Row.Hours = make([]query.SourceHour, 24)
		if i := slices.IndexFunc(rows, func(r query.SourceRow) bool { return r.Source == src.ID }); i >= 0 {
			line.Row = rows[i]
			rows = slices.Delete(rows, i, i+1)
			line.State = cmp.Or(line.Row.Last.State, huiying.SourceNew)
			line.Overdue = src.Every > 0 && s.o.Now().Sub(line.Row.Last.At) > 2*src.Every+time.Minute
		}
		if src.Disabled {
			line.State, line.Overdue = huiying.SourcePaused, false
		}
		out = append(out, line)
	}
	for _, row := range rows {
		out = append(out, SourceLine{Source: huiying.Source{ID: row.Source}, Row: row, State: cmp.Or(row.Last.State, huiying.SourceNew)})
	}
	return out, nil
}

// Sources lists every source with its last 24 hours.
func (s *Pages) Sources(w http.ResponseWriter, r *http.Request) error {
	return s.showSources(w, r, nil)
}

func (s *Pages) showSources(w http.ResponseWriter, r *http.Request, problem error) error {
	lines, err := s.Lines(r.Context())
	if err != nil {
		return err
	}
	p := s.Base(r, "web.nav.sources")
	p.Main, p.Problem = SourcesView{
		Lines: lines, Watcher: door.Watchers().Lets(frame.Must(r)), Switch: s.o.Switch.State(), Turns: door.Admins().Lets(frame.Must(r)),
	}, problem
	return s.Answer(w, r, "sources", p)
}

// Turn stops or starts all collection.
func (s *Pages) Turn(w http.ResponseWriter, r *http.Request) error {
	turned := query.Switch{Stopped: r.PostFormValue("stop") != "", Reason: r.PostFormValue("reason"), By: frame.Must(r).Person.ID}
	if err := s.o.Switch.Turn(r.Context(), turned); err != nil {
		if frame.Ours(err) {
			return err
		}
		return s.showSources(w, r, err)
	}
	return frame.Done(w, r, "/sources?done=saved")
}
