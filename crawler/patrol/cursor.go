package patrol

import (
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler/patrol/uptime"
)

// cursor is what an inspection remembers: probes, how far the round and the
// letters were read, and what was told. It holds addresses and dates, no words
// of citizens and no authors.
type cursor struct {
	Series  uptime.Series       `json:"series"`
	Round   round               `json:"round"`
	Letters mailbag             `json:"letters"`
	Done    map[string]int64    `json:"done"` // job → when it last ended, unix seconds
	Open    map[string]incident `json:"open"` // by check and object; over ones for a day
}

func readCursor(raw json.RawMessage, perDay int) (cursor, error) {
	c := cursor{Done: map[string]int64{}, Open: map[string]incident{}, Series: uptime.New(perDay)}
	if len(raw) == 0 {
		return c, nil
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	if c.Done == nil {
		c.Done = map[string]int64{}
	}
	if c.Open == nil {
		c.Open = map[string]incident{}
	}
	if c.Series.PerDay != perDay || c.Series.Check() != nil {
		c.Series = uptime.New(perDay) // probes of another length are not comparable
	}
	if c.Round.check() != nil {
		c.Round = round{}
	}
	return c, nil
}

// incident is one thing that was told, with the words it was told in.
type incident struct {
	Finding huiying.Finding `json:"f"`
	Title   string          `json:"t"`
	Text    string          `json:"x"`
	URL     string          `json:"u"`
	Object  string          `json:"o"`
	Proof   string          `json:"p,omitempty"`
	Began   int64           `json:"b"` // unix seconds
	At      int64           `json:"a"` // when it was last told
}

// kept is how long an incident that is over is remembered.
const kept = 24 * time.Hour

func keyOf(check, object string) string { return check + "\n" + object }

// post is the incident as it is told. Its id names check, object and the day
// it began.
func (i incident) post(v *visit) huiying.Post {
	began := time.Unix(i.Began, 0).In(v.Zone)
	f := i.Finding
	return huiying.Post{
		ID:     huiying.PlatformPortal + ":" + v.opt.Home.Host + "/" + huiying.DeriveID("f", f.Check, i.Object, began.Format(time.DateOnly)),
		Source: v.Source.ID, Platform: huiying.PlatformPortal, Kind: huiying.KindFinding,
		URL: i.URL, Title: i.Title, Text: i.Text, Author: huiying.Author{Verified: "none"},
		PublishedAt: began.UTC(), PublishedPrecision: huiying.PrecisionSecond, CollectedAt: time.Unix(i.At, 0).UTC(),
		Evidence: i.Proof, Finding: &f,
	}
}
