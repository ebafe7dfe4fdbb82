package annual_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/internal/app/annual"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/report/annual/exchange"
	"huiying/internal/report/document"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

var zone = time.FixedZone("office", 8*3600)

// office is a store with a record of cases and a desk over it.
type office struct {
	*testing.T
	store   *store.Store
	ledger  *record.Ledger
	machine *machine.Machine
	desk    annual.Desk
	now     time.Time
	steps   map[string]int
	cases   map[string]huiying.Case
}

func newOffice(t *testing.T) *office {
	o := &office{T: t, machine: machine.New(), now: time.Date(2026, 1, 20, 9, 0, 0, 0, zone), steps: map[string]int{}, cases: map[string]huiying.Case{}}
	s, err := store.Open(t.Context(), store.Options{Path: t.TempDir() + "/huiying.db", MACKey: make([]byte, 32), Now: func() time.Time { return o.now }, Zone: zone})
	o.must(err)
	t.Cleanup(func() { _ = s.Close() })
	words, err := locale.Load()
	o.must(err)
	o.store, o.ledger = s, record.New(s)
	o.desk = annual.Desk{
		Store: s, Office: "某县政务大厅", Accounts: []string{"政务大厅"}, Measure: annual.MeasureOffice(zone, limit.Presets()), Now: func() time.Time { return o.now }, Words: words,
		Person: func(id string) string { return "同志" + id },
	}
	return o
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// take has a case take a step.
func (o *office) take(no string, at time.Time, action string, payload map[string]string) {
	o.Helper()
	o.must(o.ledger.InTx(context.Background(), func(tx *record.Tx) error {
		c, known := o.cases[no]
		if !known {
			c = huiying.Case{No: no}
		}
		row, ok, _ := o.machine.Find(c.State, action)
		if !ok {
			return fmt.Errorf("%s: %s in %s", no, action, c.State)
		}
		o.steps[no]++
		s, err := tx.Append(context.Background(), huiying.Step{
			CaseNo: no, N: o.steps[no], At: at.UTC().Truncate(time.Microsecond), Actor: "p", Action: action, From: c.State, To: row.Target(c.State), Payload: payload,
		})
		if err != nil {
			return err
		}
		if c, err = o.machine.Apply(c, s); err != nil {
			return err
		}
		o.cases[no] = c
		return tx.PutCase(context.Background(), c)
	}))
}

// open opens a case that came in over a platform, with a limit for its answer.
func (o *office) open(no, platform, preset string, at time.Time, due time.Time, more map[string]string) {
	o.Helper()
	payload := map[string]string{
		"level": "blue", "post": platform + ":" + no, "first_seen_at": machine.Stamp(at), "published_at": machine.Stamp(at), "title": "来件",
		"origin.platform": platform, "origin.kind": "ticket", machine.ClockStart + preset: machine.Span{Start: at, Due: due}.String(),
	}
	maps.Copy(payload, more)
	o.take(no, at, machine.ActionDetect, payload)
}

// answer takes a case to its published answer, late when the limit was missed.
func (o *office) answer(no, preset string, at time.Time, late bool) {
	o.Helper()
	o.take(no, at, machine.ActionAssign, map[string]string{"unit": "u-hall"})
	o.take(no, at, machine.ActionAck, nil)
	o.take(no, at, machine.ActionSubmit, map[string]string{"text": "sha256:1"})
	o.take(no, at, machine.ActionApprove, map[string]string{"text": "sha256:1"})
	payload := map[string]string{"at": machine.Stamp(at), "text": "sha256:1"}
	if late {
		payload[machine.ClockBreach+preset] = machine.Stamp(o.cases[no].Clocks[0].DueAt)
	} else {
		payload[machine.ClockMet+preset] = machine.Stamp(at)
	}
	o.take(no, at, machine.ActionPublish, payload)
}

func (o *office) year(year int) annual.Year {
	o.Helper()
	y, err := o.desk.Year(o.Context(), year)
	o.must(err)
	return y
}

func (o *office) enter(year int, facts ...query.DisclosureFact) {
	o.Helper()
	_, err := o.desk.Change(o.Context(), query.NewDisclosure{Year: year, Facts: facts, Actor: huiying.Actor{ID: "wang"}})
	o.must(err)
}

func fact(key string, v float64) query.DisclosureFact {
	f := query.DisclosureFact{Value: v}
	f.Fact, f.Cell = query.SplitFact(key)
	return f
}

// busy is an office with a year of every kind of case.
func busy(t *testing.T) *office {
	o := newOffice(t)
	day := func(month time.Month, day int) time.Time { return time.Date(2025, month, day, 10, 0, 0, 0, zone) }
	o.open("A", "mailbox", "portal.consult", day(1, 1), day(2, 1), nil)
	o.answer("A", "portal.consult", day(1, 10), false)
	o.take("A", day(1, 11), machine.ActionClose, map[string]string{"settlement": "solved"})
	o.open("B", "hotline", "hotline.handle", day(3, 1), day(3, 8), nil)
	o.answer("B", "hotline.handle", day(3, 20), true)
	o.take("B", day(3, 21), machine.ActionClose, map[string]string{"settlement": "explained"})
	o.open("C", "consult", "portal.consult", day(11, 1), day(11, 20), nil)
	o.open("D", "hotline", "hotline.handle", day(4, 1), day(4, 8), nil)
	o.take("D", day(4, 2), machine.ActionDismiss, map[string]string{"reason": "误报"})
	o.open("E", "weibo", "yq.other.respond", day(5, 1), day(5, 3), nil)
	o.open("F", "consult", "portal.consult", time.Date(2026, 1, 1, 0, 0, 0, 0, zone), day(12, 31), nil)
	o.open("G", "portal", "foi.reply", day(6, 1), day(7, 20), nil)
	o.answer("G", "foi.reply", day(6, 20), false)
	o.open("H", "portal", "foi.reply", day(7, 1), day(8, 1), nil)
	o.answer("H", "foi.reply", day(9, 1), true)
	o.must(posts.NewArchive(o.store).SaveEvents(t.Context(), []huiying.Event{
		own("weibo:1", day(2, 2)), own("weibo:2", day(2, 2).AddDate(-1, 0, 0)), own("weibo:3", day(2, 2).AddDate(1, 0, 0)),
	}))
	return o
}

func own(id string, at time.Time) huiying.Event {
	return huiying.Event{Data: huiying.Judgement{Post: huiying.Post{
		ID: id, Source: "weibo-own", Platform: "weibo", Kind: "post", Author: huiying.Author{ID: "1", Name: "政务大厅", Verified: "government"}, PublishedAt: at, CollectedAt: at,
	}}}
}

// What the record and the posts hold is counted, with the cases behind each
// number; false alarms, other platforms and other years are not.
func TestCounted(t *testing.T) {
	o := busy(t)
	y := o.year(2025)
	for key, want := range map[string]string{
		"letters.received/mailbox": "A", "letters.received/hotline": "B", "letters.received/consult": "C",
		"letters.on_time/mailbox": "A", "letters.on_time/hotline": "", "letters.on_time/consult": "",
		"letters.closed/mailbox": "A", "letters.closed/hotline": "B", "letters.closed/consult": "",
		"letters.overdue/mailbox": "", "letters.overdue/hotline": "", "letters.overdue/consult": "C",
		"letters.settled/solved": "A", "letters.settled/explained": "B", "letters.settled/helped": "",
		"foi.cases": "G H", "foi.on_time": "G", "foi.late": "H", "foi.extended": "",
		"weibo.total": "weibo:2 weibo:1", "weibo.year": "weibo:1",
	} {
		id, cell := query.SplitFact(key)
		f, ok := y.Fact(id, cell)
		if !ok || strings.Join(f.Behind, " ") != want || f.Value != float64(len(strings.Fields(want))) || f.Source != query.FactCounted || f.By != "" {
			t.Errorf("%s: %+v, want %q", key, f, want)
		}
	}
}

// fate is what becomes of a random case.
type fate struct {
	no, platform, preset string
	opened               time.Time
	dismissed, late      bool
	answered, closed     bool
	settlement           string
}

func randomFate(r *rand.Rand, i int) fate {
	f := fate{no: fmt.Sprintf("N%03d", i), settlement: []string{"solved", "explained", "helped"}[r.IntN(3)]}
	kind := [][2]string{{"mailbox", "portal.consult"}, {"hotline", "hotline.handle"}, {"consult", "portal.consult"}, {"weibo", "yq.other.respond"}, {"portal", "foi.reply"}}[r.IntN(5)]
	f.platform, f.preset = kind[0], kind[1]
	f.opened = time.Date(2024+r.IntN(2), time.Month(1+r.IntN(10)), 1+r.IntN(28), r.IntN(24), 0, 0, 0, zone)
	switch f.dismissed, f.answered = r.IntN(6) == 0, r.IntN(4) > 0; {
	case f.dismissed:
		f.answered = false
	case f.answered:
		f.late, f.closed = r.IntN(3) == 0, r.IntN(2) == 0 && f.preset != "foi.reply"
	}
	return f
}

func (o *office) live(f fate) {
	o.Helper()
	o.open(f.no, f.platform, f.preset, f.opened, f.opened.AddDate(0, 0, 10), nil)
	at := f.opened.AddDate(0, 0, 3)
	if f.late {
		at = f.opened.AddDate(0, 0, 15)
	}
	if f.dismissed {
		o.take(f.no, at, machine.ActionDismiss, map[string]string{"reason": "误报"})
	}
	if f.answered {
		o.answer(f.no, f.preset, at, f.late)
	}
	if f.closed {
		o.take(f.no, at.AddDate(0, 0, 1), machine.ActionClose, map[string]string{"settlement": f.settlement})
	}
}

// counts are the numbers that a case is behind.
func (f fate) counts() (keys []string) {
	of := func(fact string, holds bool) {
		if holds {
			keys = append(keys, fact)
		}
	}
	switch {
	case f.dismissed || f.platform == "weibo":
	case f.preset == "foi.reply":
		of("foi.cases", true)
		of("foi.on_time", f.answered && !f.late)
		of("foi.late", f.late)
	default:
		of("letters.received/"+f.platform, true)
		of("letters.on_time/"+f.platform, f.answered && !f.late)
		of("letters.closed/"+f.platform, f.closed)
		of("letters.overdue/"+f.platform, !f.answered)
		of("letters.settled/"+f.settlement, f.closed)
	}
	return keys
}

// The counted numbers of two years of random cases are those that the cases
// themselves give, each with its case numbers.
func TestCountedFromRandomCases(t *testing.T) {
	for seed := range uint64(4) {
		o, r := newOffice(t), rand.New(rand.NewPCG(seed, 9))
		want := map[int]map[string][]string{2024: {}, 2025: {}}
		for i := range 80 {
			f := randomFate(r, i)
			o.live(f)
			for _, key := range f.counts() {
				want[f.opened.Year()][key] = append(want[f.opened.Year()][key], f.no)
			}
		}
		for year, numbers := range want {
			y, seen := o.year(year), 0
			for _, f := range y.Facts {
				key := query.FactKey(f.Fact, f.Cell)
				got := slices.Sorted(slices.Values(f.Behind))
				if !slices.Equal(got, numbers[key]) || f.Value != float64(len(numbers[key])) {
					t.Errorf("seed %d, %d: %s is %v of %v, want %v", seed, year, key, f.Value, got, numbers[key])
				}
				if len(got) > 0 {
					seen++
				}
			}
			if seen != len(numbers) || seen < 10 {
				t.Errorf("seed %d, %d: %d numbers, want %d", seed, year, seen, len(numbers))
			}
		}
	}
}

// A year from before there were records has no counted numbers: nothing on
// record is not nothing done.
func TestUnknownIsNotZero(t *testing.T) {
	o := busy(t)
	if y := o.year(2017); len(y.Facts) != 0 {
		t.Errorf("%+v", y.Facts)
	}
	if y := newOffice(t).year(2025); len(y.Facts) != 0 {
		t.Errorf("%+v", y.Facts)
	}
}

// What a person entered goes before what was counted, and the difference is
// said.
func TestEnteredGoesFirst(t *testing.T) {
	o := busy(t)
	o.enter(2025, fact("letters.received/hotline", 4))
	y := o.year(2025)
	f, _ := y.Fact("letters.received", "hotline")
	if f.Value != 4 || f.Source != query.FactEntered || f.By != "wang" {
		t.Errorf("%+v", f)
	}
	said := ""
	for _, n := range y.Notices {
		said += n.Say(o.desk.Words, locale.Chinese) + "\n"
	}
	if !strings.Contains(said, "“收到群众来信来电（12345热线）”填报为 4，系统统计为 1") {
		t.Error(said)
	}
	list, err := o.desk.Explain(t.Context(), annual.Ask{Year: 2025})
	o.must(err)
	var lines []string
	for _, e := range list {
		lines = append(lines, strings.Join(e.Line(o.desk.Words, locale.Chinese), "|"))
	}
	for _, want := range []string{"letters.received/hotline|收到群众来信来电（12345热线）|4|件|填报 同志wang 2026-01-20 09:00||", "letters.received/mailbox|收到群众来信来电（领导信箱）|1|件|系统统计 系统 2026-01-20 09:00|| A", "openness.published|主动公开政府信息|未填|条|||"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no %q in\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

// A change that breaks the table of applications is refused as a whole.
func TestChangeRefused(t *testing.T) {
	o := newOffice(t)
	raw, err := sampleFile()
	o.must(err)
	_, _, err = o.desk.Import(t.Context(), raw, exchange.YAML, query.NewDisclosure{Actor: huiying.Actor{ID: "wang"}})
	o.must(err)
	for want, n := range map[string]query.NewDisclosure{
		"annual.identity": {Year: 2017, Facts: []query.DisclosureFact{fact("openness.published", 1), fact("apply.new/legal", 1)}, Actor: huiying.Actor{ID: "w"}},
		"annual.nobody":   {Year: 2017, Facts: []query.DisclosureFact{fact("openness.published", 1)}},
		"annual.year":     {Year: 17, Actor: huiying.Actor{ID: "w"}},
		"annual.no_fact":  {Year: 2017, Facts: []query.DisclosureFact{fact("x", 1)}, Actor: huiying.Actor{ID: "w"}},
		"annual.no_part":  {Year: 2017, Texts: []query.DisclosureText{{Part: "x"}}, Actor: huiying.Actor{ID: "w"}},
	} {
		if _, err := o.desk.Change(t.Context(), n); err == nil || !strings.Contains(fmt.Sprint(err), want) && !strings.Contains(o.desk.Words.Sentence(locale.Chinese, err), o.desk.Words.Text(locale.Chinese, want)[:6]) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if f, _ := o.year(2017).Fact("openness.published", ""); f.Value != 546 {
		t.Errorf("half of a refused change was kept: %+v", f)
	}
	// Two cells that keep it even are taken together.
	o.enter(2017, fact("apply.new/legal", 1), fact("result.disclosed/legal", 1))
}

func sampleFile() (raw []byte, err error) {
	err = annual.WithSample(context.Background(), annual.Desk{Measure: annual.MeasureOffice(zone, nil), Now: time.Now, Words: mustWords()}, func(d annual.Desk, year int) error {
		raw, err = d.Export(context.Background(), year, exchange.YAML, locale.Chinese)
		return err
	})
	return raw, err
}

func mustWords() *locale.Catalogue {
	words, err := locale.Load()
	if err != nil {
		panic(err)
	}
	return words
}

// A released year keeps its figures and how far the record was; what is counted
// otherwise later stands beside them as a restatement.
func TestReleaseAndRestate(t *testing.T) {
	o := busy(t)
	raw, err := sampleFile()
	o.must(err)
	raw = []byte(strings.Replace(string(raw), "year: 2017", "year: 2025", 1))
	var kept []string
	skip := false
	for line := range strings.SplitSeq(string(raw), "\n") { // what can be counted is left to be counted
		if strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ") {
			skip = strings.HasPrefix(line, "  letters.") || strings.HasPrefix(line, "  weibo.")
		}
		if !skip {
			kept = append(kept, line)
		}
	}
	_, _, err = o.desk.Import(t.Context(), []byte(strings.Join(kept, "\n")), exchange.YAML, query.NewDisclosure{Actor: huiying.Actor{ID: "wang"}})
	o.must(err)

	if _, err := o.desk.Release(t.Context(), 2025, "2021", huiying.Actor{ID: "head"}); err == nil || !strings.Contains(o.desk.Words.Sentence(locale.Chinese, err), "未填") {
		t.Errorf("released with what is missing: %v", err)
	}
	if _, err := o.desk.Release(t.Context(), 2026, "2008", huiying.Actor{ID: "head"}); err == nil || !strings.Contains(o.desk.Words.Sentence(locale.Chinese, err), "还没有结束") {
		t.Errorf("released before its end: %v", err)
	}
	draft := o.text(annual.Ask{Year: 2025, Form: "2008"})
	if !strings.Contains(draft, "【草稿】") || !strings.Contains(draft, "办结2件，办结率66.7%（2/3）") {
		t.Errorf("the draft:\n%s", draft)
	}
	r, err := o.desk.Release(t.Context(), 2025, "2008", huiying.Actor{ID: "head"})
	o.must(err)
	head, err := record.Newest(t.Context(), o.store.Reader())
	o.must(err)
	if r.HeadSeq != head.Seq || r.HeadHash != head.Hash || r.Edition != 1 {
		t.Errorf("%+v, the record is at %+v", r, head)
	}
	released := o.text(annual.Ask{Year: 2025, Form: "2008"})
	if strings.Contains(released, "草稿") || strings.Contains(released, "更正") {
		t.Errorf("released:\n%s", released)
	}

	o.now = o.now.AddDate(0, 1, 0)
	o.answer("C", "portal.consult", o.now, true)
	o.take("C", o.now, machine.ActionClose, map[string]string{"settlement": "helped"})
	later := o.text(annual.Ask{Year: 2025, Form: "2008"})
	if !strings.HasPrefix(later, strings.TrimSuffix(released[:strings.Index(released, "　　　　某县政务大厅")], "\n")) {
		t.Errorf("the released figures changed:\n%s", later)
	}
	for _, want := range []string{"# 发布后的更正", "本报告于 2026-01-20 09:00 发布", "“办结（网上咨询）”发布时为 0，现为 1", "“年末逾期未办结（网上咨询）”发布时为 1，现为 0"} {
		if !strings.Contains(later, want) {
			t.Errorf("no %q in\n%s", want, later)
		}
	}
	if now := o.text(annual.Ask{Year: 2025, Form: "2008", Draft: true}); !strings.Contains(now, "办结3件，办结率100%（3/3）") {
		t.Errorf("the draft of now:\n%s", now)
	}
	s, err := o.desk.Check(t.Context(), 2025, "2008")
	if err != nil || s.Released == nil || len(s.Changes) != 3 || len(s.Missing) != 0 {
		t.Errorf("%+v %v", s, err)
	}
	for _, line := range s.Lines(o.desk.Words, locale.Chinese) {
		if strings.Contains(line, "已被改动") {
			t.Error(line)
		}
	}
	o.must(o.store.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE record SET hash = 'x' WHERE seq = $1`, r.HeadSeq)
		return err
	}))
	s, err = o.desk.Check(t.Context(), 2025, "2008")
	if all := strings.Join(s.Lines(o.desk.Words, locale.Chinese), "\n"); err != nil || !strings.Contains(all, fmt.Sprintf("办件记录到第 %d 步，这一步现在不在或已被改动", r.HeadSeq)) {
		t.Errorf("%v\n%s", err, all)
	}
}

// A case that takes a step while the year is counted is not in the figures: they
// are those of the step the release names.
func TestReleaseCountsWhatItNames(t *testing.T) {
	o := busy(t)
	raw, err := sampleFile()
	o.must(err)
	_, _, err = o.desk.Import(t.Context(), []byte(strings.Replace(string(raw), "year: 2017", "year: 2025", 1)), exchange.YAML, query.NewDisclosure{Actor: huiying.Actor{ID: "wang"}})
	o.must(err)
	now := o.desk.Now
	asked := 0
	o.desk.Now = func() time.Time {
		if asked++; asked == 3 {
			o.open("I", "consult", "portal.consult", time.Date(2025, 12, 1, 0, 0, 0, 0, zone), time.Date(2025, 12, 20, 0, 0, 0, 0, zone), nil)
			o.take("I", now(), machine.ActionAssign, map[string]string{"unit": "u-hall"})
			o.take("I", now(), machine.ActionAck, nil)
		}
		return now()
	}
	before, err := record.Newest(t.Context(), o.store.Reader())
	o.must(err)
	r, err := o.desk.Release(t.Context(), 2025, "2008", huiying.Actor{ID: "head"})
	o.must(err)
	after, err := record.Newest(t.Context(), o.store.Reader())
	o.must(err)
	f, _ := r.Data.Fact("letters.overdue", "consult")
	if r.HeadSeq != before.Seq || r.HeadHash != before.Hash || after.Seq != before.Seq+3 || f.Value != 1 {
		t.Errorf("%+v of step %d; the record was at %d and is at %d, the time was asked %d times", f, r.HeadSeq, before.Seq, after.Seq, asked)
	}
}

// Who puts the name to a change or a release has an account.
func TestKnown(t *testing.T) {
	o := newOffice(t)
	o.desk.Known = func(id string) bool { return id == "wang" }
	o.enter(2025, fact("openness.published", 1))
	_, changed := o.desk.Change(t.Context(), query.NewDisclosure{Year: 2025, Actor: huiying.Actor{ID: "nobody"}})
	_, released := o.desk.Release(t.Context(), 2025, "2008", huiying.Actor{ID: "nobody"})
	for _, err := range []error{changed, released} {
		if err == nil || !strings.Contains(o.desk.Words.Sentence(locale.Chinese, err), "没有账号 nobody") {
			t.Error(err)
		}
	}
}

func (o *office) text(a annual.Ask) string {
	o.Helper()
	doc, notices, err := o.desk.Report(o.Context(), a)
	o.must(err)
	standing, err := o.desk.Check(o.Context(), a.Year, a.Form)
	o.must(err)
	if diff := cmp.Diff(standing.Notices, notices); diff != "" {
		o.Errorf("the report and the check say otherwise what should be looked at: %s", diff)
	}
	text, err := document.Text(doc)
	o.must(err)
	return text
}

// A year in whose course the records begin says since when.
func TestSince(t *testing.T) {
	o := newOffice(t)
	at := time.Date(2025, 3, 5, 10, 0, 0, 0, zone)
	o.open("A", "mailbox", "portal.consult", at, at.AddDate(0, 1, 0), nil)
	if text := o.text(annual.Ask{Year: 2025}); !strings.Contains(text, "！系统自 2025-03-05 起才有记录") {
		t.Error(text)
	}
}

// A register that is written and taken in again leaves what is counted counted;
// what was entered by mistake is taken out.
func TestExportKeepsCounting(t *testing.T) {
	for _, format := range []string{exchange.CSV, exchange.XLSX, exchange.YAML} {
		o := busy(t)
		o.enter(2025, fact("openness.published", 12), fact("letters.received/hotline", 9))
		was := o.year(2025)
		raw, err := o.desk.Export(t.Context(), 2025, format, locale.Chinese)
		o.must(err)
		_, n, err := o.desk.Import(t.Context(), raw, format, query.NewDisclosure{Year: 2025, Actor: huiying.Actor{ID: "wang"}})
		if err != nil || n != 0 {
			t.Errorf("%s: %d changed, %v", format, n, err)
		}
		counted := 0
		for _, f := range o.year(2025).Facts {
			before, _ := was.Fact(f.Fact, f.Cell)
			if f.Source != before.Source || f.Value != before.Value {
				t.Errorf("%s: %s is %v (%s), was %v (%s)", format, f.Key(), f.Value, f.Source, before.Value, before.Source)
			}
			if f.Source == query.FactCounted {
				counted++
			}
		}
		if counted == 0 {
			t.Error("nothing is counted in the test")
		}
		if format == exchange.CSV && !strings.Contains(string(raw), "系统统计 ") {
			t.Error("the count does not stand beside its source")
		}
		actor := huiying.Actor{ID: "wang"}
		if _, err := o.desk.Change(t.Context(), query.NewDisclosure{Year: 2025, Remove: []string{"letters.received/nowhere"}, Actor: actor}); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("a number that there is not: %v", err)
		}
		n, err = o.desk.Change(t.Context(), query.NewDisclosure{Year: 2025, Remove: []string{"letters.received/hotline"}, Actor: actor})
		if f, _ := o.year(2025).Fact("letters.received", "hotline"); err != nil || n != 1 || f.Source != query.FactCounted {
			t.Errorf("taken out: %d %v, now %+v", n, err, f)
		}
	}
}
