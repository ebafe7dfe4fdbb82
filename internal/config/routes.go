package config

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/notifier/route"
)

// Routes is the tree of routes by which people are told of alerts, from its
// root, and the inhibitions between alerts; see docs/routes.md.
type Routes struct {
	To       []string     `yaml:"to"`
	Joins    string       `yaml:"joins"`
	Group    RouteGroup   `yaml:"group"`
	Repeat   RouteRepeat  `yaml:"repeat"`
	Mute     []RouteMute  `yaml:"mute"`
	Children []Route      `yaml:"children"`
	Inhibit  []Inhibition `yaml:"inhibit"`
}

// Route is one route below the root.
type Route struct {
	Name     string      `yaml:"name"`
	Match    RouteMatch  `yaml:"match"`
	To       []string    `yaml:"to"`
	Joins    string      `yaml:"joins"`
	Continue bool        `yaml:"continue"`
	Group    RouteGroup  `yaml:"group"`
	Repeat   RouteRepeat `yaml:"repeat"`
	Mute     []RouteMute `yaml:"mute"`
	Children []Route     `yaml:"children"`
}

// RouteMatch says which alerts are meant: every field given must hold, and one
// of its values is enough.
type RouteMatch struct {
	Levels    []huiying.Level `yaml:"levels"`
	Units     []string        `yaml:"units"`
	Rules     []string        `yaml:"rules"`
	Places    []string        `yaml:"places"`
	Platforms []string        `yaml:"platforms"`
	Sources   []string        `yaml:"sources"`
	Intents   []string        `yaml:"intents"`
	Kinds     []string        `yaml:"kinds"`
	Hours     []string        `yaml:"hours"`
}

// RouteGroup tells several alerts in one message.
type RouteGroup struct {
	By       string   `yaml:"by"`
	Wait     Duration `yaml:"wait"`
	Interval Duration `yaml:"interval"`
	Red      bool     `yaml:"red"`
}

// RouteRepeat tells again while nobody has answered.
type RouteRepeat struct {
	Every Duration `yaml:"every"`
	Until string   `yaml:"until"`
	Most  int      `yaml:"most"`
}

// RouteMute holds alerts in some hours.
type RouteMute struct {
	Levels []huiying.Level `yaml:"levels"`
	Hours  []string        `yaml:"hours"`
	Red    bool            `yaml:"red"`
}

// Inhibition keeps an alert from people who were told of another one.
type Inhibition struct {
	Source RouteMatch `yaml:"source"`
	Target RouteMatch `yaml:"target"`
	Equal  []string   `yaml:"equal"`
	Within Duration   `yaml:"within"`
}

// Root is the tree as the notifier knows it.
func (r Routes) Root() route.Node {
	return Route{
		To: r.To, Joins: r.Joins, Group: r.Group, Repeat: r.Repeat, Mute: r.Mute, Children: r.Children,
	}.node()
}

// Inhibitions are those of the tree as the notifier knows them.
func (r Routes) Inhibitions() []route.Inhibition {
	out := make([]route.Inhibition, 0, len(r.Inhibit))
	for _, in := range r.Inhibit {
		out = append(out, route.Inhibition{
			Source: in.Source.match(), Target: in.Target.match(), Equal: in.Equal, Within: time.Duration(in.Within),
		})
	}
	return out
}

func (r Route) node() route.Node {
	n := route.Node{
		Name: r.Name, Match: r.Match.match(), To: r.To, Joins: r.Joins, Continue: r.Continue,
		Group:  route.Group{By: r.Group.By, Wait: time.Duration(r.Group.Wait), Interval: time.Duration(r.Group.Interval), Red: r.Group.Red},
		Repeat: route.Repeat{Every: time.Duration(r.Repeat.Every), Until: r.Repeat.Until, Most: r.Repeat.Most},
	}
	if r.Mute != nil { // an empty list takes the parent's away
		n.Mute = make([]route.Mute, 0, len(r.Mute))
	}
	for _, m := range r.Mute {
		n.Mute = append(n.Mute, route.Mute{Levels: m.Levels, Hours: m.Hours, Red: m.Red})
	}
	for _, kid := range r.Children {
		n.Children = append(n.Children, kid.node())
	}
	return n
}

func (m RouteMatch) match() huiying.AlertMatch {
	return huiying.AlertMatch{
		Levels: m.Levels, Units: m.Units, Rules: m.Rules, Places: m.Places, Platforms: m.Platforms, Sources: m.Sources,
		Intents: m.Intents, Kinds: m.Kinds, Hours: m.Hours,
	}
}

// validateRoutes refuses what is wrong with routes whatever the rules say.
func (c *Config) validateRoutes(d *decoder) {
	for _, f := range route.Lint(c.Routes.Root(), c.Routes.Inhibitions(), c.known()) {
		if f.Grave {
			d.problem(f.At, f.Key, f.Args...)
		}
	}
}

// known is what routes may name in this file.
func (c *Config) known() route.Known {
	k := route.Known{Units: []string{}, Receivers: []string{}}
	for _, u := range c.Units {
		k.Units, k.Receivers = append(k.Units, u.ID), append(k.Receivers, u.ID)
	}
	for _, u := range c.Users {
		k.Receivers = append(k.Receivers, u.ID)
	}
	for _, ch := range c.Channels {
		k.Receivers = append(k.Receivers, ch.ID)
	}
	return k
}

// RouteNames is what a file of configuration does not know by itself.
type RouteNames struct {
	Rules  []string
	Places []string
	// Rosters are those that are there; some may be made on pages alone.
	Rosters []string
	Hears   func(id string) bool // somebody behind the id can be told; see Config.Hears
	Surely  func(id string) bool // the same over more than browsers; see Config.HearsSurely
}

// RouteWarnings are what looks wrong with routes; each says where in the file.
func (c *Config) RouteWarnings(n RouteNames) []error {
	known := c.known()
	known.Rules, known.Places, known.Rosters = n.Rules, n.Places, n.Rosters
	known.Mute = func(receiver string) bool { return !n.Hears(receiver) }
	known.Weak = func(receiver string) bool { return n.Surely != nil && n.Hears(receiver) && !n.Surely(receiver) }
	var out []error
	for _, f := range route.Lint(c.Routes.Root(), c.Routes.Inhibitions(), known) {
		if !f.Grave {
			out = append(out, c.sentence(f.At, f.Key, f.Args...))
		}
	}
	return out
}

// sentence says something of a place in the file; without a file, of the path.
func (c *Config) sentence(path, key string, args ...any) error {
	said := huiying.Errorf(huiying.Invalid, key, args...)
	p := nearestPosition(c.positions, path)
	return huiying.Errorf(huiying.Invalid, "config.at", c.Path, p.line, p.column, path, said)
}

// ContactWarnings names contacts of the file's users that lack the address
// their channel needs.
func (c *Config) ContactWarnings() []error {
	var out []error
	for i, u := range c.Users {
		for j, contact := range u.Contacts {
			if contact.Address == "" && c.addressed(contact.Channel) {
				out = append(out, c.sentence(fmt.Sprintf("users[%d].contacts[%d]", i, j), "route.contact_address", u.ID, contact.Channel))
			}
		}
	}
	return out
}

// addressed reports whether a channel reaches nobody without an address.
func (c *Config) addressed(channel string) bool {
	return slices.ContainsFunc(c.Channels, func(ch Channel) bool {
		return ch.ID == channel && slices.Contains([]string{"email", "sms", "wecom-app"}, ch.Kind)
	})
}

// works reports whether a contact leads to somebody.
func (c *Config) works(contact Contact) bool {
	known := slices.ContainsFunc(c.Channels, func(ch Channel) bool { return ch.ID == contact.Channel })
	return known && (contact.Address != "" || !c.addressed(contact.Channel))
}

// browsers reports whether a channel leads to people's browsers.
func (c *Config) browsers(channel string) bool {
	return slices.ContainsFunc(c.Channels, func(ch Channel) bool { return ch.ID == channel && ch.Kind == "webpush" })
}

// Hears reports whether somebody behind the id of a unit, user or channel can
// be told; "" stands for the default recipients.
func (c *Config) Hears(id string) bool { return c.hears(id, c.works) }

// HearsSurely reports so of ways that the office itself can reach: a push
// service that takes a message need not bring it, and from many networks cannot
// be reached at all.
func (c *Config) HearsSurely(id string) bool {
	return c.hears(id, func(contact Contact) bool { return c.works(contact) && !c.browsers(contact.Channel) })
}

func (c *Config) hears(id string, works func(Contact) bool) bool {
	if id == "" && len(c.Notifier.Default) > 0 {
		return slices.ContainsFunc(c.Notifier.Default, func(id string) bool { return c.hears(id, works) })
	}
	if slices.ContainsFunc(c.Channels, func(ch Channel) bool { return ch.ID == id }) {
		return !c.addressed(id) && !c.browsers(id)
	}
	return slices.ContainsFunc(c.Users, func(u User) bool {
		meant := u.ID == id || id != "" && u.Unit == id && slices.Contains(u.Roles, huiying.RoleResponder) ||
			id == "" && slices.Contains(u.Roles, huiying.RoleOfficer)
		return meant && slices.ContainsFunc(u.Contacts, works)
	})
}

// ParseRoutes reads a file that holds routes alone, to be tried: with the
// units, users and channels of c.
func (c Config) ParseRoutes(path string, raw []byte) (Config, error) {
	var file struct {
		Routes Routes `yaml:"routes"`
	}
	file.Routes = Default().Routes
	d := &decoder{file: path, positions: map[string]position{}}
	if d.decode(bytes.TrimPrefix(raw, []byte("\ufeff")), &file) {
		c.Path, c.Routes, c.positions = path, file.Routes, d.positions
		c.validateRoutes(d)
	}
	return c, d.err()
}
