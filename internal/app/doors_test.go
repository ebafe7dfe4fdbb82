package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// An office of everybody a case needs, and one who may do anything.
const doorOffice = `
data: data
listen: 127.0.0.1:0
units: [{id: u-hall, name: 大厅}, {id: u-office, name: 办公室}]
users:
  - {id: desk, name: 值班, unit: u-office, roles: [officer]}
  - {id: hall, name: 承办, unit: u-hall, roles: [responder]}
  - {id: hall2, name: 同事, unit: u-hall, roles: [responder]}
  - {id: review, name: 审核, unit: u-office, roles: [reviewer]}
  - {id: boss, name: 主任, unit: u-office, roles: [manager]}
  - {id: all, name: 全能, unit: u-hall, roles: [officer, responder, reviewer, manager, admin]}
`

const doorPassword = "correct horse battery"

// doors is a service with its three doors for steps of cases: the desk itself,
// the API, and the command line.
type doors struct {
	t       *testing.T
	app     *app.App
	rnd     *rand.Rand
	words   *locale.Catalogue
	browser map[string]*browser
	table   []machine.Transition
	people  map[string]huiying.Actor

	tried, taken, refused map[string]int // by door
}

func openDoors(t *testing.T) (*doors, string) {
	dir := t.TempDir()
	a := boot(t, dir, files{office: doorOffice})
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HUIYING_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("HUIYING_SEED=%d", seed)
	d := &doors{
		t: t, app: a, rnd: rand.New(rand.NewPCG(seed, 2)), words: catalogue(t), browser: map[string]*browser{}, table: machine.Table(),
		tried: map[string]int{}, taken: map[string]int{}, refused: map[string]int{},
		people: map[string]huiying.Actor{
			"desk": {Unit: "u-office", Roles: []huiying.Role{huiying.RoleOfficer}}, "hall": {Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}},
			"hall2": {Unit: "u-hall", Roles: []huiying.Role{huiying.RoleResponder}}, "review": {Unit: "u-office", Roles: []huiying.Role{huiying.RoleReviewer}},
			"boss": {Unit: "u-office", Roles: []huiying.Role{huiying.RoleManager}}, "all": {Unit: "u-hall", Roles: huiying.Roles()},
		},
	}
	for id, who := range d.people {
		who.ID = id
		d.people[id] = who
		if err := a.SetPassword(t.Context(), id, doorPassword); err != nil {
			t.Fatal(err)
		}
		d.browser[id] = signIn(t, a, id)
	}
	return d, filepath.Join(dir, office)
}

// take tries a step by one of the doors and says whether it was taken.
func (d *doors) take(door, who string, cmd huiying.Command) bool {
	d.t.Helper()
	d.tried[door]++
	ok := false
	switch door {
	case "desk":
		cmd.Actor = d.people[who]
		_, err := d.app.Step(d.t.Context(), cmd)
		ok = d.judged(err)
	case "api":
		status, raw := d.browser[who].do(d.t, http.MethodPost, "/api/v1/cases/"+cmd.CaseNo+"/actions", map[string]any{"action": cmd.Action, "fields": cmd.Fields})
		ok = status == http.StatusOK
		if !ok && (status >= http.StatusInternalServerError || !strings.Contains(string(raw), `"message"`)) {
			d.t.Errorf("%s of %s by %s: %d %s", cmd.Action, cmd.CaseNo, who, status, raw)
		}
	case "cli":
		var fields []string
		for name, value := range cmd.Fields {
			fields = append(fields, name+"="+value)
		}
		var out, said bytes.Buffer
		err := tool.CaseDo(d.t.Context(), tool.Streams{In: strings.NewReader(doorPassword + "\n"), Out: &out, Err: &said, Words: d.words, Lang: locale.Chinese}, tool.DoOptions{
			Remote: tool.Remote{URL: "http://" + d.app.Addr(), User: who}, No: cmd.CaseNo, Action: cmd.Action, Fields: fields, JSON: true,
		})
		if ok = d.judged(err); ok && !strings.Contains(out.String(), cmd.CaseNo) {
			d.t.Errorf("the command printed %q", out.String())
		}
	}
	if ok {
		d.taken[door]++
	} else {
		d.refused[door]++
	}
	return ok
}

// judged is whether a step was taken; a refusal must be a sentence.
func (d *doors) judged(err error) bool {
	d.t.Helper()
	if err == nil {
		return true
	}
	if code := huiying.ErrorCode(err); code == huiying.Internal || code == huiying.Unavailable || d.words.Sentence(locale.Chinese, err) == "" {
		d.t.Errorf("a refusal without its reason: %v", err)
	}
	return false
}

func oneOf[T any](d *doors, list ...T) T { return list[d.rnd.IntN(len(list))] }

// try is a random step by a random person through a random door.
func (d *doors) try(c huiying.Case) {
	var offered []machine.Transition
	for _, row := range d.table {
		if len(row.Roles) > 0 && (row.Leads(c.State) || d.rnd.IntN(30) == 0) {
			offered = append(offered, row)
		}
	}
	if len(offered) == 0 {
		offered = d.table
	}
	row := oneOf(d, offered...)
	who := oneOf(d, "desk", "hall", "hall2", "review", "boss", "all")
	forward := map[huiying.CaseState][2]string{
		huiying.StatePendingTriage: {"assign", "desk"}, huiying.StateAwaitingAck: {"ack", "hall"}, huiying.StateHandling: {"submit", "hall"},
		huiying.StateInReview: {"approve", "boss"}, huiying.StateApproved: {"publish", "hall"}, huiying.StateResponded: {"close", "desk"},
	}
	optional := row.Optional
	if next, ok := forward[c.State]; ok && d.rnd.IntN(2) == 0 {
		for _, r := range d.table {
			if r.Action == next[0] && r.Leads(c.State) {
				row, who, optional = r, next[1], nil
			}
		}
		if row.Action == machine.ActionPublish {
			optional = []string{machine.FieldURL, machine.FieldDigest}
		}
	}
	fields := map[string]string{}
	for _, f := range append(append([]string{}, row.Required...), optional...) {
		fields[f] = d.value(c, f)
	}
	d.take(oneOf(d, "desk", "desk", "desk", "api", "api", "api", "api", "cli"), who, huiying.Command{CaseNo: c.No, Action: row.Action, Fields: fields})
}

func (d *doors) value(c huiying.Case, field string) string {
	switch field {
	case machine.FieldUnit:
		return "u-hall"
	case machine.FieldOwner:
		return oneOf(d, "hall", "hall2")
	case machine.FieldHelpers:
		return "u-office"
	case machine.FieldLevel:
		return oneOf(d, "red", "orange", "yellow", "purple")
	case machine.FieldText:
		return oneOf(d, "已增开窗口。", "另一稿。", strings.Repeat("长", 3000))
	case machine.FieldDigest:
		return oneOf(d, c.Approved.Digest, c.Approved.Digest, huiying.Digest("x"))
	case machine.FieldURL:
		return oneOf(d, "https://x.example/1", "https://x.example/1", "javascript:1")
	case machine.FieldAt:
		return time.Now().Format(time.RFC3339)
	case machine.FieldOrgan:
		return oneOf(d, "police", "petition", "nobody")
	case machine.FieldGrade:
		return oneOf(d, machine.Grades()...)
	case machine.FieldInto:
		return oneOf(d, c.No, "HY20991231-0001")
	case machine.FieldPreset:
		return oneOf(d, "foi.reply", "xf.finish", "yq.ack")
	case machine.FieldDays, machine.FieldSize:
		return oneOf(d, "5", "0", "x")
	case machine.FieldKind:
		return oneOf(d, machine.Kinds()...)
	case machine.FieldDisposition:
		return oneOf(d, machine.Dispositions()...)
	case machine.FieldSettlement:
		return oneOf(d, machine.Settlements()...)
	case machine.FieldPlatform:
		return oneOf(d, "weibo", "hotline")
	case machine.FieldPost:
		return "weibo:" + strconv.Itoa(d.rnd.IntN(9))
	}
	return oneOf(d, "on", "on", "理由")
}

// hold reads the record of a case and looks for what may never be.
func (d *doors) hold(no string) huiying.Case {
	d.t.Helper()
	c, steps, err := d.app.Record(d.t.Context(), no)
	if err != nil {
		d.t.Fatal(err)
	}
	folded, err := casework.Fold(steps)
	x, _ := json.Marshal(folded)
	y, _ := json.Marshal(c)
	if err != nil || string(x) != string(y) {
		d.t.Fatalf("the record of %s rebuilds %s, %v\nthe case is %s", no, x, err, y)
	}
	var before huiying.Case
	m := machine.New()
	for i, s := range steps {
		switch {
		case s.Action == machine.ActionApprove && wrote(before, s.Actor):
			d.t.Errorf("%s approved what they wrote", s.Actor)
		case s.Action == machine.ActionPublish && before.Approved.Digest == "":
			d.t.Error("published without approval")
		case s.To == huiying.StateClosed && s.From == huiying.StateWatching && s.Actor == before.Watcher:
			d.t.Error("one person alone closed a case without action")
		case s.To == huiying.StateClosed && s.From == huiying.StateResponded && before.Response.Digest == "":
			d.t.Error("closed without publication")
		}
		if before, err = m.Fold(steps[:i+1]); err != nil {
			d.t.Fatal(err)
		}
	}
	return c
}

func wrote(c huiying.Case, who string) bool {
	for _, r := range c.Drafts {
		if r.By == who {
			return true
		}
	}
	return false
}

// Through whichever door a random office comes, in whatever order, every
// invariant of the record holds. HUIYING_SEQUENCES sets how many cases.
func TestEveryDoor(t *testing.T) {
	t.Parallel()
	d, file := openDoors(t)
	sequences := 15
	if n, err := strconv.Atoi(os.Getenv("HUIYING_SEQUENCES")); err == nil {
		sequences = n
	}
	states := map[huiying.CaseState]int{}
	for i := range sequences {
		c, err := d.app.OpenCase(t.Context(), casework.Opening{
			Level: oneOf(d, huiying.LevelRed, huiying.LevelOrange, huiying.LevelYellow), Title: "排队", Topic: fmt.Sprintf("t-%d", i), Rule: "r-queue",
			Post: fmt.Sprintf("weibo:%d", 1000+i), FirstSeenAt: time.Now().Add(-time.Minute), Origin: huiying.Origin{Platform: "weibo", Kind: "post"},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 12 + d.rnd.IntN(12) {
			d.try(c)
			if c, _, err = d.app.Record(t.Context(), c.No); err != nil {
				t.Fatal(err)
			}
		}
		states[d.hold(c.No).State]++
	}
	t.Logf("tried %v, taken %v, refused %v; ended in %v", d.tried, d.taken, d.refused, states)
	if err := d.app.Stop(); err != nil {
		t.Error(err)
	}
	verifyRecord(t, d.words, file)
}
