package casework_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/casework"
)

// The table is deterministic, and every state it leads to can be left again or
// is an end.
func TestMachineIsDeterministic(t *testing.T) {
	seen := map[[2]string]bool{}
	for _, row := range casework.Machine() {
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
		"approve": huiying.StateResponded, "publish": huiying.StateClosed, "submit": huiying.StateApproved,
	} {
		if reachable(without)[state] {
			t.Errorf("%s can be reached without %s", state, without)
		}
	}
	for _, row := range casework.Machine() {
		if row.To != "" && !reachable("")[row.To] {
			t.Errorf("%s is unreachable", row.To)
		}
	}
}

func reachable(without string) map[huiying.CaseState]bool {
	got := map[huiying.CaseState]bool{"": true}
	for grew := true; grew; {
		grew = false
		for _, row := range casework.Machine() {
			if row.Action != without && got[row.From] && row.To != "" && !got[row.To] {
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
	for _, row := range casework.Machine() {
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

// The table is a part of the whole machine in the reference.
func TestMachineIsPartOfReference(t *testing.T) {
	raw, err := os.ReadFile("../../../shared/reference/response-case-machine.json")
	if err != nil {
		t.Skip("the reference machine is not on this computer")
	}
	var reference struct {
		Transitions [][3]string `json:"transitions"`
		AnyOpen     []string    `json:"any_open_events"`
	}
	if err := json.Unmarshal(raw, &reference); err != nil {
		t.Fatal(err)
	}
	for _, row := range casework.Machine() {
		switch row.From {
		case "":
		case "*open*":
			if !slices.Contains(reference.AnyOpen, row.Action) {
				t.Errorf("%s is no event of every open state", row.Action)
			}
		default:
			if !slices.Contains(reference.Transitions, [3]string{string(row.From), row.Action, string(row.To)}) {
				t.Errorf("%s from %s to %s is not in the reference", row.Action, row.From, row.To)
			}
		}
	}
}
