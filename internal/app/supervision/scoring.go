package supervision

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/access"
	"huiying/internal/store/definitions"
	"huiying/notifier/casework/measure"
)

// The formula is one definition.
const (
	Kind      = "scoring"
	formulaID = "units"
)

// Limits of a formula.
const (
	maxTerms    = 20
	maxNumber   = 10_000 // weight, cap, hours
	maxNote     = 200
	maxVersions = 20
)

// Shipped is the formula of an office that has written none.
func Shipped() query.Scoring {
	return query.Scoring{
		PraiseAt: 90, NameBelow: 60,
		Terms: []query.ScoreTerm{
			{Measure: "ack_rate", Direction: query.ScoreMore, Target: 100, Weight: 15, Cap: 15},
			{Measure: "on_time_honest", Direction: query.ScoreMore, Target: 95, Weight: 30, Cap: 30},
			{Measure: "response_time", Direction: query.ScoreLess, Target: 24, Weight: 15, Cap: 20},
			{Measure: "closing_in_time", Direction: query.ScoreMore, Target: 95, Weight: 15, Cap: 15},
			{Measure: "satisfied_rate", Direction: query.ScoreMore, Target: 90, Weight: 15, Cap: 15},
			{Measure: "redo_rate", Direction: query.ScoreLess, Target: 5, Weight: 10, Cap: 10},
		},
	}
}

// Measures lists the figures that a term may be of. return_rate is none: it
// counts for the unit that has a case now, not for the one that gave it back.
func Measures() (out []query.ScoreMeasure) {
	for _, f := range measure.Count(nil, measure.Period{}) {
		if f.ID != "return_rate" {
			out = append(out, query.ScoreMeasure{ID: f.ID, Lasts: f.Lasts})
		}
	}
	return out
}

// scoring reads the formula in force and its versions, the newest first.
func (d *Desk) scoring(ctx context.Context) (now query.Scoring, versions []query.Scoring, err error) {
	list, err := d.Shelf.Newest(ctx, Kind, formulaID, maxVersions)
	if err != nil {
		return now, nil, err
	}
	for _, def := range list {
		var s query.Scoring
		if err := json.Unmarshal(def.Body, &s); err != nil {
			return now, nil, fmt.Errorf("read version %d of the scoring: %w", def.Version, err)
		}
		s.Version, s.By, s.At = def.Version, def.Author, def.At
		versions = append(versions, s)
	}
	if len(versions) == 0 {
		return Shipped(), nil, nil
	}
	return versions[0], versions, nil
}

// Rescore puts another formula in force as a new version. Errors:
// huiying.Invalid for one that says nothing, huiying.Conflict when somebody
// else changed it, huiying.Forbidden when a file defines it.
func (d *Desk) Rescore(ctx context.Context, c query.ScoringChange) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	c.Note = strings.TrimSpace(c.Note)
	if c.Note == "" || utf8.RuneCountInString(c.Note) > maxNote {
		return huiying.Errorf(huiying.Invalid, "supervision.note", maxNote)
	}
	if err := check(c.Scoring); err != nil {
		return err
	}
	now, _, err := d.scoring(ctx)
	if err != nil {
		return err
	}
	if now.Version != c.Seen {
		return huiying.Errorf(huiying.Conflict, "supervision.changed", now.By)
	}
	body, err := json.Marshal(c.Scoring)
	if err != nil {
		return fmt.Errorf("write the scoring: %w", err)
	}
	_, _, err = d.Shelf.PutNoted(ctx, definitions.Definition{Kind: Kind, ID: formulaID, Author: c.Actor.ID, Body: body}, func(now definitions.Definition) access.Entry {
		return access.Entry{Actor: c.Actor.ID, Action: access.ScoringChanged, Object: formulaID, Detail: fmt.Sprintf("version %d", now.Version)}
	})
	return err
}

// check refuses a formula that cannot be computed or says nothing.
func check(s query.Scoring) error {
	if len(s.Terms) == 0 || len(s.Terms) > maxTerms {
		return huiying.Errorf(huiying.Invalid, "supervision.terms", maxTerms)
	}
	known, seen := Measures(), map[string]bool{}
	for _, t := range s.Terms {
		switch {
		case !slices.ContainsFunc(known, func(m query.ScoreMeasure) bool { return m.ID == t.Measure }):
			return huiying.Errorf(huiying.Invalid, "supervision.measure", t.Measure)
		case seen[t.Measure]:
			return huiying.Errorf(huiying.Invalid, "supervision.twice", t.Measure)
		case t.Direction != query.ScoreMore && t.Direction != query.ScoreLess:
			return huiying.Errorf(huiying.Invalid, "supervision.direction", t.Measure)
		case !sane(t.Target) || !sane(t.Weight) || !sane(t.Cap):
			return huiying.Errorf(huiying.Invalid, "supervision.number", t.Measure, maxNumber)
		}
		seen[t.Measure] = true
	}
	if !sane(s.PraiseAt) || !sane(s.NameBelow) || s.NameBelow >= s.PraiseAt {
		return huiying.Errorf(huiying.Invalid, "supervision.bounds")
	}
	return nil
}

// sane is a number that people write and recompute: more than nothing, with two
// decimals at most.
func sane(v float64) bool { return v > 0 && v <= maxNumber && v == plain(cents(v)) }

// cents counts hundredths: with whole numbers a half is rounded up as it is on
// paper.
func cents(v float64) int64 { return int64(math.Round(v * 100)) }

func plain(cents int64) float64 { return float64(cents) / 100 }

// ratio is a × b ÷ c, rounded.
func ratio(a, b, c int64) int64 { return (2*a*b + c) / (2 * c) }

// Score is the card of what was counted of a unit. Values are cut to two
// decimals and points rounded to two, so that whoever takes a pencil comes to
// the same.
func Score(s query.Scoring, figures map[string]query.Outcome) (u query.UnitScore) {
	var got, weight int64
	for _, t := range s.Terms {
		one := query.ScoredTerm{ScoreTerm: t, Outcome: figures[t.Measure]}
		if one.Outcome.Of > 0 {
			v := value(one.Outcome)
			p := points(t, v)
			one.Counted, one.Value, one.Points = true, plain(v), plain(p)
			got, weight = got+p, weight+cents(t.Weight)
			u.Few = u.Few || one.Outcome.Few()
		}
		u.Terms = append(u.Terms, one)
	}
	if u.Scored = weight > 0; u.Scored {
		u.Points, u.Weight, u.Score = plain(got), plain(weight), plain(ratio(got, 100_00, weight))
	}
	return u
}

// value is a rate in hundredths of a per cent, or a median in hundredths of an
// hour, cut.
func value(o query.Outcome) int64 {
	if o.Lasts {
		return int64(o.Median / (time.Hour / 100))
	}
	return int64(o.N) * 100_00 / int64(o.Of)
}

func points(t query.ScoreTerm, value int64) int64 {
	weight, target, most := cents(t.Weight), cents(t.Target), cents(t.Cap)
	switch {
	case t.Direction == query.ScoreMore:
		return min(most, ratio(weight, value, target))
	case value == 0:
		return most
	}
	return min(most, ratio(weight, target, value))
}
