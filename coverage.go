package huiying

import "time"

// What a visit was made for.
const (
	JobPlanned  = ""         // the source was due
	JobBackfill = "backfill" // a past window is read
	JobWatch    = "watch"    // posts of open cases are looked at again
)

// LedgerEntry is one visit's row in the coverage ledger: what was asked, what
// came, and what is known to be missing.
type LedgerEntry struct {
	Source   string        `json:"source"`
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took"`
	State    SourceState   `json:"state"`
	Pages    int           `json:"pages"`
	Posts    int           `json:"posts"`    // seen on the pages
	Accepted int           `json:"accepted"` // new or changed, handed to the bus
	Capped   bool          `json:"capped"`   // stopped before the end was reached
	Reason   string        `json:"reason"`   // catalogue key of why the state is not ok
	Detail   string        `json:"detail"`   // which page, which status
	NextAt   time.Time     `json:"next_at"`

	Answers AnswerCounts `json:"answers,omitzero"`  // every question put on the wire, by what came back
	Held    int          `json:"held,omitempty"`    // accepted, and too old to alert
	Refused int          `json:"refused,omitempty"` // dropped: their authors do not want to be collected
	Job     string       `json:"job,omitempty"`
}

// AnswerCounts counts the questions of a visit by the class of what came back.
// Each exchange counts once: pages, hops of a redirect and robots.txt alike,
// so that the sum is what the site's own log shows.
type AnswerCounts struct {
	OK          int `json:"ok,omitempty"`
	Empty       int `json:"empty,omitempty"`
	Deleted     int `json:"deleted,omitempty"`
	Unchanged   int `json:"unchanged,omitempty"` // HTTP 304
	Redirected  int `json:"redirected,omitempty"`
	Robots      int `json:"robots,omitempty"` // robots.txt, whatever came back
	LoginWall   int `json:"login_wall,omitempty"`
	Blocked     int `json:"blocked,omitempty"`
	RateLimited int `json:"rate_limited,omitempty"`
	Forbidden   int `json:"forbidden,omitempty"`
	Maintenance int `json:"maintenance,omitempty"`
	Malformed   int `json:"malformed,omitempty"`
	Unreachable int `json:"unreachable,omitempty"` // nothing came back
}

// Asked is how many questions were put.
func (c AnswerCounts) Asked() int {
	return c.Got() + c.Redirected + c.Robots + c.Stopped() + c.Failed()
}

// Got is how many brought an answer: rows, none, "gone" or "as it was".
func (c AnswerCounts) Got() int { return c.OK + c.Empty + c.Deleted + c.Unchanged }

// Stopped is how many met a wall, a ban or a limit.
func (c AnswerCounts) Stopped() int { return c.LoginWall + c.Blocked + c.RateLimited + c.Forbidden }

// Failed is how many brought nothing that can be read.
func (c AnswerCounts) Failed() int { return c.Maintenance + c.Malformed + c.Unreachable }

// Plus adds two counts.
func (c AnswerCounts) Plus(o AnswerCounts) AnswerCounts {
	return AnswerCounts{
		OK: c.OK + o.OK, Empty: c.Empty + o.Empty, Deleted: c.Deleted + o.Deleted, Unchanged: c.Unchanged + o.Unchanged,
		Redirected: c.Redirected + o.Redirected, Robots: c.Robots + o.Robots, LoginWall: c.LoginWall + o.LoginWall,
		Blocked: c.Blocked + o.Blocked, RateLimited: c.RateLimited + o.RateLimited, Forbidden: c.Forbidden + o.Forbidden,
		Maintenance: c.Maintenance + o.Maintenance, Malformed: c.Malformed + o.Malformed, Unreachable: c.Unreachable + o.Unreachable,
	}
}
