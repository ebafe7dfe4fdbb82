package query_test

import (
	"fmt"
	"testing"
	"time"

	"huiying/internal/query"
)

func TestLaterChoices(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	for now, want := range map[string]string{
		"2026-11-30 09:10": "hour 11-30 10:10, afternoon 11-30 14:30, morning 12-01 08:30, ",
		"2026-11-30 14:30": "hour 11-30 15:30, morning 12-01 08:30, ",
		"2026-12-31 23:40": "hour 01-01 00:40, morning 01-01 08:30, ",
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", now, zone)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range query.LaterChoices(at) {
			got += fmt.Sprintf("%s %s, ", c.Name, c.Until.Format("01-02 15:04"))
		}
		if got != want {
			t.Errorf("%s: %s", now, got)
		}
	}
}
