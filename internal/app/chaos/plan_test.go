package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// fault is one thing that goes wrong.
type fault struct {
	Kind string
	At   string        // the process, "" where the kind says it
	For  time.Duration // how long it lasts
	Rest time.Duration // quiet after it
	Pick int           // what of several it hits
}

func (f fault) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s", f.Kind, f.At)) + " " + f.For.Round(100*time.Millisecond).String()
}

// rooms are the processes of the service; nodes those of the message server.
func rooms() []string {
	return []string{"crawler-1", "crawler-2", "analyzer-1", "analyzer-2", "office"}
}

// kinds are all that can go wrong, with the processes each may hit.
func kinds(nodes []string) map[string][]string {
	return map[string][]string{
		"kill": rooms(), "pause": rooms(), "clock ahead": {"office", "crawler-1", "analyzer-1"}, "clock behind": {"office", "crawler-1", "analyzer-1"},
		"kill node": nodes, "pause node": nodes,
		"disk full": {"office"}, "file limit": append(rooms(), nodes...),
		"rules file cut": {"office"}, "cursor overwritten": nil, "evidence cut": nil,
		"replica stalls": nil, "replica cuts bodies": nil, "replica answers with a login page": nil,
		"receiver hangs after taking": nil, "receiver is busy": nil,
	}
}

// pace is how long faults last and rest.
type pace struct{ least, most, rest time.Duration }

// plan is what goes wrong within d, every kind once in each round and in the
// first whatever d is, in an order, at places and for times that the seed alone
// decides.
func plan(seed uint64, d time.Duration, nodes []string, p pace) []fault {
	chance := rand.New(rand.NewPCG(seed, 0))
	all := kinds(nodes)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	var out []fault
	for spent := time.Duration(0); spent < d; {
		slices.Sort(names)
		chance.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for _, name := range names {
			f := fault{Kind: name, For: p.least + time.Duration(chance.Int64N(int64(p.most-p.least))), Rest: time.Duration(chance.Int64N(int64(p.rest))), Pick: chance.IntN(1 << 20)}
			if places := all[name]; len(places) > 0 {
				f.At = places[f.Pick%len(places)]
			}
			if spent += f.For + f.Rest; spent > d && len(out) >= len(names) {
				return out
			}
			out = append(out, f)
		}
	}
	return out
}

func TestPlan(t *testing.T) {
	nodes := []string{"node-1"}
	p := pace{time.Second, 3 * time.Second, time.Second}
	a, b := plan(7, time.Minute, nodes, p), plan(7, time.Minute, nodes, p)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("one seed, two plans")
	}
	if fmt.Sprint(a) == fmt.Sprint(plan(8, time.Minute, nodes, p)) {
		t.Error("two seeds, one plan")
	}
	played := map[string]bool{}
	for _, f := range a {
		played[f.Kind] = true
	}
	for kind := range kinds(nodes) {
		if !played[kind] {
			t.Errorf("%s is not in a minute", kind)
		}
	}
}
