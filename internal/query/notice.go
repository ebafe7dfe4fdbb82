package query

import (
	"time"

	"huiying"
)

// Kinds of notices.
const (
	// NoticeUncovered is a span of duty in which nobody can be told.
	NoticeUncovered = "uncovered"
	// NoticeChannel is a channel whose last messages all failed.
	NoticeChannel = "channel"
	// NoticeBehind is a step of the service that is behind with its messages.
	NoticeBehind = "behind"
	// NoticeShed is that pages are not told of single posts for the moment.
	NoticeShed = "shed"
)

// Notice is something of the service that does not work and that somebody must
// mend: it stands on every page of those who can.
type Notice struct {
	Kind    string    `json:"kind" enum:"uncovered,channel,behind,shed"`
	Subject string    `json:"subject" doc:"The roster's id, the channel's, or the name of the step that is behind"`
	Name    string    `json:"name" doc:"What it is called"`
	From    time.Time `json:"from" doc:"Since when, or from when"`
	Until   time.Time `json:"until,omitzero" doc:"Of a span of duty"`
	More    int       `json:"more" doc:"Further spans of the same roster; messages that wait; posts that pages were not told of"`
	Why     string    `json:"why,omitempty" doc:"What the channel's provider said last"`
}

// In returns n with its times in the zone loc.
func (n Notice) In(loc *time.Location) Notice {
	n.From = n.From.In(loc)
	if !n.Until.IsZero() {
		n.Until = n.Until.In(loc)
	}
	return n
}

// For reports whether a person can mend it.
func (n Notice) For(who huiying.Actor) bool {
	if n.Kind == NoticeChannel {
		return who.Has(huiying.RoleAdmin)
	}
	return who.Has(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin)
}
