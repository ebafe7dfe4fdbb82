package incident_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/internal/drill/incident"
	"huiying/internal/drill/replica"
	"huiying/internal/locale"
)

var start = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

func player(t testing.TB, name string, o incident.Options) *incident.Player {
	t.Helper()
	s, err := incident.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := incident.NewPlayer(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEveryIncidentLoadsAndPlays(t *testing.T) {
	names := incident.Names()
	if len(names) < 2 {
		t.Fatalf("incidents %v", names)
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s, err := incident.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if s.Name != name || !words.Has(s.Title) || s.Lasts < time.Minute {
			t.Errorf("%s: name %q, title %q, lasts %s", name, s.Name, s.Title, s.Lasts)
		}
		for _, step := range s.Steps {
			if step.Say != "" && !words.Has(step.Say) {
				t.Errorf("%s at %s says %q, which is not in the catalogue", name, step.At, step.Say)
			}
			if step.At > s.Lasts {
				t.Errorf("%s: a step at %s, after its end", name, step.At)
			}
		}
		p := player(t, name, incident.Options{Seed: 3, ChatterPerMinute: 60})
		w := replica.NewWorld(replica.Options{Now: func() time.Time { return start.Add(s.Lasts) }, Happenings: p})
		p.Begin(start)
		if faults := w.Advance(); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

// TestEveryIncidentHasEverything keeps the good and the bad parts that an
// exercise needs in every script.
func TestEveryIncidentHasEverything(t *testing.T) {
	for _, name := range incident.Names() {
		s, err := incident.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		has := map[string]bool{}
		first := s.Lasts
		for _, step := range s.Steps {
			c := step.Change
			has["edit"] = has["edit"] || c.Edit != nil
			has["delete"] = has["delete"] || c.Delete != nil
			has["grow"] = has["grow"] || c.Grow != nil
			has["article"] = has["article"] || c.Article != nil
			has["answer"] = has["answer"] || c.Answer != nil
			has["gbk"] = has["gbk"] || (c.Letter != nil && c.Letter.GBK)
			has["comment"] = has["comment"] || c.Comment != nil
			if c.Post != nil {
				has["repost"] = has["repost"] || c.Post.Of != ""
				has["pinned"] = has["pinned"] || c.Post.Pinned
				has["long"] = has["long"] || utf8.RuneCountInString(c.Post.Text) > 140
				if step.At > 0 {
					first = min(first, step.At)
				}
			}
		}
		for _, part := range []string{"edit", "delete", "grow", "article", "answer", "gbk", "comment", "repost", "pinned", "long"} {
			if !has[part] {
				t.Errorf("%s has no %s", name, part)
			}
		}
		if first > 5*time.Second {
			t.Errorf("%s: the first post comes after %s", name, first)
		}
	}
}

func TestUnknownIncident(t *testing.T) {
	_, err := incident.Load("no-such")
	if huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("%v", err)
	}
	if _, err := incident.Load("cast"); err == nil {
		t.Error("the cast was played as an incident")
	}
}

func TestParseFaults(t *testing.T) {
	for name, raw := range map[string]string{
		"key":     "name: x\nlasts: 1m\nweather: fine\n",
		"lasts":   "name: x\nlasts: soon\n",
		"at":      "name: x\nlasts: 1m\nsteps:\n  - {at: soon, delete: {key: a}}\n",
		"nobody":  "name: x\nlasts: 1m\nsteps:\n  - {at: 1s, post: {by: nobody, text: 啊}}\n",
		"nothing": "name: x\nlasts: 1m\nsteps:\n  - {at: 1s}\n",
		"order":   "name: x\nlasts: 1m\nsteps:\n  - {at: 1s, edit: {key: later, text: 啊}}\n  - {at: 2s, post: {key: later, by: hall, text: 啊}}\n",
	} {
		if _, err := incident.Parse([]byte(raw)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("name: x\nlasts: 1m\nsteps:\n  - {at: 1s, post: {key: a, by: hall, text: 啊}}\n"))
	f.Add([]byte("steps: [{at: -1h, answer: {letter: l}}]"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := incident.Parse(raw)
		if err != nil {
			return
		}
		if _, err := incident.NewPlayer(s, incident.Options{}); err != nil {
			t.Error(err)
		}
	})
}

// played collects what a player gives, asked at the given moments.
func played(p *incident.Player, moments ...time.Duration) []replica.Change {
	var out []replica.Change
	for _, at := range moments {
		out = append(out, p.Until(start.Add(at))...)
	}
	return out
}

func TestSameSeedSameWords(t *testing.T) {
	options := incident.Options{Seed: 11, ChatterPerMinute: 120}
	a, b := player(t, "queue", options), player(t, "queue", options)
	a.Begin(start)
	b.Begin(start)
	once := played(a, 5*time.Minute)
	var often []time.Duration
	for at := time.Duration(0); at <= 5*time.Minute; at += 700 * time.Millisecond {
		often = append(often, at)
	}
	if bits := played(b, append(often, 5*time.Minute)...); !reflect.DeepEqual(once, bits) {
		t.Error("asked often it gives something else than asked once")
	}
	other := player(t, "queue", incident.Options{Seed: 12, ChatterPerMinute: 120})
	other.Begin(start)
	if reflect.DeepEqual(once, played(other, 5*time.Minute)) {
		t.Error("another seed gives the same")
	}
}

func TestSpeedAndOrder(t *testing.T) {
	slow, fast := player(t, "queue", incident.Options{}), player(t, "queue", incident.Options{Speed: 4})
	slow.Begin(start)
	fast.Begin(start)
	a, b := played(slow, 4*time.Minute), played(fast, time.Minute)
	if len(a) != len(b) {
		t.Fatalf("%d things happened in four minutes, %d in one at fourfold speed", len(a), len(b))
	}
	for i := range a {
		past, quick := a[i].At.Sub(start), b[i].At.Sub(start)
		if past > 0 && quick != past/4 || past <= 0 && quick != past {
			t.Errorf("step %d: %s becomes %s", i, past, quick)
		}
		if i > 0 && a[i].At.Before(a[i-1].At) {
			t.Errorf("step %d is before the one before it", i)
		}
	}
}

func TestBeginAndStop(t *testing.T) {
	p := player(t, "queue", incident.Options{ChatterPerMinute: 60})
	if got := played(p, time.Hour); got != nil {
		t.Errorf("%d things happened before the beginning", len(got))
	}
	p.Begin(start)
	p.Begin(start.Add(time.Hour))
	if got := played(p, 0); len(got) == 0 || got[len(got)-1].At.After(start) {
		t.Error("what lies before the start is not there at the start")
	}
	p.Stop(start.Add(10 * time.Second))
	for _, c := range played(p, time.Hour) {
		if c.At.After(start.Add(10 * time.Second)) {
			t.Errorf("something happened at %s, after the end", c.At)
		}
	}
	if got := played(p, 2*time.Hour); len(got) != 0 {
		t.Errorf("%d things happened after the end", len(got))
	}
}

func TestSays(t *testing.T) {
	p := player(t, "queue", incident.Options{})
	if got := p.Says(start.Add(time.Hour)); got != nil {
		t.Errorf("said before the beginning: %v", got)
	}
	p.Begin(start)
	first := p.Says(start.Add(2 * time.Second))
	if len(first) != 1 || first[0] != "drill.say.queue.first" {
		t.Errorf("said %v", first)
	}
	if again := p.Says(start.Add(2 * time.Second)); again != nil {
		t.Errorf("said again: %v", again)
	}
	if rest := p.Says(start.Add(time.Hour)); len(rest) < 4 {
		t.Errorf("said in the end only %v", rest)
	}
}

func TestChatterKeepsItsRate(t *testing.T) {
	p := player(t, "queue", incident.Options{Seed: 5, ChatterPerMinute: 300})
	quiet := player(t, "queue", incident.Options{Seed: 5})
	p.Begin(start)
	quiet.Begin(start)
	got := len(played(p, 20*time.Minute)) - len(played(quiet, 20*time.Minute))
	if got < 5400 || got > 6600 {
		t.Errorf("%d items in twenty minutes at 300 a minute", got)
	}
}

// TestChatterHoldsTheTraps keeps the centre-back and the clean-up in the
// chatter, beside praise, enquiries and advertising.
func TestChatterHoldsTheTraps(t *testing.T) {
	p := player(t, "queue", incident.Options{Seed: 1, ChatterPerMinute: 60})
	p.Begin(start)
	var all strings.Builder
	for _, c := range played(p, 15*time.Minute) {
		if c.Post != nil {
			all.WriteString(c.Post.Text + "\n")
		}
	}
	for _, word := range []string{"国足", "中超", "后卫", "集中卫生", "请问", "转让", "夸一下"} {
		if !strings.Contains(all.String(), word) {
			t.Errorf("the chatter never says %s", word)
		}
	}
	if strings.ContainsAny(all.String(), "{}") {
		t.Error("a slot was left open")
	}
}

// TestNothingIsTakenFromShared looks for every line of the drill's words, and
// of the catalogue's, in the shared material.
func TestNothingIsTakenFromShared(t *testing.T) {
	shared, err := filepath.EvalSymlinks("../../../../shared")
	if err != nil {
		t.Skip("the shared material is not here")
	}
	begins := map[string][]string{}
	for line := range ourLines(t) {
		key := string([]rune(line)[:lineFrom])
		begins[key] = append(begins[key], line)
	}
	err = filepath.WalkDir(shared, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for _, line := range copied(string(raw), begins) {
			t.Errorf("%q stands in %s", line, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lineFrom is the length in characters from which a line is nobody's own by
// chance.
const lineFrom = 12

// copied finds the lines that stand in text, by their first characters.
func copied(text string, begins map[string][]string) []string {
	var out []string
	var starts [lineFrom + 1]int // where the last characters begin
	n := 0
	for i := range text {
		copy(starts[:], starts[1:])
		starts[lineFrom] = i
		if n++; n <= lineFrom {
			continue
		}
		for _, line := range begins[text[starts[0]:i]] {
			if strings.HasPrefix(text[starts[0]:], line) {
				out = append(out, line)
			}
		}
	}
	return out
}

// ourLines are the lines of at least twelve characters of the scripts, of a
// sample of the chatter, and of the catalogue.
func ourLines(t *testing.T) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	add := func(s string) {
		for line := range strings.Lines(s) {
			for part := range strings.SplitSeq(line, "。") {
				if part = strings.TrimSpace(part); utf8.RuneCountInString(part) >= lineFrom {
					lines[part] = true
				}
			}
		}
	}
	for i, name := range incident.Names() {
		p := player(t, name, incident.Options{Seed: uint64(i), ChatterPerMinute: 100})
		p.Begin(start)
		for _, c := range played(p, 6*time.Minute) {
			add(wordsOf(c))
		}
	}
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for key, e := range words.Entries() {
		if strings.HasPrefix(key, "drill.") {
			add(e.ZH)
		}
	}
	if len(lines) < 200 {
		t.Fatalf("only %d lines to look for", len(lines))
	}
	return lines
}

func wordsOf(c replica.Change) string {
	switch {
	case c.Post != nil:
		return c.Post.Text + "\n" + c.Post.By.Name
	case c.Comment != nil:
		return c.Comment.Text
	case c.Edit != nil:
		return c.Edit.Text
	case c.Letter != nil:
		return c.Letter.Title + "\n" + c.Letter.Text
	case c.Answer != nil:
		return c.Answer.Text
	case c.Article != nil:
		return fmt.Sprintln(c.Article.Title) + c.Article.Text
	}
	return ""
}

func TestCopied(t *testing.T) {
	line := "这一行字刚好有十二个字哦对吧"
	begins := map[string][]string{string([]rune(line)[:lineFrom]): {line}}
	if got := copied("前面有别的话，"+line+"，后面也有", begins); len(got) != 1 {
		t.Errorf("found %v", got)
	}
	if got := copied("这一行字刚好有十二个字哦不对", begins); len(got) != 0 {
		t.Errorf("found %v", got)
	}
}
