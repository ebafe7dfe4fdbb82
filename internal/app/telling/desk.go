// Package telling is how alerts are told as pages see it: why, by which routes,
// and the silences that people make. It refuses a silence that is too long, of
// everything, or of red without saying so.
package telling

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/routes"
	"huiying/notifier/route"
)

// Desk is routes and silences over a store; all fields are required.
type Desk struct {
	Store *store.Store
	Clock route.Clock
	Now   func() time.Time
	Play  func(ctx context.Context, days int) (query.RoutePreview, error) // the last days' alerts against the routes in force
}

// Routing reads what was decided about an alert.
func (d Desk) Routing(ctx context.Context, alert string) (query.Routing, error) {
	return routes.Of(ctx, d.Store.Reader(), alert)
}

// Preview plays the alerts of the last days against the routes in force.
func (d Desk) Preview(ctx context.Context, days int) (query.RoutePreview, error) {
	if err := CheckDays(days); err != nil {
		return query.RoutePreview{}, err
	}
	return d.Play(ctx, days)
}

// mostDays is how far back a preview may go.
const mostDays = 31

// CheckDays refuses days that no preview goes back.
func CheckDays(days int) error {
	if days < 1 || days > mostDays {
		return huiying.Errorf(huiying.Invalid, "route.days", mostDays)
	}
	return nil
}

// mostSilences is how many silences are listed.
const mostSilences = 200

// Silences lists silences, the newest first.
func (d Desk) Silences(ctx context.Context) ([]huiying.Silence, error) {
	return routes.New(d.Store).List(ctx, mostSilences)
}

// Silence makes one; only those may who triage or look after the system.
func (d Desk) Silence(ctx context.Context, n query.NewSilence) (string, error) {
	if !silencers(n.Actor) {
		return "", huiying.Errorf(huiying.Forbidden, "silence.role")
	}
	now := d.Now().UTC().Truncate(time.Microsecond)
	s := silenceOf(n, now)
	if err := route.CheckSilence(s, now); err != nil {
		return "", err
	}
	s.ID = huiying.DeriveID("sl-", s.Author, s.Reason, strconv.FormatInt(now.UnixMicro(), 10))
	return s.ID, routes.New(d.Store).Add(ctx, s)
}

func silencers(a huiying.Actor) bool {
	return a.Has(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin)
}

func silenceOf(n query.NewSilence, now time.Time) huiying.Silence {
	s := huiying.Silence{
		Match: n.Match, Red: n.Red, From: n.From.UTC(), Until: n.Until.UTC(), Author: n.Actor.ID,
		Reason: strings.TrimSpace(n.Reason), CreatedAt: now,
	}
	if n.From.IsZero() {
		s.From = now
	}
	return s
}

// EndSilence ends one now.
func (d Desk) EndSilence(ctx context.Context, id string, actor huiying.Actor) error {
	if !silencers(actor) {
		return huiying.Errorf(huiying.Forbidden, "silence.role")
	}
	return routes.New(d.Store).End(ctx, id, actor.ID, d.Now().UTC())
}

// mostOpen is how many open cases a preview names, mostHits how many alerts.
const (
	mostOpen = 20
	mostHits = 20
)

// TrySilence says what a silence would have kept back in the last days, and of
// which open cases it keeps alerts back now.
func (d Desk) TrySilence(ctx context.Context, n query.NewSilence, days int) (query.SilencePreview, error) {
	p := query.SilencePreview{Days: days, Levels: map[huiying.Level]int{}, Hits: []query.SilenceHit{}}
	if err := CheckDays(days); err != nil {
		return p, err
	}
	now := d.Now().UTC()
	s := silenceOf(n, now)
	if err := route.CheckReach(s, now); err != nil {
		return p, err
	}
	since := now.AddDate(0, 0, -days)
	s.From, s.Until = since, now.AddDate(0, 0, 1) // as if it had been in force
	err := routes.Decisions(ctx, d.Store.Reader(), since, func(one routes.Decided) {
		switch {
		case !route.Matches(s.Match, one.Facts, d.Clock):
		case !route.Silenced(s, one.Facts, d.Clock):
			p.Red++
		default:
			p.Alerts++
			p.Levels[one.Facts.Level]++
			p.Hits = append(p.Hits, hitOf(one.Facts))
			for _, t := range one.Tellings {
				if t.Tells() {
					p.Tellings++
				}
			}
			if one.Open && len(p.Open) < mostOpen && !slices.Contains(p.Open, one.Facts.Case) {
				p.Open = append(p.Open, one.Facts.Case)
			}
		}
	})
	slices.Reverse(p.Hits)
	p.Hits = p.Hits[:min(len(p.Hits), mostHits)]
	return p, err
}

func hitOf(f huiying.AlertFacts) query.SilenceHit {
	return query.SilenceHit{Alert: f.Alert, Post: f.Post, At: f.At, Level: f.Level, Rule: f.Rule, Case: f.Case}
}
