package exporting_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"go.uber.org/goleak"

	"huiying"
	"huiying/internal/app/exporting"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/exports"
	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

// What a spreadsheet would take for a formula is quoted, and nothing else.
// lists answers with so many rows; it can be made to wait or to fail.
type lists struct {
	n       int
	fail    error
	wait    chan struct{} // closed = go on
	reached chan struct{} // told when the second page is asked for
	asked   []query.CaseFilter
	look    func() // when cases are asked for
}

func (l *lists) Cases(ctx context.Context, f query.CaseFilter) (out query.CaseList, err error) {
	l.asked = append(l.asked, f)
	if l.look != nil {
		l.look()
	}
	if f.Before != "" && l.wait != nil {
		l.reached <- struct{}{}
		select {
		case <-l.wait:
		case <-ctx.Done():
			return out, ctx.Err()
		}
	}
	out.Total = l.n
	first := l.n
	if f.Before != "" {
		if l.fail != nil {
			return out, l.fail
		}
		if _, err := fmt.Sscanf(f.Before, "HY%d", &first); err != nil {
			return out, err
		}
		first--
	}
	for i := first; i > 0 && len(out.Rows) < f.Limit; i-- {
		out.Rows = append(out.Rows, huiying.Case{
			No: fmt.Sprintf("HY%08d", i), Title: "=cmd|' /C calc'!A0", Level: huiying.LevelRed, State: huiying.StateHandling, Unit: "u-hall", Owner: "hall",
			FirstSeenAt: time.Date(2026, 11, 23, 1, 2, 3, 0, time.UTC), Posts: []string{"weibo:1"},
			Clocks: []huiying.Clock{{Preset: "yq.ack", DueAt: time.Date(2026, 11, 23, 1, 32, 3, 0, time.UTC), BreachedAt: time.Date(2026, 11, 23, 1, 32, 3, 0, time.UTC)}},
		})
	}
	if n := len(out.Rows); n > 0 && out.Rows[n-1].No != "HY00000001" {
		out.Next = out.Rows[n-1].No
	}
	return out, nil
}

func (l *lists) Alerts(context.Context, query.AlertFilter) (out query.AlertList, err error) {
	out.Rows = []query.AlertRow{{
		Alert:   huiying.Alert{ID: "a-1", PostID: "weibo:1", RuleName: "-rule", Level: huiying.LevelOrange, Platform: "weibo", RaisedAt: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)},
		AckedAt: time.Date(2026, 11, 23, 1, 9, 30, 0, time.UTC), AckedBy: "hall", Deliveries: []huiying.Delivery{{Channel: "hook", State: huiying.DeliveryAccepted}},
	}}
	out.Total = 1
	return out, nil
}

const phone = "13900001234"

func (l *lists) Find(context.Context, query.PostSearch) (out query.PostsFound, err error) {
	text := "@来电" + phone + "谢谢"
	out.Rows = []query.PostRow{{N: 1, Judgement: huiying.Judgement{
		Post:         huiying.Post{ID: "weibo:1", Platform: "weibo", Text: text, URL: "https://example.org/5550001/9", Author: huiying.Author{ID: "p-abc", Name: "某用户", Verified: "none"}},
		PersonalData: []huiying.PersonalData{{Kind: "phone", Field: "text", Start: 3, End: 14}},
	}}}
	out.Total = 1
	return out, nil
}

func (l *lists) Outcomes(_ context.Context, a query.OutcomeAsk) (query.Outcomes, error) {
	return query.Outcomes{
		Figures: map[string]query.Outcome{"ack_rate": {ID: "ack_rate", N: 3, Of: 4, Was: &query.Outcome{N: 1, Of: 2}}, "ack_time": {ID: "ack_time", Lasts: true, N: 6, Of: 6, Median: 90 * time.Second}},
		Parts:   []query.OutcomePart{{Key: "u-hall", Figures: map[string]query.Outcome{}}}, Backlog: query.Outcome{ID: query.FigureBacklog, Lasts: true},
	}, nil
}

func (l *lists) Heat(_ context.Context, a query.HeatAsk) (query.HeatPage, error) {
	return query.HeatPage{Now: query.HeatCount{Posts: 12, Cases: 3}, Was: query.HeatCount{Posts: 8, Cases: 1}, Rows: []query.HeatRow{
		{Key: "i-1", Name: "=身份证", About: "公安窗口", Now: query.HeatCount{Posts: 9, Cases: 2}, Was: query.HeatCount{Posts: 6}},
		{Key: query.Nobody, Name: query.Nobody, Now: query.HeatCount{Posts: 3, Cases: 1}, Was: query.HeatCount{Posts: 2, Cases: 1}},
	}}, nil
}

func (l *lists) Supervision(_ context.Context, a query.SupervisionAsk) (query.Supervision, error) {
	terms := []query.ScoredTerm{
		{ScoreTerm: query.ScoreTerm{Measure: "ack_rate", Direction: query.ScoreMore, Target: 90, Weight: 30, Cap: 30}, Outcome: query.Outcome{ID: "ack_rate", N: 6, Of: 8}, Value: 75, Points: 25, Counted: true},
		{ScoreTerm: query.ScoreTerm{Measure: "redo_rate", Direction: query.ScoreLess, Target: 5, Weight: 10, Cap: 10}, Outcome: query.Outcome{ID: "redo_rate"}},
	}
	return query.Supervision{Scoring: query.Scoring{Version: 4}, Units: []query.UnitScore{{Unit: "u-hall", Scored: true, Score: 83.33, Terms: terms}}}, nil
}

// room is a desk over a real store.
type room struct {
	t      *testing.T
	store  *store.Store
	clock  *storetest.Clock
	book   *exports.Book
	lists  *lists
	dir    string
	people map[string]query.Account
	limits exporting.Limits
	words  *locale.Catalogue

	refuseStrangers bool // whoever is not among people is nobody
}

func account(id, unit string, roles ...huiying.Role) query.Account {
	return query.Account{Person: huiying.Person{ID: id, Name: "名" + id, Unit: unit, Roles: roles}}
}

func newRoom(t *testing.T) *room {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	clock := storetest.NewClock()
	o := storetest.Options(clock)
	r := &room{t: t, clock: clock, store: storetest.Engines()[0].Open(t, o), lists: &lists{n: 1234}, dir: filepath.Join(t.TempDir(), "exports"), words: words,
		limits: exporting.Limits{Rows: 5000, Keep: 48 * time.Hour}}
	r.book = exports.New(r.store)
	r.people = map[string]query.Account{
		"officer": account("officer", "", huiying.RoleOfficer), "hall": account("hall", "u-hall", huiying.RoleResponder),
		"manager": account("manager", "", huiying.RoleManager), "admin": account("admin", "", huiying.RoleAdmin),
	}
	return r
}

// token reads whom a token acts for, as the book of tokens does.
func (r *room) token(_ context.Context, id string) (query.Account, error) {
	for _, a := range r.people {
		if a.Token == id {
			return a, nil
		}
	}
	return query.Account{}, huiying.Errorf(huiying.Unauthorized, "token.over")
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) desk() *exporting.Desk {
	return exporting.New(exporting.Options{
		Book: r.book, Dir: r.dir, Views: r.lists, Outcomes: r.lists, Scores: r.lists, Heat: r.lists, Words: r.words, Zone: time.FixedZone("office", 8*3600), Now: r.clock.Now, Logger: slog.New(slog.DiscardHandler),
		Account: func(_ context.Context, id string) (query.Account, error) {
			a, ok := r.people[id]
			if !ok && r.refuseStrangers {
				return a, huiying.Errorf(huiying.NotFound, "account.unknown", id)
			}
			return a, nil
		},
		Token: r.token,
		People: func(context.Context) ([]huiying.Person, error) {
			var out []huiying.Person
			for _, a := range r.people {
				out = append(out, a.Person)
			}
			return out, nil
		},
		Units: []huiying.Unit{{ID: "u-hall", Name: "大厅科"}}, Limits: r.limits, PublicURL: "https://example.gov.cn/",
	})
}

func (r *room) ask(d *exporting.Desk, who, what, format string) query.Export {
	r.t.Helper()
	e, err := d.Ask(r.t.Context(), query.ExportAsk{Account: r.people[who], What: what, Format: format, Query: "view=all&level=red", Lang: "zh"})
	r.must(err)
	return e
}

// step does what waits, once.
func (r *room) step(d *exporting.Desk) {
	r.t.Helper()
	r.must(os.MkdirAll(r.dir, 0o700))
	r.must(d.Step(r.t.Context()))
}

func (r *room) file(d *exporting.Desk, who, id string) []byte {
	r.t.Helper()
	f, err := d.File(r.t.Context(), r.people[who], id)
	r.must(err)
	raw, err := io.ReadAll(f.Body)
	r.must(errors.Join(err, f.Body.Close()))
	if int64(len(raw)) != f.Size {
		r.t.Fatalf("%d bytes, it says %d", len(raw), f.Size)
	}
	return raw
}

func (r *room) sheet(raw []byte) (*excelize.File, [][]string) {
	r.t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	r.must(err)
	r.t.Cleanup(func() { _ = x.Close() })
	rows, err := x.GetRows(x.GetSheetList()[0])
	r.must(err)
	return x, rows
}

// A sheet opens again with every row, no formula in it, numbers as numbers and
// what it is on a second sheet; a csv has the mark, and the same rows.
func TestFilesOpenAgain(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	e := r.ask(d, "officer", query.ExportCases, "xlsx")
	r.step(d)
	x, rows := r.sheet(r.file(d, "officer", e.ID))
	if len(rows) != 1235 || rows[0][0] != "办件编号" || rows[1][0] != "HY00001234" || rows[1234][0] != "HY00000001" || rows[1][4] != "大厅科" || rows[1][5] != "名hall" {
		t.Fatalf("%d rows: %q %q", len(rows), rows[0], rows[1])
	}
	if rows[1][7] != "2026-11-23 09:02:03" {
		t.Errorf("a time of the office reads %q", rows[1][7])
	}
	name := x.GetSheetList()[0]
	if f, err := x.GetCellFormula(name, "B2"); err != nil || f != "" || rows[1][1] != "'=cmd|' /C calc'!A0" {
		t.Errorf("a formula: %q %q %v", f, rows[1][1], err)
	}
	if kind, err := x.GetCellType(name, "P2"); err != nil || kind == excelize.CellTypeSharedString || kind == excelize.CellTypeInlineString || rows[1][15] != "1" {
		t.Errorf("a number is kept as %v %q, %v", kind, rows[1][15], err)
	}
	notes, err := x.GetRows("说明")
	if err != nil || !slices.ContainsFunc(notes, func(n []string) bool { return len(n) == 2 && n[0] == "行数" && n[1] == "1234" }) ||
		!slices.ContainsFunc(notes, func(n []string) bool { return len(n) == 2 && n[0] == "筛选条件" && strings.Contains(n[1], "红") }) {
		t.Errorf("%q %v", notes, err)
	}
	e = r.ask(d, "officer", query.ExportCases, "csv")
	r.step(d)
	raw := r.file(d, "officer", e.ID)
	if !bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")) {
		t.Error("no mark: spreadsheets read it as GBK")
	}
	list, err := csv.NewReader(bytes.NewReader(raw[3:])).ReadAll()
	if err != nil || len(list) != 1235 || list[1][1] != "'=cmd|' /C calc'!A0" {
		t.Errorf("%d rows, %v", len(list), err)
	}
	if f := r.lists.asked[0]; f.Scope.All != true || len(f.Levels) != 1 || f.ByDue || f.Open {
		t.Errorf("asked for %+v", f)
	}
}

// Personal data is masked, and the author nowhere; who may see it, and says
// why, gets it, and the log knows.
func TestMasked(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	plain := r.ask(d, "officer", query.ExportPosts, "csv")
	r.step(d)
	if raw := string(r.file(d, "officer", plain.ID)); strings.Contains(raw, phone) || strings.Contains(raw, "某用户") || strings.Contains(raw, "p-abc") || strings.Contains(raw, "5550001") || !strings.Contains(raw, "'@来电") || !strings.Contains(raw, "https://example.gov.cn/posts/weibo:1") {
		t.Errorf("%s", raw)
	}
	ask := query.ExportAsk{Account: r.people["officer"], What: query.ExportPosts, Format: "csv", Lang: "zh", Reveal: true}
	if _, err := d.Ask(t.Context(), ask); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("without a reason: %v", err)
	}
	ask.Reason = "移送公安"
	e, err := d.Ask(t.Context(), ask)
	r.must(err)
	r.step(d)
	if raw := string(r.file(d, "officer", e.ID)); !strings.Contains(raw, phone) || strings.Contains(raw, "某用户") {
		t.Errorf("%s", raw)
	}
	log, err := access.New(r.store).Entries(t.Context(), e.ID, 10)
	r.must(err)
	var did []string
	for _, l := range log {
		did = append(did, l.Action+" "+l.Actor+" "+l.Detail)
	}
	if len(did) != 3 || !strings.Contains(did[0], "export_taken officer stream csv 1 rows with personal data: 移送公安") || !strings.HasPrefix(did[2], "export_asked") {
		t.Errorf("%q", did)
	}
	// Whoever lost the role meanwhile takes nothing any more.
	r.people["officer"] = account("officer", "", huiying.RoleReviewer)
	if _, err := d.File(t.Context(), r.people["officer"], e.ID); huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("%v", err)
	}
}

func TestFiguresAndAlerts(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	e := r.ask(d, "manager", query.ExportOutcomes, "xlsx")
	r.step(d)
	_, rows := r.sheet(r.file(d, "manager", e.ID))
	i := slices.IndexFunc(rows, func(row []string) bool { return len(row) > 1 && row[1] == "签收率" })
	if i < 0 || rows[i][0] != "全部" || rows[i][3] != "3" || rows[i][4] != "4" || rows[i][5] != "0.75" || rows[i][11] != "0.5" || rows[i][13] != "样本过少" {
		t.Errorf("%q", rows[i])
	}
	i = slices.IndexFunc(rows, func(row []string) bool { return len(row) > 1 && row[1] == "签收用时" })
	if i < 0 || rows[i][6] != "1.5" {
		t.Errorf("%q", rows[i])
	}
	e = r.ask(d, "manager", query.ExportAlerts, "xlsx")
	r.step(d)
	if _, rows := r.sheet(r.file(d, "manager", e.ID)); len(rows) != 2 || rows[1][2] != "'-rule" || rows[1][9] != "9.5" || rows[1][10] != "hook 已送出" {
		t.Errorf("%q", rows)
	}
	if _, err := d.Ask(t.Context(), query.ExportAsk{Account: r.people["manager"], What: query.ExportOutcomes, Format: "csv", Query: "period=range&from=2026-13-01"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a day that is none: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	program := r.people["officer"]
	program.Token, program.Scopes = "k-1", []string{"export", "read:cases"}
	for name, c := range map[string]struct {
		ask  query.ExportAsk
		want huiying.Code
	}{
		"no such list":        {query.ExportAsk{Account: r.people["officer"], What: "users", Format: "csv"}, huiying.Invalid},
		"no such format":      {query.ExportAsk{Account: r.people["officer"], What: "cases", Format: "pdf"}, huiying.Invalid},
		"no role":             {query.ExportAsk{Account: r.people["admin"], What: "cases", Format: "csv"}, huiying.Forbidden},
		"posts of all":        {query.ExportAsk{Account: r.people["hall"], What: "stream", Format: "csv"}, huiying.Forbidden},
		"unmasked, manager":   {query.ExportAsk{Account: r.people["manager"], What: "stream", Format: "csv", Reveal: true, Reason: "x"}, huiying.Forbidden},
		"unmasked, cases":     {query.ExportAsk{Account: r.people["officer"], What: "cases", Format: "csv", Reveal: true, Reason: "x"}, huiying.Forbidden},
		"unmasked, program":   {query.ExportAsk{Account: program, What: "stream", Format: "csv", Reveal: true, Reason: "x"}, huiying.Forbidden},
		"program's scope":     {query.ExportAsk{Account: program, What: "alerts", Format: "csv"}, huiying.Forbidden},
		"a filter too long":   {query.ExportAsk{Account: r.people["officer"], What: "cases", Format: "csv", Query: "q=" + strings.Repeat("a", 3000)}, huiying.Invalid},
		"a reason too long":   {query.ExportAsk{Account: r.people["officer"], What: "stream", Format: "csv", Reveal: true, Reason: strings.Repeat("因", 201)}, huiying.Invalid},
		"an unreadable query": {query.ExportAsk{Account: r.people["officer"], What: "cases", Format: "csv", Query: "%zz"}, huiying.Invalid},
	} {
		if _, err := d.Ask(t.Context(), c.ask); huiying.ErrorCode(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := r.ask(d, "officer", "cases", "csv")
	if _, err := d.Ask(t.Context(), query.ExportAsk{Account: r.people["officer"], What: "cases", Format: "csv"}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a second one: %v", err)
	}
	if _, err := d.Get(t.Context(), r.people["hall"], e.ID); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("another's: %v", err)
	}
	if _, err := d.File(t.Context(), r.people["officer"], e.ID); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("not done: %v", err)
	}
	for who, want := range map[string]int{"officer": 1, "hall": 0, "manager": 1} {
		if list, err := d.List(t.Context(), r.people[who]); err != nil || len(list) != want {
			t.Errorf("%s sees %d, %v", who, len(list), err)
		}
	}
	// Whoever lost the role while it waited gets no file.
	r.people["officer"] = account("officer", "", huiying.RoleAdmin)
	r.step(d)
	if e, err := r.book.Get(t.Context(), e.ID); err != nil || e.State != query.ExportFailed || e.Problem == "" {
		t.Errorf("%+v %v", e, err)
	}
}

// More rows than the limit are cut, and the file says so.
func TestCut(t *testing.T) {
	r := newRoom(t)
	r.limits.Rows = 700
	d := r.desk()
	e := r.ask(d, "officer", "cases", "xlsx")
	r.step(d)
	x, rows := r.sheet(r.file(d, "officer", e.ID))
	e, err := r.book.Get(t.Context(), e.ID)
	r.must(err)
	notes, err := x.GetRows("说明")
	r.must(err)
	if len(rows) != 701 || !e.Cut || e.Rows != 700 || !slices.ContainsFunc(notes, func(n []string) bool { return n[0] == "未列全" }) {
		t.Errorf("%d rows, %+v", len(rows), e)
	}
	r.limits.Rows = 1234 // exactly as many as there are
	d = r.desk()
	e = r.ask(d, "officer", "cases", "csv")
	r.step(d)
	if e, err := r.book.Get(t.Context(), e.ID); err != nil || e.Cut || e.Rows != 1234 {
		t.Errorf("%+v %v", e, err)
	}
}

// A file is removed when its time is over, and at once when words that may
// stand in it were removed by law.
func TestExpiry(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	cases := r.ask(d, "officer", "cases", "csv")
	r.step(d)
	posts := r.ask(d, "manager", "stream", "csv")
	r.step(d)
	r.clock.Advance(time.Hour)
	r.must(r.store.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO refusals (id, platform, reason, reference, by_user, at) VALUES ('rf-1', 'weibo', 'person', 'x', 'admin', $1)`, store.Micros(tx.Now()))
		return err
	}))
	if _, err := d.File(t.Context(), r.people["manager"], posts.ID); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("given out after a refusal: %v", err)
	}
	r.file(d, "officer", cases.ID)
	r.step(d)
	if files := r.files(); len(files) != 1 || files[0] != cases.ID+".csv" {
		t.Errorf("%q", files)
	}
	r.clock.Advance(48 * time.Hour)
	if _, err := d.File(t.Context(), r.people["officer"], cases.ID); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("given out after its time: %v", err)
	}
	r.step(d)
	for _, id := range []string{cases.ID, posts.ID} {
		if e, err := r.book.Get(t.Context(), id); err != nil || e.State != query.ExportExpired {
			t.Errorf("%+v %v", e, err)
		}
	}
	if files := r.files(); len(files) != 0 {
		t.Errorf("%q", files)
	}
}

// Files that are due go before a job begins: many jobs keep none alive.
func TestExpiryBeforeJobs(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	old := r.ask(d, "officer", "cases", "csv")
	r.step(d)
	r.clock.Advance(49 * time.Hour)
	r.ask(d, "officer", "cases", "csv")
	looked := false
	r.lists.look = func() {
		looked = true
		if slices.Contains(r.files(), old.ID+".csv") {
			t.Error("a job runs while a file is due")
		}
	}
	r.step(d)
	if !looked {
		t.Error("the job was not done")
	}
}

func (r *room) files() (out []string) {
	list, err := os.ReadDir(r.dir)
	r.must(err)
	for _, f := range list {
		out = append(out, f.Name())
	}
	return out
}

// run runs a desk until stop is called, as a process does.
func (r *room) run(d *exporting.Desk) (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	return func() {
		cancel()
		r.must(<-done)
	}
}

func (r *room) until(id, state string) query.Export {
	r.t.Helper()
	for range 1000 {
		e, err := r.book.Get(r.t.Context(), id)
		r.must(err)
		if e.State == state {
			return e
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.t.Fatalf("%s is not %s", id, state)
	return query.Export{}
}

// What a process leaves half done, its successor does from the start; what dies
// three times is given up and can be asked for again.
func TestRestart(t *testing.T) {
	r := newRoom(t)
	r.lists.wait, r.lists.reached = make(chan struct{}), make(chan struct{}, 9)
	d := r.desk()
	stop := r.run(d)
	e := r.ask(d, "officer", "cases", "xlsx")
	<-r.lists.reached
	if under := r.until(e.ID, query.ExportRunning); under.Total != 1234 || under.Rows == 0 {
		t.Errorf("no progress: %+v", under)
	}
	stop()
	if files := r.files(); len(files) != 0 {
		t.Errorf("left behind: %q", files)
	}
	// A killed process leaves its part and a stranger's file.
	r.must(os.WriteFile(filepath.Join(r.dir, e.ID+".xlsx.part"), []byte("half"), 0o600))
	r.must(os.WriteFile(filepath.Join(r.dir, "x-stranger.csv"), []byte("?"), 0o600))
	close(r.lists.wait)
	d = r.desk()
	stop = r.run(d)
	done := r.until(e.ID, query.ExportDone)
	stop()
	if done.Attempts != 2 || done.Rows != 1234 || done.Digest == "" {
		t.Errorf("%+v", done)
	}
	if files := r.files(); len(files) != 1 {
		t.Errorf("%q", files)
	}
	// Killed again and again: begun, and never ended.
	again := r.ask(d, "officer", "cases", "csv")
	for range 3 {
		if _, ok, err := r.book.Next(t.Context()); err != nil || !ok {
			t.Fatal(ok, err)
		}
		r.must(r.book.Recover(t.Context(), func(lang string) string { return "interrupted in " + lang }))
	}
	if e, err := r.book.Get(t.Context(), again.ID); err != nil || e.State != query.ExportFailed || e.Problem != "interrupted in zh" {
		t.Fatalf("%+v %v", e, err)
	}
	r.ask(d, "officer", "cases", "csv")
}

// A job that is cancelled while it runs leaves nothing.
func TestCancel(t *testing.T) {
	r := newRoom(t)
	r.lists.wait, r.lists.reached = make(chan struct{}), make(chan struct{}, 9)
	d := r.desk()
	stop := r.run(d)
	defer stop()
	e := r.ask(d, "officer", "cases", "csv")
	<-r.lists.reached
	if err := d.Cancel(t.Context(), r.people["hall"], e.ID); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("another's: %v", err)
	}
	r.must(d.Cancel(t.Context(), r.people["officer"], e.ID))
	if err := d.Cancel(t.Context(), r.people["officer"], e.ID); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("twice: %v", err)
	}
	close(r.lists.wait)
	next := r.ask(d, "officer", "cases", "csv")
	r.until(next.ID, query.ExportDone)
	if e, err := r.book.Get(t.Context(), e.ID); err != nil || e.State != query.ExportCancelled {
		t.Errorf("%+v %v", e, err)
	}
	if files := r.files(); len(files) != 1 || files[0] != next.ID+".csv" {
		t.Errorf("%q", files)
	}
}

// What goes wrong with one is told to who asked, and the next is done.
func TestFailure(t *testing.T) {
	r := newRoom(t)
	r.lists.fail = huiying.Errorf(huiying.Unavailable, "measure.nowhere")
	d := r.desk()
	e := r.ask(d, "officer", "cases", "xlsx")
	other := r.ask(d, "manager", "alerts", "csv")
	r.step(d)
	if e, err := r.book.Get(t.Context(), e.ID); err != nil || e.State != query.ExportFailed || !strings.Contains(e.Problem, "不计算指标") {
		t.Errorf("%+v %v", e, err)
	}
	if e, err := r.book.Get(t.Context(), other.ID); err != nil || e.State != query.ExportDone {
		t.Errorf("%+v %v", e, err)
	}
	if files := r.files(); len(files) != 1 {
		t.Errorf("%q", files)
	}
}

// A service has no row among people: its token says who it is, and one that is
// over gets nothing, though its person may.
func TestPrograms(t *testing.T) {
	r := newRoom(t)
	r.refuseStrangers = true
	service, own := account("service:report", "", huiying.RoleManager), r.people["officer"]
	service.Token, service.Scopes = "k-1", []string{"export", "read:cases"}
	own.Token, own.Scopes = "k-2", []string{"export", "read:cases"}
	r.people["program"], r.people["own"] = service, own
	d := r.desk()
	e := r.ask(d, "program", query.ExportCases, "csv")
	r.step(d)
	if raw := r.file(d, "program", e.ID); !bytes.Contains(raw, []byte("HY00001234")) {
		t.Errorf("%.100q", raw)
	}
	e = r.ask(d, "own", query.ExportCases, "csv")
	delete(r.people, "own") // revoked
	r.step(d)
	if e, err := r.book.Get(t.Context(), e.ID); err != nil || e.State != query.ExportFailed || !strings.Contains(e.Problem, "令牌") {
		t.Errorf("%+v %v", e, err)
	}
}

// A file made with a wider scope is not given to who has lost it, nor one of
// another unit.
func TestScopeOfFile(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	wide := r.ask(d, "officer", query.ExportCases, "csv")
	narrow := r.ask(d, "hall", query.ExportCases, "csv")
	r.step(d)
	r.file(d, "officer", wide.ID)
	r.file(d, "hall", narrow.ID)
	for what, c := range map[string]struct {
		as   query.Account
		id   string
		want huiying.Code
	}{
		"an officer who became a responder": {account("officer", "u-hall", huiying.RoleResponder), wide.ID, huiying.Forbidden},
		"a responder of another unit":       {account("hall", "u-law", huiying.RoleResponder), narrow.ID, huiying.Forbidden},
		"a responder who became an officer": {account("hall", "", huiying.RoleOfficer), narrow.ID, ""},
		"a responder of the same unit":      {account("hall", "u-hall", huiying.RoleResponder), narrow.ID, ""},
	} {
		f, err := d.File(t.Context(), c.as, c.id)
		if huiying.ErrorCode(err) != c.want {
			t.Errorf("%s: %v", what, err)
		}
		if err == nil {
			r.must(f.Body.Close())
		}
	}
}

// A row of the score cards holds every number of its sum; a term without data
// has neither value nor points.
func TestScores(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	e, err := d.Ask(t.Context(), query.ExportAsk{Account: r.people["manager"], What: query.ExportScores, Format: "xlsx", Query: "period=30d", Lang: "zh"})
	r.must(err)
	r.step(d)
	_, rows := r.sheet(r.file(d, "manager", e.ID))
	want := [][]string{
		{"大厅科", "83.33", "", "签收率", "", "6", "8", "75", "越高越好", "90", "30", "30", "25", "4"},
		{"大厅科", "83.33", "样本过少", "重办率", "", "0", "0", "", "越低越好", "5", "10", "10", "", "4"},
	}
	for i, w := range want {
		got := rows[len(rows)-len(want)+i]
		got[4] = "" // the definition
		if !slices.Equal(got, w) {
			t.Errorf("%q, want %q", got, w)
		}
	}
}

// Service items are written row by row, the whole first; what is too few has no
// change, and what is not compared nothing of before.
func TestHeat(t *testing.T) {
	r := newRoom(t)
	d := r.desk()
	for query1, want := range map[string][][]string{
		"by=unit":              {{"", "全部", "", "12", "8", "4", "3", "1"}, {"i-1", "'=身份证", "公安窗口", "9", "6", "3", "2", "0"}, {"", "目录中没有主管单位的事项", "", "3", "2", "", "1", "1", "样本过少"}},
		"by=unit&compare=none": {{"", "全部", "", "12", "", "", "3"}, {"i-1", "'=身份证", "公安窗口", "9", "", "", "2"}, {"", "目录中没有主管单位的事项", "", "3", "", "", "1", "", "样本过少"}},
	} {
		e, err := d.Ask(t.Context(), query.ExportAsk{Account: r.people["officer"], What: query.ExportHeat, Format: "xlsx", Query: query1, Lang: "zh"})
		r.must(err)
		r.step(d)
		_, rows := r.sheet(r.file(d, "officer", e.ID))
		for i, w := range want {
			if got := rows[1+i]; !slices.Equal(got, w) {
				t.Errorf("%s: %q, want %q", query1, got, w)
			}
		}
	}
	if _, err := d.Ask(t.Context(), query.ExportAsk{Account: r.people["hall"], What: query.ExportHeat, Format: "csv"}); huiying.ErrorCode(err) != huiying.Forbidden {
		t.Errorf("a unit takes what the stream is about: %v", err)
	}
	if _, err := d.Ask(t.Context(), query.ExportAsk{Account: r.people["officer"], What: query.ExportHeat, Format: "csv", Query: "period=range&from=2026-02-30"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a day that is none: %v", err)
	}
}
