package app

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store/routes"
	"huiying/notifier/route"
)

// routeDesk is routes and silences as pages see them.
type routeDesk struct{ app *App }

// Routing reads what was decided about an alert.
func (d routeDesk) Routing(ctx context.Context, alert string) (query.Routing, error) {
	return routes.Of(ctx, d.app.store.Reader(), alert)
}

// Preview plays the alerts of the last days against the routes in force.
func (d routeDesk) Preview(ctx context.Context, days int) (query.RoutePreview, error) {
	return playRoutes(ctx, d.app.store, d.app.config, d.app.config, RouteTrialOptions{Days: days, Now: d.app.now().UTC()})
}

// mostSilences is how many silences are listed.
const mostSilences = 200

// Silences lists silences, the newest first.
func (d routeDesk) Silences(ctx context.Context) ([]huiying.Silence, error) {
	return routes.New(d.app.store).List(ctx, mostSilences)
}

// Silence makes one; only those may who triage or look after the system.
func (d routeDesk) Silence(ctx context.Context, n query.NewSilence) (string, error) {
	if !silencers(n.Actor) {
		return "", huiying.Errorf(huiying.Forbidden, "silence.role")
	}
	now := d.app.now().UTC().Truncate(time.Microsecond)
	s := silenceOf(n, now)
	if err := route.CheckSilence(s, now); err != nil {
		return "", err
	}
	s.ID = huiying.DeriveID("sl-", s.Author, s.Reason, strconv.FormatInt(now.UnixMicro(), 10))
	return s.ID, routes.New(d.app.store).Add(ctx, s)
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
func (d routeDesk) EndSilence(ctx context.Context, id string, actor huiying.Actor) error {
	if !silencers(actor) {
		return huiying.Errorf(huiying.Forbidden, "silence.role")
	}
	return routes.New(d.app.store).End(ctx, id, actor.ID, d.app.now().UTC())
}

// mostOpen is how many open cases a preview names.
const mostOpen = 20

// TrySilence says what a silence would have kept back in the last days, and of
// which open cases it keeps alerts back now.
func (d routeDesk) TrySilence(ctx context.Context, n query.NewSilence, days int) (query.SilencePreview, error) {
	p := query.SilencePreview{Days: days, Levels: map[huiying.Level]int{}}
	if days < 1 || days > mostPreviewDays {
		return p, huiying.Errorf(huiying.Invalid, "route.days", mostPreviewDays)
	}
	now := d.app.now().UTC()
	s := silenceOf(n, now)
	if err := route.CheckSilence(s, now); err != nil {
		return p, err
	}
	since := now.AddDate(0, 0, -days)
	s.From, s.Until = since, now.AddDate(0, 0, 1) // as if it had been in force
	clock := route.Clock{Zone: d.app.zone}
	err := routes.Decisions(ctx, d.app.store.Reader(), since, func(one routes.Decided) {
		switch {
		case !route.Matches(s.Match, one.Facts, clock):
		case !route.Silenced(s, one.Facts, clock):
			p.Red++
		default:
			p.Alerts++
			p.Levels[one.Facts.Level]++
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
	return p, err
}
