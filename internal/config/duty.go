package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/notifier/duty"
	"huiying/notifier/ladder"
)

// Roster is a duty roster; see huiying.Roster.
type Roster struct {
	ID     string        `yaml:"id"`
	Name   string        `yaml:"name"`
	Hours  string        `yaml:"hours"`
	Layers []RosterLayer `yaml:"layers"`
	Fixed  []DutyRow     `yaml:"fixed"`
}

// RosterLayer is one post of a roster.
type RosterLayer struct {
	ID       string        `yaml:"id"`
	Name     string        `yaml:"name"`
	Days     string        `yaml:"days"` // workdays, restdays, weekends, holidays; "" = every day
	Shifts   []RosterShift `yaml:"shifts"`
	HandOver string        `yaml:"hand_over"`
	Turn     string        `yaml:"turn"` // shift, day, week
	Length   int           `yaml:"length"`
	Start    string        `yaml:"start"`
	People   []string      `yaml:"people"`
}

// RosterShift is one shift of a layer's day.
type RosterShift struct {
	Name string `yaml:"name"`
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// DutyRow is who is on duty on a day.
type DutyRow struct {
	Date   string   `yaml:"date"`
	Layer  string   `yaml:"layer"`
	Shift  string   `yaml:"shift"`
	People []string `yaml:"people"`
	Note   string   `yaml:"note"`
}

// Escalation is who is told when nobody acknowledges; see ladder.Policy.
type Escalation struct {
	ID          string           `yaml:"id"`
	Levels      []huiying.Level  `yaml:"levels"`
	Units       []string         `yaml:"units"`
	Steps       []EscalationStep `yaml:"steps"`
	Repeat      int              `yaml:"repeat"`
	Acks        int              `yaml:"acks"` // how many different people must acknowledge; 0 = 1
	RemindEvery Duration         `yaml:"remind_every"`
	UnackAfter  Duration         `yaml:"unack_after"`
}

// EscalationStep is one rung.
type EscalationStep struct {
	After Duration `yaml:"after"` // since the step before, the first since the assignment
	To    []string `yaml:"to"`
}

// Heartbeat is the monitor outside that raises an alarm when it hears nothing.
type Heartbeat struct {
	URL     Secret   `yaml:"url"` // "" = none
	URLFile string   `yaml:"url_file"`
	Every   Duration `yaml:"every"`
	Method  string   `yaml:"method"` // GET or POST
}

// Roster is the roster as the other rooms know it.
func (r Roster) Roster() huiying.Roster {
	out := huiying.Roster{ID: r.ID, Name: r.Name, Hours: r.Hours}
	if out.Name == "" {
		out.Name = r.ID
	}
	for _, l := range r.Layers {
		layer := huiying.RosterLayer{
			ID: l.ID, Name: l.Name, Days: l.Days, HandOver: l.HandOver, Turn: l.Turn, Length: l.Length, Start: l.Start, People: l.People,
		}
		for _, s := range l.Shifts {
			layer.Shifts = append(layer.Shifts, huiying.RosterShift(s))
		}
		out.Layers = append(out.Layers, layer)
	}
	for _, row := range r.Fixed {
		out.Fixed = append(out.Fixed, huiying.DutyRow(row))
	}
	return out
}

// Policies are the escalations as the notifier knows them; the built-in ones
// where the file has none.
func (c *Config) Policies() ladder.Policies {
	if len(c.Escalations) == 0 {
		return ladder.DefaultPolicies()
	}
	var out ladder.Policies
	for _, e := range c.Escalations {
		p := ladder.Policy{
			ID: e.ID, Levels: e.Levels, Units: e.Units, Repeat: e.Repeat, Needs: e.Acks,
			RemindEvery: time.Duration(e.RemindEvery), UnackAfter: time.Duration(e.UnackAfter),
		}
		for _, s := range e.Steps {
			p.Rungs = append(p.Rungs, huiying.Rung{After: time.Duration(s.After), Notify: s.To})
		}
		out = append(out, p)
	}
	return out
}

// EscalationWarnings say which levels open cases that nobody climbs.
func (c *Config) EscalationWarnings() []error {
	var out []error
	for _, level := range c.Policies().Without() {
		out = append(out, c.sentence("escalations", "ladder.finding.no_policy", level))
	}
	return out
}

// named is what of a file has an id that somebody may be told by.
type named struct{ units, users, channels map[string]bool }

func (n named) has(id string) bool { return n.units[id] || n.users[id] || n.channels[id] }

// validateDuty checks rosters, escalations and the heartbeat. A person or a
// roster may also be made on a page, so that nobody is refused for being
// unknown here; the auditor finds who is missing.
func (c *Config) validateDuty(d *decoder, n named) {
	ids(d, "rosters", c.Rosters, func(r Roster) string { return r.ID })
	for i, r := range c.Rosters {
		at := fmt.Sprintf("rosters[%d]", i)
		for _, err := range duty.Check(r.Roster()) {
			d.wrong(at, err)
		}
	}
	ids(d, "escalations", c.Escalations, func(e Escalation) string { return e.ID })
	for i, e := range c.Escalations {
		c.validateEscalation(d, fmt.Sprintf("escalations[%d]", i), e, n)
	}
	h := c.Heartbeat
	if h.URL != "" {
		// Whoever knows the address can keep the alarm silent: it is in no sentence.
		u, err := url.Parse(string(h.URL))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			d.problem("heartbeat.url", "ladder.heartbeat.address")
		}
		if time.Duration(h.Every) < 10*time.Second {
			d.problem("heartbeat.every", "config.heartbeat_every", time.Duration(h.Every))
		}
	}
	if h.Method != "" && h.Method != "GET" && h.Method != "POST" {
		d.problem("heartbeat.method", "config.one_of", h.Method, "GET, POST")
	}
}

func (c *Config) validateEscalation(d *decoder, at string, e Escalation, n named) {
	if len(e.Levels) == 0 {
		d.problem(at, "config.missing", "levels")
	}
	for i, l := range e.Levels {
		if !l.Alerts() {
			d.problem(fmt.Sprintf("%s.levels[%d]", at, i), "config.one_of", string(l), "red, orange, yellow, blue")
		}
	}
	for i, u := range e.Units {
		if !n.units[u] {
			d.problem(fmt.Sprintf("%s.units[%d]", at, i), "config.no_unit", u)
		}
	}
	if len(e.Steps) == 0 {
		d.problem(at, "config.missing", "steps")
	}
	for i, s := range e.Steps {
		if s.After <= 0 { // rungs without time between them would all be climbed at once
			d.problem(fmt.Sprintf("%s.steps[%d]", at, i), "config.missing", "after")
		}
		if len(s.To) == 0 {
			d.problem(fmt.Sprintf("%s.steps[%d]", at, i), "config.missing", "to")
		}
		for j, id := range s.To {
			if !n.tells(id) {
				d.problem(fmt.Sprintf("%s.steps[%d].to[%d]", at, i, j), "config.no_rung", id, strings.Join(ladder.Words(), ", "))
			}
		}
	}
	for key, value := range map[string]int{"repeat": e.Repeat, "acks": e.Acks} {
		if value < 0 || value > 20 {
			d.problem(at+"."+key, "config.range", value, 0, 20)
		}
	}
}

// tells reports whether a rung may name id.
func (n named) tells(id string) bool {
	if roster, ok := strings.CutPrefix(id, ladder.PrefixDuty); ok {
		return huiying.ValidSubject(roster)
	}
	return n.has(id) || slices.Contains(ladder.Words(), id)
}

// onDuty reports whether an id stands for those on duty.
func onDuty(id string) bool {
	roster, ok := strings.CutPrefix(id, ladder.PrefixDuty)
	return id == ladder.WordDuty || ok && huiying.ValidSubject(roster)
}

// wrong records a mistake that another room found.
func (d *decoder) wrong(path string, err error) {
	var sentence *huiying.Error
	if errors.As(err, &sentence) {
		d.problem(path, sentence.Key, sentence.Args...)
		return
	}
	d.problem(path, "config.syntax", err)
}
