package uptime_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/crawler/patrol/uptime"
)

var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// series writes one letter a slot, "." for none, from monday on.
func series(perDay int, letters string) (uptime.Series, time.Time) {
	s := uptime.New(perDay)
	at := monday
	for _, b := range []byte(letters) {
		if b != uptime.Gap {
			s = s.Add(at, b)
		}
		at = at.Add(s.Slot())
	}
	return s, at
}

// Vectors by hand: 24 a day are 168 a week, of which 5 % is 8.4.
func TestShare(t *testing.T) {
	day := strings.Repeat("o", 24)
	week := strings.Repeat(day, 7)
	for _, c := range []struct {
		name                     string
		letters                  string
		probes, closed, gaps     int
		reaches, certain, runs   bool
		perMille, row, slotCount int
	}{
		{"nothing yet", "", 0, 0, 0, false, false, false, 0, 0, 0},
		{"all open", week, 168, 0, 0, false, false, false, 0, 0, 168},
		{"8 of 168 is 4.76 %", "eeeeeeee" + week[8:], 168, 8, 0, false, false, false, 47, 0, 168},
		{"9 of 168 is 5.36 %", "ssssnnnee" + week[9:], 168, 9, 0, true, true, true, 53, 0, 168},
		{"1 of 20 is 5 %, inclusive", strings.Repeat("o", 19) + "s", 20, 1, 0, true, false, true, 50, 1, 20},
		{"1 of 19 is too early to say", strings.Repeat("o", 18) + "s", 19, 1, 0, true, false, false, 52, 1, 19},
		{"9 closed: lost whatever the rest brings", "nnnnnnnnn", 9, 9, 0, true, true, false, 1000, 9, 9},
		{"a refusal is no observation", "oorronr", 4, 1, 3, true, false, false, 250, 1, 7},
		{"half of it gaps: 4 of 84, not enough probes", strings.Repeat("o.", 80) + "n.n.n.n.", 84, 4, 84, false, false, false, 47, 4, 168},
		{"gaps do not thin the share: 7 of 140", strings.Repeat("oooooo.", 19) + "nnnnnnn" + strings.Repeat("oooooo.", 3) + "oo.o.o.", 143, 7, 25, false, false, false, 48, 0, 168},
		{"8 of 140 with 28 gaps", strings.Repeat("ooooo.", 26) + "nnnnnnnno.o.", 140, 8, 28, true, true, true, 57, 0, 168},
		{"the day before last week is forgotten", strings.Repeat("n", 24) + week, 168, 0, 0, false, false, false, 0, 0, 168},
	} {
		s, now := series(24, c.letters)
		h := s.At(now)
		if h.Probes != c.probes || h.Closed != c.closed || h.Gaps != c.gaps || h.Slots != c.slotCount {
			t.Errorf("%s: %+v", c.name, h)
		}
		if h.Reaches(5) != c.reaches || h.Certain(5) != c.certain || h.Running(5) != c.runs || h.PerMille() != c.perMille || h.InRow != c.row {
			t.Errorf("%s: reaches %v certain %v running %v %d‰ row %d", c.name, h.Reaches(5), h.Certain(5), h.Running(5), h.PerMille(), h.InRow)
		}
		if err := s.Check(); err != nil && c.letters != "" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestOneProbeASlot(t *testing.T) {
	s := uptime.New(24)
	s = s.Add(monday.Add(5*time.Minute), uptime.Refused)
	if !s.Due(monday.Add(20 * time.Minute)) {
		t.Error("after a refusal the slot is still due")
	}
	s = s.Add(monday.Add(20*time.Minute), uptime.Silent)
	for _, again := range []time.Duration{21 * time.Minute, 59 * time.Minute, -time.Hour} {
		if at := monday.Add(again); s.Due(at) || s.Add(at, uptime.Open) != s {
			t.Errorf("a second probe %s", again)
		}
	}
	if h := s.At(monday.Add(4 * time.Hour)); h.Probes != 1 || h.Gaps != 3 || h.InRow != 1 {
		t.Errorf("%+v", h)
	}
	long := s.Add(monday.AddDate(0, 1, 0), uptime.Open)
	if h := long.At(monday.AddDate(0, 1, 0)); h.Slots != 168 || h.Gaps != 167 || h.Closed != 0 {
		t.Errorf("after a month of silence: %+v", h)
	}
}

// TestModel: whatever is probed whenever, the share is that of a plain list of
// first probes by slot within the last week.
func TestModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perDay := rapid.SampledFrom([]int{20, 24, 48, 96, 144, 288}).Draw(t, "per day")
		s := uptime.New(perDay)
		model := map[int64]byte{}
		slot := int64(s.Slot() / time.Second)
		at, first := monday, int64(0)
		for i := range rapid.IntRange(1, 120).Draw(t, "probes") {
			at = at.Add(time.Duration(rapid.IntRange(0, 5*int(slot)).Draw(t, "wait")) * time.Second)
			if rapid.IntRange(0, 40).Draw(t, "long") == 0 {
				at = at.AddDate(0, 0, rapid.IntRange(1, 12).Draw(t, "away"))
			}
			found := rapid.SampledFrom([]byte("ooosner")).Draw(t, "found")
			s = s.Add(at, found)
			n := at.Unix() / slot
			if i == 0 {
				first = n
			}
			if old, ok := model[n]; !ok || old == uptime.Refused {
				model[n] = found
			}
		}
		end := at.Unix() / slot
		from := max(first, end-int64(7*perDay)+1)
		want := uptime.Share{Slots: int(end - from + 1), Week: 7 * perDay}
		for n := from; n <= end; n++ {
			switch model[n] {
			case 's':
				want.Slow++
			case 'n':
				want.Silent++
			case 'e':
				want.Failing++
			case 'o':
				want.Probes++
			}
		}
		want.Closed = want.Slow + want.Silent + want.Failing
		want.Probes += want.Closed
		want.Gaps = want.Slots - want.Probes
		got := s.At(at)
		want.InRow = got.InRow
		if got != want || s.Check() != nil {
			t.Fatalf("%+v, want %+v (%v)", got, want, s.Check())
		}
		if got.Reaches(5) != (got.Probes > 0 && 20*got.Closed >= got.Probes) {
			t.Fatal("the share")
		}
	})
}

func TestCheck(t *testing.T) {
	for _, s := range []uptime.Series{{}, {PerDay: 7}, {PerDay: 19}, {PerDay: 24, Slots: "oox"}, {PerDay: 24, Slots: strings.Repeat("o", 169)}} {
		if s.Check() == nil {
			t.Errorf("%+v", s)
		}
	}
}
