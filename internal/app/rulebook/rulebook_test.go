package rulebook_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/internal/app/rulebook"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/definitions"
	"huiying/internal/store/posts"
)

// dictionary is the folder in which the dictionary is unpacked once for all
// tests.
var dictionary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if dictionary, err = os.MkdirTemp("", "huiying-rulebook-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dictionary) }()
	return m.Run()
}

// room is a desk over a real store with one rule of a file.
type room struct {
	t      *testing.T
	now    time.Time
	store  *store.Store
	shelf  *definitions.Definitions
	desk   *rulebook.Desk
	shared int
	trials sync.WaitGroup
	life   context.Context
}

const fileRules = "rules:\n  - {id: r-file, name: 文件规则, when: 排队, level: orange}\n"

func newRoom(t *testing.T) *room {
	t.Helper()
	life, end := context.WithCancel(context.Background())
	r := &room{t: t, now: time.Date(2026, 11, 23, 1, 30, 0, 0, time.UTC), life: life}
	t.Cleanup(func() { end(); r.trials.Wait() })
	zone := time.FixedZone("CST", 8*3600)
	clock := func() time.Time { return r.now }
	var err error
	r.store, err = store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "huiying.db"), MACKey: []byte("key"), Now: clock, Zone: zone})
	r.must(err)
	t.Cleanup(func() { r.must(r.store.Close()) })
	r.shelf = definitions.New(r.store)
	body, err := json.Marshal(rulebook.File{File: "rules.yaml", Text: fileRules})
	r.must(err)
	_, err = r.shelf.Import(t.Context(), rulebook.KindRules, "huiying.yaml", []definitions.Definition{{ID: "file-01", Author: "file", Body: body}})
	r.must(err)
	words, err := locale.Load()
	r.must(err)
	open := func(rules *rule.File) (*analyzer.Analyzer, error) {
		return analyzer.New(analyzer.Options{Rules: rules, Words: words, Lang: locale.Chinese, Zone: zone, Now: clock, DictDir: dictionary})
	}
	judge := sync.OnceValues(func() (*analyzer.Analyzer, error) { return open(&rule.File{}) })
	t.Cleanup(func() {
		if a, err := judge(); err == nil {
			a.Close()
		}
	})
	r.desk = &rulebook.Desk{
		Shelf: r.shelf, Store: r.store, Now: clock, Judge: judge, Share: func(context.Context) error { r.shared++; return nil },
		Trials: &rulebook.Trials{Store: r.store, Zone: zone, Now: clock, Open: open, Go: func(_ string, run func(context.Context) error) {
			r.trials.Go(func() {
				if err := run(life); err != nil {
					t.Error(err)
				}
			})
		}},
	}
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(sentence(r.t, err), err)
	}
}

func sentence(t *testing.T, err error) string {
	t.Helper()
	words, e := locale.Load()
	if e != nil {
		t.Fatal(e)
	}
	return words.Sentence(locale.Chinese, err)
}

func (r *room) wants(err error, code huiying.Code, said string) {
	r.t.Helper()
	if huiying.ErrorCode(err) != code || !strings.Contains(sentence(r.t, err), said) {
		r.t.Fatalf("%v: %s, want %v and %q", err, sentence(r.t, err), code, said)
	}
}

var (
	officer = huiying.Actor{ID: "officer", Roles: []huiying.Role{huiying.RoleOfficer}}
	admin   = huiying.Actor{ID: "admin", Roles: []huiying.Role{huiying.RoleAdmin}}
)

func (r *room) book() query.RuleBook {
	r.t.Helper()
	b, err := r.desk.Book(r.t.Context())
	r.must(err)
	return b
}

// save puts a rule into the draft as it stands.
func (r *room) save(was string, n query.NewRule) error {
	r.t.Helper()
	_, err := r.desk.Change(r.t.Context(), query.RuleChange{Rule: n, Was: was, Seen: r.book().Draft, Actor: officer})
	return err
}

func (r *room) publish(back int) error {
	r.t.Helper()
	return r.desk.Publish(r.t.Context(), query.RulePublication{Seen: r.book().Draft, Back: back, Note: "窗口太少", Actor: admin})
}

func (r *room) row(id string) (query.RuleRow, bool) {
	r.t.Helper()
	for _, row := range r.book().Rules {
		if row.ID == id {
			return row, true
		}
	}
	return query.RuleRow{}, false
}

// inForce is the first of the rules that analyzers read.
func (r *room) inForce() rule.Rule {
	r.t.Helper()
	def, err := r.shelf.Get(r.t.Context(), rulebook.KindRules, rulebook.PageID)
	r.must(err)
	var body rulebook.File
	r.must(json.Unmarshal(def.Body, &body))
	parsed, err := rule.ParseFile([]byte(body.Text))
	r.must(err)
	return parsed.Rules[0]
}

var parking = query.NewRule{
	ID: "r-parking", Name: "停车难", When: "word(停车) NEAR/10 难", Exclude: []string{"招聘", "/第\\d+期/"}, Level: huiying.LevelYellow, Notify: []string{"u-hall", "duty"},
}

// A draft changes nothing until it is published; published it is what analyzers
// read, and every version says who, why and what.
func TestDraftAndPublication(t *testing.T) {
	r := newRoom(t)
	r.must(r.save("", parking))
	if row, _ := r.row("r-parking"); row.Change != "added" || row.File != "" || !r.book().Differs || r.book().DraftBy != "officer" {
		t.Errorf("%+v", row)
	}
	if row, _ := r.row("r-file"); row.File != "rules.yaml" || row.Change != "" {
		t.Errorf("%+v", row)
	}
	if list, err := r.shelf.Current(t.Context(), rulebook.KindRules); err != nil || len(list) != 1 || r.shared != 0 {
		t.Errorf("the draft is in force: %v %v %d", list, err, r.shared)
	}
	r.wants(r.desk.Publish(t.Context(), query.RulePublication{Seen: r.book().Draft, Actor: admin}), huiying.Invalid, "发布说明")
	r.must(r.publish(0))
	if got := r.inForce(); r.shared != 1 || got.ID != "r-parking" || got.When != parking.When || len(got.Exclude) != 2 || got.Exclude[1] != "/第\\d+期/" || len(got.Notify) != 2 {
		t.Errorf("%+v", got)
	}
	changed := parking
	changed.Level = huiying.LevelOrange
	r.must(r.save("r-parking", changed))
	r.must(r.save("", query.NewRule{ID: "r-off", Name: "停用的", When: "噪音", Level: huiying.LevelBlue, Off: true}))
	r.must(r.publish(0))
	b := r.book()
	if len(b.Versions) != 2 || b.Versions[0].By != "admin" || b.Versions[0].Note != "窗口太少" || strings.Join(b.Versions[0].Changed, " ") != "r-parking" || strings.Join(b.Versions[0].Added, " ") != "r-off" || b.Differs {
		t.Errorf("%+v", b.Versions)
	}
	r.must(r.publish(1))
	if row, ok := r.row("r-off"); ok {
		t.Errorf("gone back, and it is still there: %+v", row)
	}
	if row, _ := r.row("r-parking"); row.Level != huiying.LevelYellow || len(r.book().Versions) != 3 || r.book().Differs {
		t.Errorf("%+v", row)
	}
	r.wants(r.publish(9), huiying.NotFound, "9")
}

// What is wrong is said by the character; nothing is kept.
func TestRefusals(t *testing.T) {
	r := newRoom(t)
	for name, one := range map[string]struct {
		rule query.NewRule
		code huiying.Code
		said string
	}{
		"an expression that is none": {query.NewRule{ID: "r-a", Name: "a", When: "排队 AND (窗口", Level: "blue"}, huiying.Invalid, "个字"},
		"no expression":              {query.NewRule{ID: "r-a", Name: "a", Level: "blue"}, huiying.Invalid, "第 1 个字"},
		"an exclusion that is none":  {query.NewRule{ID: "r-a", Name: "a", When: "排队", Exclude: []string{"/(/"}, Level: "blue"}, huiying.Invalid, "排除条件"},
		"a level that is none":       {query.NewRule{ID: "r-a", Name: "a", When: "排队", Level: "mauve"}, huiying.Invalid, "mauve"},
		"an id that is none":         {query.NewRule{ID: "R A", Name: "a", When: "排队", Level: "blue"}, huiying.Invalid, "R A"},
		"the id of a file's rule":    {query.NewRule{ID: "r-file", Name: "a", When: "排队", Level: "blue"}, huiying.Invalid, "r-file"},
		"an id that is a page":       {query.NewRule{ID: "trial", Name: "a", When: "排队", Level: "blue"}, huiying.Invalid, "trial"},
		"no name":                    {query.NewRule{ID: "r-a", When: "排队", Level: "blue"}, huiying.Invalid, "r-a"},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			r.wants(r.save("", one.rule), one.code, one.said)
		})
	}
	r.t = t
	r.must(r.save("", parking))
	r.wants(r.save("", parking), huiying.Conflict, "r-parking")
	r.wants(r.save("r-none", parking), huiying.NotFound, "r-none")
	_, err := r.desk.Change(t.Context(), query.RuleChange{Was: "r-parking", Remove: true, Seen: 0, Actor: officer})
	r.wants(err, huiying.Conflict, "officer")
	if len(r.book().Rules) != 2 {
		t.Errorf("%+v", r.book().Rules)
	}
}

// Words that YAML or the language would read as something else stay themselves.
func TestTextIsWhatWasWritten(t *testing.T) {
	r := newRoom(t)
	odd := query.NewRule{ID: "r-odd", Name: "it's: {odd} # 'name'", When: "\"a: b # c\" OR\n  窗口", Exclude: []string{"\"x, y]\""}, Level: huiying.LevelBlue, Notify: []string{"u:a"}}
	r.must(r.save("", odd))
	r.must(r.publish(0))
	if got := r.inForce(); got.Name != odd.Name || got.Exclude[0] != odd.Exclude[0] || got.Notify[0] != "u:a" || !strings.Contains(got.When, "a: b # c") {
		t.Errorf("%+v", got)
	}
}

// The draft explains itself, whether or not it is in force or switched on.
func TestExplain(t *testing.T) {
	r := newRoom(t)
	off := parking
	off.Off = true
	r.must(r.save("", off))
	r.desk.Advise = func(*rule.File) []query.RuleAdviceLine {
		return []query.RuleAdviceLine{{Rule: "r-file"}, {Rule: "r-parking"}}
	}
	a, err := r.desk.Explain(t.Context(), query.RuleQuestion{Rule: "r-parking", Text: "大厅门口停车太难了"})
	r.must(err)
	if !a.Holds || len(a.Parts) < 3 || len(a.Match) == 0 || len(a.Tokens) == 0 || len(a.Advice) != 1 {
		t.Errorf("%+v", a)
	}
	a, err = r.desk.Explain(t.Context(), query.RuleQuestion{Rule: "r-parking", Text: "停车难，本单位招聘"})
	r.must(err)
	if a.Holds {
		t.Errorf("holds in spite of what is excluded: %+v", a)
	}
	_, err = r.desk.Explain(t.Context(), query.RuleQuestion{Rule: "r-none", Text: "排队"})
	r.wants(err, huiying.NotFound, "r-none")
	_, err = r.desk.Explain(t.Context(), query.RuleQuestion{Rule: "r-parking"})
	r.wants(err, huiying.Invalid, "文字")
}

// A trial judges past posts by the draft beside what is in force.
func TestTrial(t *testing.T) {
	r := newRoom(t)
	var events []huiying.Event
	for i, text := range []string{"大厅门口停车太难了，转了半小时", "窗口排队三个小时", "今天天气不错", "停车难，单位招聘保安"} {
		p := huiying.Post{
			ID: "weibo:" + string(rune('1'+i)), Source: "s", Platform: "weibo", Kind: huiying.KindPost, Text: text,
			PublishedAt: r.now.Add(-time.Duration(i+1) * 5 * time.Hour), CollectedAt: r.now,
		}
		events = append(events, huiying.NewEvent(huiying.Judgement{Post: p, Level: huiying.LevelBlue, LevelWhy: []string{}}, r.now))
	}
	r.must(posts.NewArchive(r.store).SaveEvents(t.Context(), events))
	r.must(r.save("", parking))
	r.wants(r.desk.Try(t.Context(), 0, officer), huiying.Invalid, "90")
	r.must(r.desk.Try(t.Context(), 7, officer))
	r.trials.Wait()
	got := r.desk.Trial(t.Context())
	r.must(got.Problem)
	rep := got.Report
	if rep == nil || rep.Posts != 4 || rep.Tagged.New != 2 || rep.Tagged.Old != 1 || got.By != "officer" || got.Of != 4 || got.EndedAt.IsZero() {
		t.Fatalf("%+v %+v", got, rep)
	}
	if rep.Rules[0].Rule != "r-parking" || rep.Rules[0].Gained != 1 || len(rep.Rules[0].Sample) != 1 || rep.Rules[0].Sample[0].Post != "weibo:1" {
		t.Errorf("%+v", rep.Rules)
	}
	if rep.Alerts.New != 2 || rep.PerDay != 1 || rep.Night.New != 2 || rep.Night.Old != 1 {
		t.Errorf("%+v", rep)
	}
	if bare := got.WithoutSamples(); len(bare.Report.Rules[0].Sample) != 0 || len(got.Report.Rules[0].Sample) != 1 {
		t.Error("samples are shown to whoever sees no posts, or are gone for all")
	}
}

// A trial is stopped at the next post; another may follow.
func TestTrialStops(t *testing.T) {
	r := newRoom(t)
	r.must(r.save("", parking))
	begun, goOn := make(chan struct{}), make(chan struct{})
	open := r.desk.Trials.Open
	r.desk.Trials.Open = func(f *rule.File) (*analyzer.Analyzer, error) {
		select {
		case begun <- struct{}{}:
		case <-goOn:
		}
		<-goOn
		return open(f)
	}
	r.must(r.desk.Try(t.Context(), 7, officer))
	<-begun
	r.wants(r.desk.Try(t.Context(), 7, officer), huiying.Conflict, "试跑")
	r.desk.StopTrial(t.Context())
	close(goOn)
	r.trials.Wait()
	if got := r.desk.Trial(t.Context()); !got.Stopped || got.Report != nil || got.Problem != nil || got.EndedAt.IsZero() {
		t.Errorf("%+v", got)
	}
	r.must(r.desk.Try(t.Context(), 7, officer))
	r.trials.Wait()
	if got := r.desk.Trial(t.Context()); got.Report == nil {
		t.Errorf("%+v", got)
	}
}

// A rule's hits are those that the stream lists for it in a week, counted once
// a minute.
func TestHits(t *testing.T) {
	r := newRoom(t)
	hits := func() int {
		t.Helper()
		for _, row := range r.book().Rules {
			if row.ID == "r-file" {
				return row.Hits
			}
		}
		t.Fatal("there is no r-file")
		return 0
	}
	post := func(id string, at time.Time, rules ...string) {
		t.Helper()
		j := huiying.Judgement{Post: huiying.Post{ID: "weibo:" + id, Source: "square", Platform: "weibo", Kind: huiying.KindPost, Text: "排队", PublishedAt: at, CollectedAt: at}}
		for _, rule := range rules {
			j.Tags = append(j.Tags, huiying.Tag{Rule: rule, Name: rule, Level: huiying.LevelYellow})
		}
		r.must(r.store.Write(t.Context(), store.Bulk, func(ctx context.Context, tx *store.Tx) error {
			_, err := posts.SaveEvent(ctx, tx, huiying.NewEvent(j, at))
			return err
		}))
	}
	post("1", r.now, "r-file")
	post("2", r.now.AddDate(0, 0, -3), "r-other", "r-file")
	post("3", r.now.AddDate(0, 0, -8), "r-file")
	post("4", r.now, "r-file-2")
	if n := hits(); n != 2 {
		t.Errorf("%d posts, want the two of this week", n)
	}
	post("5", r.now, "r-file")
	if n := hits(); n != 2 {
		t.Errorf("%d posts, want what was counted a moment ago", n)
	}
	r.now = r.now.Add(time.Minute)
	if n := hits(); n != 3 {
		t.Errorf("%d posts a minute later", n)
	}
}
