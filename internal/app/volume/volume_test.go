package volume_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/volume"
	"huiying/internal/query"
)

// desk has so many days of six posts an hour, up to 15:30 of the office's clock.
func desk(days int) (*volume.Desk, time.Time) {
	zone := time.FixedZone("office", 8*3600)
	now := time.Date(2026, 11, 23, 15, 30, 0, 0, zone)
	return &volume.Desk{Now: func() time.Time { return now }, Zone: zone, Hours: func(context.Context) (out []query.Hour, err error) {
		last := now.Truncate(time.Hour)
		for at := last.AddDate(0, 0, -days); !at.After(last); at = at.Add(time.Hour) {
			out = append(out, query.Hour{From: at, Count: map[huiying.Level]int{huiying.LevelNone: 5, huiying.LevelRed: 1}})
		}
		return out, nil
	}}, now
}

// Hours end with the present one, days with today; what is expected rests on
// the days before, and a span before the first post is empty.
func TestSpread(t *testing.T) {
	for period, c := range map[string]struct {
		spans, full, most int
		width             time.Duration
	}{
		query.Today: {24, 6, 40, time.Hour}, query.Week: {56, 18, 100, 3 * time.Hour}, query.Month: {30, 144, 600, 24 * time.Hour},
	} {
		d, now := desk(50)
		s, err := d.Spread(t.Context(), period)
		if err != nil || len(s.Spans) != c.spans || s.Days < 27 || s.Daily != (period == query.Month) {
			t.Fatalf("%s: %d spans, %+v, %v", period, len(s.Spans), s.Days, err)
		}
		last := s.Spans[c.spans-1]
		if last.From.After(now) || last.To.Before(now) || !s.Running(c.spans-1) || s.Running(c.spans-2) {
			t.Errorf("%s: the last span is %v to %v", period, last.From, last.To)
		}
		for i, one := range s.Spans {
			n := c.full
			if i == c.spans-1 && s.Daily {
				n = 16 * 6
			} else if i == c.spans-1 && period == query.Week {
				n = 6 // the first of three hours
			}
			if one.N != n || one.To.Sub(one.From) != c.width || one.Count[huiying.LevelRed] != n/6 {
				t.Errorf("%s %d: %+v", period, i, one)
			}
			if i > 0 && !one.From.Equal(s.Spans[i-1].To) {
				t.Errorf("%s: a hole before %v", period, one.From)
			}
			if one.Known && (one.Low > c.full || one.High < c.full || one.High > c.most) {
				t.Errorf("%s %d: %d–%d", period, i, one.Low, one.High)
			}
		}
		if !last.Known {
			t.Errorf("%s: nothing is expected of the last span", period)
		}
	}
}

func TestLittleHistory(t *testing.T) {
	d, _ := desk(3)
	s, err := d.Spread(t.Context(), query.Week)
	if err != nil || len(s.Spans) != 56 || s.Spans[0].N != 0 || s.Spans[55].N != 6 || s.Spans[55].Known || s.Days != 3 || s.Needed != 7 {
		t.Errorf("%+v, %v", s.Spans, err)
	}
	broken := errors.New("disk")
	d.Hours = func(context.Context) ([]query.Hour, error) { return nil, broken }
	if _, err := d.Spread(t.Context(), query.Today); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	d.Hours = func(context.Context) ([]query.Hour, error) { return nil, nil }
	if s, err := d.Spread(t.Context(), query.Month); err != nil || len(s.Spans) != 0 {
		t.Errorf("nothing at all: %+v, %v", s, err)
	}
}

// The first post is drawn at once, however long it took to find that there was
// none.
func TestFirstPost(t *testing.T) {
	d, now := desk(0)
	full := d.Hours
	d.Hours = func(context.Context) ([]query.Hour, error) { return []query.Hour{{From: now.Truncate(time.Hour)}}, nil }
	if s, err := d.Spread(t.Context(), query.Today); err != nil || s.Spans[23].N != 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	d.Hours = full
	if s, err := d.Spread(t.Context(), query.Today); err != nil || s.Spans[23].N != 6 {
		t.Errorf("%+v, %v", s, err)
	}
}
