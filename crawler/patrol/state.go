package patrol

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"huiying"
	"huiying/crawler/patrol/norm"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/uptime"
)

// State is what the inspection of a site knows by now, for people to look at.
type State struct {
	Home      string
	Share     uptime.Share
	Probing   bool
	Limit     int // per cent of closed probes at which the week is lost
	Ended     time.Time
	Addresses int
	Pages     int
	Unread    int // beyond the bounds
	Unsaid    int // not askable
	Looked    int // of the round under way
	Of        int // addresses it knows so far; 0 = none is under way
	Columns   []ColumnState
	Cert      CertState
	Letters   int // kept in mind
	LettersAt time.Time
	Incidents []Incident
}

// ColumnState is one column as the last round saw it.
type ColumnState struct {
	Name, URL, Class string
	Newest           time.Time // zero = it shows no date
	Days             int       // since then
	Limit            string    // in words, "" = none
	Own              int       // days by the office's own rule, 0 = none
	Stale, Overdue   bool
	Blank            bool
}

// CertState is the certificate as it was seen last; At is zero where none was.
type CertState struct {
	At, NotAfter time.Time
	Left         int
	Name, Chain  string
}

// Incident is one thing that was told.
type Incident struct {
	Post      string // its id
	Check     string
	Object    string
	Title     string
	URL       string
	Finding   huiying.Finding
	Began, At time.Time
	LookedAt  time.Time // on demand; zero = never
	Came      string    // of that look: over still unasked round
}

// ReadState reads what a source's cursor holds; nil is none yet.
func (rd Reader) ReadState(raw json.RawMessage, src huiying.Source, now time.Time) (State, error) {
	opt, err := settings.Settle(src, rd.profiles)
	if err != nil {
		return State{}, err
	}
	c, err := readCursor(raw, opt.Probes)
	if err != nil {
		return State{}, errors.Join(huiying.Errorf(huiying.Internal, "patrol.state_unread", src.ID), err)
	}
	out := State{
		Home: opt.URL, Share: c.Series.At(now), Probing: opt.Does(settings.PartProbe), Limit: opt.Limits.Get("site-unreachable").Limit,
		Ended: unix(c.Last.Ended), Addresses: c.Last.Links, Pages: c.Last.Pages, Unread: c.Last.Unread, Unsaid: c.Last.Unsaid,
		Looked: c.Round.looked(), Of: len(c.Round.Links), Letters: len(c.Letters.Items), LettersAt: unix(c.Done[settings.PartLetters]),
	}
	if h := c.Last.Cert; h != nil {
		out.Cert = CertState{At: unix(h.At), NotAfter: unix(h.NotAfter), Left: h.Left, Name: h.Name, Chain: h.Chain}
	}
	for _, s := range c.Last.Columns {
		out.Columns = append(out.Columns, columnState(s, opt.Limits, now))
	}
	out.Incidents = incidents(c, src, opt, now)
	return out, nil
}

func unix(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

func columnState(s seen, limits norm.Norms, now time.Time) ColumnState {
	out := ColumnState{Name: s.Name, URL: s.URL, Class: s.Class, Newest: unix(s.New), Own: s.Days, Blank: s.Blank}
	for _, n := range limits {
		if n.Check == "column-stale" && n.Limit > 0 && (n.Class == "" || n.Class == s.Class) {
			out.Limit = n.Limits()
		}
	}
	if s.New == 0 {
		return out
	}
	at := time.Unix(s.New, 0)
	out.Days = norm.DaysBetween(at, now)
	_, out.Stale = limits.Judge(norm.Measure{Check: "column-stale", Class: s.Class, Since: at, Now: now})
	_, out.Overdue = limits.Judge(norm.Measure{Check: "column-overdue", Own: s.Days, Since: at, Now: now})
	return out
}

func incidents(c cursor, src huiying.Source, opt settings.Options, now time.Time) []Incident {
	v := &visit{opt: opt}
	v.Source, v.Zone = src, now.Location()
	var out []Incident
	for _, key := range slices.Sorted(maps.Keys(c.Open)) {
		i := c.Open[key]
		p := i.post(v)
		one := Incident{Post: p.ID, Check: i.Finding.Check, Object: i.Object, Title: i.Title, URL: i.URL, Finding: i.Finding, Began: unix(i.Began), At: unix(i.At)}
		if l, ok := c.Last.Again[key]; ok {
			one.LookedAt, one.Came = unix(l.At), l.Came
		}
		out = append(out, one)
	}
	slices.SortStableFunc(out, func(a, b Incident) int { return cmp.Compare(b.Finding.Level.Rank(), a.Finding.Level.Rank()) })
	return out
}
