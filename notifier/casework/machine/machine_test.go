package machine_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework/machine"
)

// The table is deterministic, and every state it leads to can be left again or
// is an end.
func TestMachineIsDeterministic(t *testing.T) {
	seen := map[[2]string]bool{}
	for _, row := range machine.Table() {
		key := [2]string{string(row.From), row.Action}
		if seen[key] {
			t.Errorf("%s from %q stands twice", row.Action, row.From)
		}
		seen[key] = true
	}
}

// Responded cannot be reached without approve, nor closed without publish.
func TestNoWayAroundReview(t *testing.T) {
	for without, state := range map[string]huiying.CaseState{
		"approve": huiying.StateResponded, "submit": huiying.StateApproved,
	} {
		if reachable(without)[state] {
			t.Errorf("%s can be reached without %s", state, without)
		}
	}
	if reachable("publish", "close_no_action", "receipt")[huiying.StateClosed] {
		t.Error("closed can be reached without publish, close_no_action and receipt")
	}
	for _, row := range machine.Table() {
		if row.To != "" && !reachable()[row.To] {
			t.Errorf("%s is unreachable", row.To)
		}
	}
}

func reachable(without ...string) map[huiying.CaseState]bool {
	got := map[huiying.CaseState]bool{"": true}
	for grew := true; grew; {
		grew = false
		for _, row := range machine.Table() {
			if !slices.Contains(without, row.Action) && got[row.From] && row.To != "" && !got[row.To] {
				got[row.To], grew = true, true
			}
		}
	}
	return got
}

// Every action has a name, a refusal for the wrong role and, where it belongs
// to one state, for the wrong moment; every required field has its sentence.
func TestEveryActionSpeaks(t *testing.T) {
	text, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range machine.Table() {
		keys := []string{"case.action." + row.Action}
		if len(row.Roles) > 0 {
			keys = append(keys, "case.role."+row.Action, "case.not_now."+row.Action)
		}
		for _, f := range row.Required {
			keys = append(keys, "case.need."+f)
		}
		if row.To != "" {
			keys = append(keys, "case.state."+string(row.To))
		}
		for _, key := range keys {
			if !text.Has(key) {
				t.Errorf("the catalogue has no %s", key)
			}
		}
	}
}

// The table is the machine of the reference: 14 states, 40 transitions. Beside
// its events of every open state it has those of this product.
func TestMachineIsTheReference(t *testing.T) {
	raw, err := os.ReadFile("../../../../shared/reference/response-case-machine.json")
	if err != nil {
		t.Skip("the reference machine is not on this computer")
	}
	var reference struct {
		States      map[string]string `json:"states"`
		Transitions [][3]string       `json:"transitions"`
		AnyOpen     []string          `json:"any_open_events"`
	}
	if err := json.Unmarshal(raw, &reference); err != nil {
		t.Fatal(err)
	}
	ours := []string{"draft", "co_ack", "attach_file", "warn", "remind", "start_clock", "meet_clock"}
	var have [][3]string
	for _, row := range machine.Table() {
		switch row.From {
		case "":
		case machine.AnyOpen:
			if !slices.Contains(reference.AnyOpen, row.Action) && !slices.Contains(ours, row.Action) {
				t.Errorf("%s is no event of every open state", row.Action)
			}
			reference.AnyOpen = slices.DeleteFunc(reference.AnyOpen, func(a string) bool { return a == row.Action })
		default:
			have = append(have, [3]string{string(row.From), row.Action, string(row.To)})
		}
	}
	if len(reference.AnyOpen) > 0 {
		t.Errorf("events of every open state that are missing: %v", reference.AnyOpen)
	}
	order := func(a, b [3]string) int { return strings.Compare(strings.Join(a[:], " "), strings.Join(b[:], " ")) }
	slices.SortFunc(have, order)
	slices.SortFunc(reference.Transitions, order)
	if !slices.Equal(have, reference.Transitions) || len(have) != 40 || len(reference.States) != 14 {
		t.Errorf("transitions:\n%v\nwant\n%v", have, reference.Transitions)
	}
}

// What is drawn in the documentation is the table.
func TestMachineIsDrawn(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/casework.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := regexp.MustCompile("(?m)^\\| `([a-z_]*|\\*open\\*)` \\| `([a-z_]+)` \\| `([a-z_]*)` \\|").FindAllStringSubmatch(string(raw), -1)
	var rows []string
	for _, d := range drawn {
		rows = append(rows, strings.Join(d[1:], " "))
	}
	var want []string
	for _, row := range machine.Table() {
		want = append(want, strings.Join([]string{string(row.From), row.Action, string(row.To)}, " "))
	}
	slices.Sort(rows)
	slices.Sort(want)
	if !slices.Equal(rows, want) {
		t.Errorf("docs/casework.md draws\n%s\nthe table is\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

// From every state the archive can be reached, and nothing leaves it.
func TestArchiveIsTheEnd(t *testing.T) {
	reaches := map[huiying.CaseState]bool{huiying.StateArchived: true}
	for grew := true; grew; {
		grew = false
		for _, row := range machine.Table() {
			if row.From == huiying.StateArchived {
				t.Errorf("%s leaves the archive", row.Action)
			}
			if row.To != "" && reaches[row.To] && !reaches[row.From] {
				reaches[row.From], grew = true, true
			}
		}
	}
	for _, row := range machine.Table() {
		if row.From != machine.AnyOpen && !reaches[row.From] {
			t.Errorf("the archive cannot be reached from %q", row.From)
		}
	}
}
