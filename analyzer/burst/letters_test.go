package burst_test

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying/analyzer/burst"
)

// Letters to one city over a year, all as one key: nothing is known to have
// burst in it, so more than one alarm a month is too many.
func TestLetters(t *testing.T) {
	times := letters(t)
	since := time.Date(2019, 1, 1, 0, 0, 0, 0, zone)
	d := burst.New(zone, since)
	told, now := 0, since
	step := func() {
		if a := d.Step("letters", now); a.Changed && a.State == burst.Burst {
			told++
			t.Logf("%s: %d in %d h, expected %.1f, p %.1e, since %s", now.Format("2006-01-02 15:04"), a.Window.Count, a.Window.Hours, a.Window.Expected, a.Window.P, a.Since.Format("15:04"))
		}
	}
	for _, at := range times {
		for next := now.Truncate(time.Hour).Add(time.Hour); !next.After(at); next = next.Add(time.Hour) {
			now = next
			step()
		}
		d.Add("letters", at)
		now = at
		step()
	}
	months := times[len(times)-1].Sub(since).Hours() / 24 / 30
	t.Logf("%d letters in %.1f months: %d alarms", len(times), months, told)
	if float64(told) > months {
		t.Errorf("%d alarms in %.1f months", told, months)
	}
}

// letters gives the times of the letters of 2019 on in order, without those
// known only to the day.
func letters(t *testing.T) (times []time.Time) {
	t.Helper()
	f, err := os.Open("../../../shared/data/complaints_timed.tsv")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the letters are not beside the project")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		_, rest, _ := strings.Cut(lines.Text(), "\t")
		written, _, _ := strings.Cut(rest, "\t")
		at, err := time.ParseInLocation("2006/1/2 15:04:05", strings.ReplaceAll(written, "-", "/"), zone)
		if err != nil {
			t.Fatalf("time %q: %v", written, err)
		}
		if at.Year() >= 2019 && at.Format("150405") != "000000" {
			times = append(times, at)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}
