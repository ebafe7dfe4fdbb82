package drill

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"huiying"
	"huiying/internal/drill/people"
	"huiying/internal/drill/receiver"
	"huiying/internal/locale"
)

// narrator tells the audience what happens, a line at a time. A line that
// cannot be written is nobody's loss.
type narrator struct {
	out       io.Writer
	catalogue *locale.Catalogue
	lang      locale.Lang
	now       func() time.Time
	zone      *time.Location

	mu     sync.Mutex
	failed map[string]bool // complaints already told
}

func newNarrator(o Options) *narrator {
	out := o.Out
	if out == nil {
		out = io.Discard
	}
	return &narrator{
		out: out, catalogue: o.Catalogue, lang: cmp.Or(o.Lang, locale.Chinese), now: o.Now, zone: o.Zone, failed: map[string]bool{},
	}
}

func (n *narrator) text(key string, args ...any) string {
	return n.catalogue.Text(n.lang, key, args...)
}

// line tells one thing, with the time of day before it.
func (n *narrator) line(key string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, _ = fmt.Fprintf(n.out, "%s  %s\n", n.now().In(n.zone).Format("15:04:05"), n.text(key, args...)) // see narrator
}

// opening says what is played and where to look, with one sign-in link for
// each role.
func (n *narrator) opening(title string, s Service, weibo, portal string) {
	n.line("drill.say.opening", locale.Key(title))
	n.line("drill.say.replicas", weibo, portal)
	n.line("drill.say.look", s.URL)
	for _, role := range huiying.Working() {
		at := slices.IndexFunc(crew(), func(p huiying.Person) bool { return slices.Contains(p.Roles, role) && s.Show[p.ID] != "" })
		if at >= 0 {
			p := crew()[at]
			n.line("drill.say.sign_in", locale.Key("role."+string(role)), p.Name, s.Show[p.ID])
		}
	}
}

// alert tells of the red and orange ones; the rest is on the page.
func (n *narrator) alert(a receiver.Alert) {
	if level := huiying.Level(a.Level); level.OpensCase() {
		n.line("drill.say.alert", locale.Key("level."+a.Level), a.Title, a.CaseNo)
	}
}

// deed tells of a step. What fails is told once; people try again.
func (n *narrator) deed(d people.Deed) {
	if d.Err != nil {
		n.mu.Lock()
		key := d.Person.ID + d.Action
		again := n.failed[key]
		n.failed[key] = true
		n.mu.Unlock()
		if !again {
			n.line("drill.say.failed", d.Person.Name, d.Action, d.CaseNo, d.Err.Error())
		}
		return
	}
	key := "drill.deed." + d.Action
	if d.Action == "ack" && d.Link {
		key += "_link"
	}
	if d.Action == "read" {
		return
	}
	n.line(key, locale.Key("role."+string(d.Person.Roles[0])), d.Person.Name, d.CaseNo)
}

// words are what the people write.
func (n *narrator) words() people.Words {
	w := people.Words{
		Better: n.text("drill.words.better"), Reject: n.text("drill.words.reject"), Done: n.text("drill.words.done"),
	}
	for i := 1; n.catalogue.Has("drill.words.draft" + strconv.Itoa(i)); i++ {
		w.Drafts = append(w.Drafts, n.text("drill.words.draft"+strconv.Itoa(i)))
	}
	return w
}

// Table writes the scoreboard for people, a line for each figure.
func (b Scoreboard) Table(c *locale.Catalogue, lang locale.Lang) string {
	var out strings.Builder
	row := func(value, key string, args ...any) {
		fmt.Fprintf(&out, "%10s  %s\n", value, c.Text(lang, key, args...))
	}
	for _, r := range []struct {
		key string
		n   int
	}{
		{"posts_served", b.PostsServed}, {"posts_collected", b.PostsCollected}, {"events", b.Events}, {"tagged", b.Tagged},
		{"alerts_raised", b.AlertsRaised}, {"alerts_delivered", b.AlertsDelivered}, {"alerts_acknowledged", b.AlertsAcknowledged},
	} {
		row(strconv.Itoa(r.n), "drill.score."+r.key)
	}
	for _, state := range states(b.Cases) {
		row(strconv.Itoa(b.Cases[state]), "drill.score.cases", locale.Key("case.state."+string(state)))
	}
	row(strconv.FormatFloat(b.PostToAlert.Median, 'f', 3, 64), "drill.score.median")
	row(strconv.FormatFloat(b.PostToAlert.P99, 'f', 3, 64), "drill.score.p99")
	row(strconv.Itoa(b.Lost), "drill.score.lost")
	for _, what := range b.LostWhat {
		fmt.Fprintf(&out, "%12s%s\n", "", what)
	}
	row(strconv.Itoa(b.Duplicated), "drill.score.duplicated")
	for _, what := range b.DuplicatedWhat {
		fmt.Fprintf(&out, "%12s%s\n", "", what)
	}
	return out.String()
}

// states lists the states in which a case stands, as a case goes through them.
func states(cases map[huiying.CaseState]int) []huiying.CaseState {
	return slices.DeleteFunc(huiying.CaseStates(), func(s huiying.CaseState) bool { return cases[s] == 0 })
}
