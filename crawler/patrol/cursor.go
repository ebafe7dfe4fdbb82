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
	Last    last                `json:"last"` // what the round and the handshake before showed
}

// last is what is shown of the site while the next round is under way.
type last struct {
	Ended   int64           `json:"e,omitempty"` // unix seconds; 0 = no round has ended
	Links   int             `json:"l,omitempty"` // addresses
	Pages   int             `json:"p,omitempty"` // read
	Unread  int             `json:"u,omitempty"` // pages and addresses beyond the bounds
	Unsaid  int             `json:"x,omitempty"` // that could not or may not be asked
	Columns []seen          `json:"c,omitempty"`
	Cert    *handshake      `json:"h,omitempty"`
	Again   map[string]look `json:"a,omitempty"` // incidents looked at on demand
}

// handshake is the certificate as it was seen last.
type handshake struct {
	At       int64  `json:"a"`
	NotAfter int64  `json:"n"`
	Left     int    `json:"l"` // days
	Name     string `json:"m,omitempty"`
	Chain    string `json:"c,omitempty"`
}

// look is what came of a look on demand.
type look struct {
	At   int64  `json:"a"`
	Came string `json:"c"` // over, still, unasked, round
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
