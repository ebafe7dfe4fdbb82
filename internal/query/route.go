package query

import (
	"time"

	"huiying"
)

// Routing is what was decided about telling an alert, and of what.
type Routing struct {
	Facts    huiying.AlertFacts `json:"facts"`
	Tellings []huiying.Telling  `json:"tellings"`
}

// RoutePreview is who would have been told of the alerts of some days by other
// routes, beside those in force. Repeats are not in it.
type RoutePreview struct {
	From    time.Time       `json:"from"`
	To      time.Time       `json:"to"`
	Alerts  int             `json:"alerts"`
	People  []PreviewRow    `json:"people"`
	Tried   map[string]int  `json:"tried"`   // recipients by reason: told, muted, silenced …
	Present map[string]int  `json:"present"` // by the routes in force
	Changed int             `json:"changed"` // alerts that other people would hear of
	Changes []PreviewChange `json:"changes"` // some of them, the newest first
}

// PreviewRow is how often somebody would have been told over a channel.
type PreviewRow struct {
	Person  string `json:"person"`
	Channel string `json:"channel"`
	Tried   int    `json:"tried"`
	Present int    `json:"present"`
}

// PreviewChange is one alert that other people would hear of.
type PreviewChange struct {
	Alert string        `json:"alert"`
	At    time.Time     `json:"at"`
	Level huiying.Level `json:"level"`
	Rule  string        `json:"rule"`
	Case  string        `json:"case,omitempty"`
	More  []string      `json:"more,omitempty"` // person@channel
	Less  []string      `json:"less,omitempty"`
	Path  []string      `json:"path"` // the routes that would decide
}

// NewSilence is a silence as somebody asks for it.
type NewSilence struct {
	Match  huiying.AlertMatch
	Red    bool
	From   time.Time // zero = now
	Until  time.Time
	Reason string
	Actor  huiying.Actor
}

// SilencePreview is what a silence would have kept back.
type SilencePreview struct {
	Days     int                   `json:"days"`
	Alerts   int                   `json:"alerts"`   // that it matches
	Tellings int                   `json:"tellings"` // messages that would not have gone out
	Levels   map[huiying.Level]int `json:"levels"`
	Open     []string              `json:"open"` // open cases whose alerts it keeps back now
	Red      int                   `json:"red"`  // red alerts that match and are told all the same
	Hits     []SilenceHit          `json:"hits"` // some of the alerts, the latest first
}

// Unlisted is how many of the alerts are not among the hits.
func (p SilencePreview) Unlisted() int { return p.Alerts - len(p.Hits) }

// SilenceHit is an alert that a silence would have kept back.
type SilenceHit struct {
	Alert string        `json:"alert"`
	Post  string        `json:"post,omitempty"`
	At    time.Time     `json:"at"`
	Level huiying.Level `json:"level"`
	Rule  string        `json:"rule"`
	Case  string        `json:"case,omitempty"`
}
