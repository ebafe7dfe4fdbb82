package notifier_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier"
)

// several opens n cases and has each acknowledged by the unit's responder.
func (r *counterRoom) several(t *testing.T, n int) []string {
	t.Helper()
	var numbers []string
	for i := range n {
		ev := event(fmt.Sprintf("weibo:%d", i+1), huiying.LevelYellow, notify())
		ev.Data.Topic = fmt.Sprintf("t-%d", i)
		c, err := r.people.Open(context.Background(), notifier.Manual{Event: ev, Actor: dutyOfficer, Level: huiying.LevelYellow, Unit: "u-hall"})
		if err == nil {
			_, err = r.people.Do(context.Background(), huiying.Command{CaseNo: c.No, Action: "ack", Actor: amin})
		}
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, c.No)
	}
	return numbers
}

func commands(action string, numbers []string, fields ...string) []huiying.Command {
	var out []huiying.Command
	for _, no := range numbers {
		cmd := huiying.Command{CaseNo: no, Action: action, Actor: amin, Fields: map[string]string{}}
		for i := 0; i+1 < len(fields); i += 2 {
			cmd.Fields[fields[i]] = fields[i+1]
		}
		out = append(out, cmd)
	}
	return out
}

// Similar cases move together, each with its own step; one that cannot holds
// all of them back and is named.
func TestTogether(t *testing.T) {
	r := newCounterRoom(t)
	numbers := r.several(t, 3)
	before := r.store.snapshot()
	done, err := r.people.Together(context.Background(), commands("submit", numbers, "text", "窗口今天起延时到晚上七点。"))
	if err != nil {
		t.Fatal(err)
	}
	after := r.store.snapshot()
	for i, c := range done {
		if c.No != numbers[i] || c.State != huiying.StateInReview || len(after.steps[c.No]) != len(before.steps[c.No])+1 {
			t.Errorf("case %s is %s with %d steps", c.No, c.State, len(after.steps[c.No]))
		}
	}
	mixed := append(commands("note", numbers[:2], "note", "并办"), commands("submit", numbers[2:], "text", "再来一次")...)
	_, err = r.people.Together(context.Background(), mixed)
	if huiying.ErrorCode(err) != huiying.Conflict || !strings.Contains(sentence(t, err), numbers[2]) {
		t.Errorf("the one to blame is not named: %v", sentence(t, err))
	}
	for _, no := range numbers {
		if n := len(r.store.snapshot().steps[no]); n != len(after.steps[no]) {
			t.Errorf("%s moved though the whole was refused", no)
		}
	}
}

func TestTogetherRefuses(t *testing.T) {
	r := newCounterRoom(t)
	numbers := r.several(t, 1)
	for name, cmds := range map[string][]huiying.Command{
		"none":  nil,
		"twice": commands("note", []string{numbers[0], numbers[0]}, "note", "x"),
		"many":  commands("note", make([]string, notifier.MaxTogether+1), "note", "x"),
	} {
		if _, err := r.people.Together(context.Background(), cmds); huiying.ErrorCode(err) != huiying.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.store.fail["AddAlert"] = errors.New("disk full")
	cmds := []huiying.Command{{CaseNo: numbers[0], Action: "reassign", Actor: amin, Fields: map[string]string{"owner": "bo"}}}
	if _, err := r.people.Together(context.Background(), cmds); err == nil || huiying.ErrorCode(err) != huiying.Internal {
		t.Errorf("a failure of ours is told as %v", err)
	}
}

// An attachment is kept with its step, or neither is.
func TestAttach(t *testing.T) {
	r := newCounterRoom(t)
	no := r.several(t, 1)[0]
	f := notifier.Attachment{CaseNo: no, Actor: amin, Name: "回函.pdf", Type: "application/pdf", Body: []byte("%PDF-1.7 …")}
	c, err := r.people.Attach(context.Background(), f)
	if err != nil {
		t.Fatal(err)
	}
	digest := huiying.Digest(string(f.Body))
	if len(c.Files) != 1 || c.Files[0].Digest != digest || c.Files[0].Name != huiying.Digest(f.Name) || c.Files[0].Size != int64(len(f.Body)) {
		t.Errorf("files %+v", c.Files)
	}
	if string(r.store.snapshot().files[digest]) != string(f.Body) {
		t.Error("the bytes are not kept")
	}
	if _, err := r.people.Attach(context.Background(), f); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("the same file twice: %v", err)
	}
	steps := len(r.store.snapshot().steps[no])
	r.store.fail["PutFile"] = errors.New("disk full")
	f.Body = []byte("%PDF-1.7 another")
	if _, err := r.people.Attach(context.Background(), f); err == nil || len(r.store.snapshot().steps[no]) != steps {
		t.Errorf("a step without its file: %v", err)
	}
	for i := range notifier.MaxFiles {
		f.Body = fmt.Appendf(nil, "%%PDF-1.7 %d", i)
		_, err = r.people.Attach(context.Background(), f)
	}
	if huiying.ErrorCode(err) != huiying.Conflict || len(r.theCaseOf(no).Files) != notifier.MaxFiles {
		t.Errorf("%d files, %v", len(r.theCaseOf(no).Files), err)
	}
}

func (r *counterRoom) theCaseOf(no string) huiying.Case {
	c, _ := r.store.Case(context.Background(), no)
	return c
}

func sentence(t *testing.T, err error) string {
	t.Helper()
	words, lerr := locale.Load()
	if lerr != nil {
		t.Fatal(lerr)
	}
	return words.Sentence(locale.Chinese, err)
}
