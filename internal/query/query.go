// Package query is what pages, the API and reports ask of the stored data, and
// the shape of the answers: types alone, so that those who ask and those who
// answer need not know each other. It imports only the root and refuses to
// hold behaviour beyond what its values say of themselves.
package query

import (
	"io"
	"slices"
	"time"

	"huiying"
)

// Scope is whose eyes a question is asked for. The zero Scope sees nothing
// that belongs to a unit.
type Scope struct {
	All  bool   // every unit's matters
	Unit string // else those of this unit
}

// Name is the scope as it is kept beside what was made with it.
func (s Scope) Name() string {
	if s.All {
		return "all"
	}
	return "unit:" + s.Unit
}

// Sees reports whether a matter of the unit is in the scope.
func (s Scope) Sees(unit string) bool { return s.All || (s.Unit != "" && s.Unit == unit) }

// SeesCase reports whether the unit of the scope leads the case or assists.
func (s Scope) SeesCase(c huiying.Case) bool {
	return s.Sees(c.Unit) || s.Unit != "" && slices.Contains(c.Helpers, s.Unit)
}

// PostFilter says which posts to list, the newest arrival first; an empty
// field does not restrict.
type PostFilter struct {
	Scope    Scope // limits to posts of the unit's cases unless All
	Levels   []huiying.Level
	Source   string
	Platform string
	Rule     string
	CaseNo   string
	Topic    string
	IDs      []string
	Text     string    // in title or text, as written
	Tagged   bool      // only posts that a rule holds for
	Untended bool      // only tagged posts without a case that nobody set aside
	From, To time.Time // of collection, half-open
	Before   int64     // only rows whose N is smaller: the last of the page before
	Limit    int       // 0 = 50
}

// PostRow is one post as it is listed.
type PostRow struct {
	N           int64             // order of arrival
	Judgement   huiying.Judgement // with the level and places that count
	Judged      Judged            // those before a person put them right
	Revision    string
	FirstSeenAt time.Time
	CaseNo      string
	Triaged     bool
}

// PostList is one page of posts.
type PostList struct {
	Rows  []PostRow
	Next  int64 // for PostFilter.Before; 0 at the end
	Total int   // how many the filter holds for, at most Cap
	More  bool  // there are more than Total
}

// Cap is the largest number that lists count to.
const Cap = 10_000

// PostPage is one post with its history.
type PostPage struct {
	PostRow
	Revisions   []Revision   // the oldest first
	Corrections []Correction // the oldest first
	Topic       string       // its topic now; a person may have decided of it since it was judged
	Similar     int          // other posts of its topic
}

// Corrected is the correction of a field that counts; ok is false when nobody
// has put it right.
func (p PostPage) Corrected(field string) (c Correction, ok bool) {
	for _, one := range p.Corrections {
		if one.Field == field {
			c, ok = one, true
		}
	}
	return c, ok
}

// Revision is one state of a post as it was collected.
type Revision struct {
	Revision    string
	CollectedAt time.Time
	Post        huiying.Post
}

// AlertFilter says which alerts to list, the newest first.
type AlertFilter struct {
	ID     string // only this one
	Reader string // whose own reminders are shown
	Scope  Scope
	Levels []huiying.Level
	Unit   string
	Person string // only those delivered to this person
	Unread bool   // only those nobody acknowledged
	CaseNo string
	From   time.Time // raised since
	Before time.Time // raised before
	After  string    // of those raised at Before itself, the ids behind this one as well
	Limit  int       // 0 = 50
}

// AlertRow is one alert with what became of it.
type AlertRow struct {
	Tellings   []huiying.Telling // what was decided about telling people
	Alert      huiying.Alert
	Deliveries []huiying.Delivery
	AckedAt    time.Time // by anybody, zero when by nobody
	AckedBy    string
	CaseState  huiying.CaseState // "" below orange
	RemindAt   time.Time         // when the reader is reminded, as they asked; zero = not
	Post       PostRow           // empty when it is not archived yet
}

// AlertList is one page of alerts.
type AlertList struct {
	Rows   []AlertRow
	Next   time.Time // for AlertFilter.Before; zero at the end
	NextID string    // for AlertFilter.After
	Total  int
}

// Overview is the figures of the first page.
type Overview struct {
	DataAt         time.Time // of the newest post
	PostsToday     int
	PostsBefore    int // yesterday up to the same time of day
	Urgent         int // red and orange alerts of today
	UrgentOpen     int // of them, those nobody acknowledged
	Waiting        int // items to triage
	OldestWaiting  time.Time
	Overdue        int
	LongestOverdue time.Time // when the clock missed longest ago was due
	FirstResponse  time.Duration
	Responded      int // cases FirstResponse is the median of
	OnTime         int // of the last 30 days' answers, those in time
	Answered       int // answers of the last 30 days
	OverdueOpen    int // missed and still unanswered: the honest denominator adds them
	Hours          []Hour
}

// Hour is one hour of posts by level.
type Hour struct {
	From  time.Time
	Count map[huiying.Level]int
}

// SourceRow is how one source did in the last 24 hours.
type SourceRow struct {
	Source   string
	Last     huiying.LedgerEntry // zero when it was never visited
	Visits   int
	Failed   int // state neither ok nor empty
	Posts    int
	Accepted int
	Capped   int
	Hours    []SourceHour // 24, the oldest first
	LastOK   time.Time    // the last visit that ended well
	Due      time.Time    // when it is visited next, zero when it is not
	Total    Sums
	Gaps     []Gap // the oldest first
}

// SourceHour is one hour of one source.
type SourceHour struct {
	From   time.Time
	Visits int
	Failed int
	Posts  int
	Capped int
	Worst  huiying.SourceState // "" without a visit
	Gaps   []string            // kinds of the gaps that touch it
}

// Backfill is a person asking for a past window of a source to be read.
type Backfill struct {
	Source   string
	Actor    huiying.Actor
	From, To time.Time // publication times, half-open
}

// RegisterRow is a source's row in the register of automated collection
// (网络数据安全管理条例 §18). It holds no secret of the source.
type RegisterRow struct {
	Source   huiying.Source `json:"source"`          // without its options
	Host     string         `json:"host"`            // that is asked, "" where the source asks none
	Delay    time.Duration  `json:"delay"`           // between two questions to it, in nanoseconds as Source.Every
	Hours    string         `json:"hours,omitempty"` // in which it is asked, "" = always
	PerDay   int            `json:"per_day"`         // questions a day, 0 = no limit
	Agent    string         `json:"agent"`           // what we call ourselves
	Standing string         `json:"standing"`        // of the basis: none, in_force, expiring, expired
}

// Standings of a register row.
const (
	RegisterNone     = "none"
	RegisterInForce  = "in_force"
	RegisterExpiring = "expiring" // within thirty days
	RegisterExpired  = "expired"
)

// StandingOf judges a row of the register.
func StandingOf(r huiying.Register, now time.Time) string {
	switch {
	case r.Basis == "" && r.Reference == "" && r.Holder == "":
		return RegisterNone
	case !r.Covers(now):
		return RegisterExpired
	case !r.Covers(now.AddDate(0, 0, 30)):
		return RegisterExpiring
	}
	return RegisterInForce
}

// Proof is the page that a revision of a post was read from. Name is "" where
// it could not be kept.
type Proof struct {
	Name        string // sha256:… of the bytes
	URL         string
	CollectedAt time.Time
	PinnedAt    time.Time // since when it is kept for the case, zero = not yet
	Gone        bool      // it was dropped before the case needed it
}

// ProofOpening is a person opening evidence. Name "" is the newest page.
type ProofOpening struct {
	CaseNo, Post, Name, Reason string
	Actor                      huiying.Actor
}

// Page is opened evidence.
type Page struct {
	Proof
	Raw  []byte // as received
	Text string // decoded, for reading
}

// Opened is a row of who opened evidence of a case.
type Opened struct {
	At     time.Time
	By     string
	Detail string
}

// Switch is whether all collection is stopped, by whom and why.
type Switch struct {
	Stopped bool      `json:"stopped"`
	By      string    `json:"by"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
}

// NewRefusal is a request not to be collected any more, as an officer records
// it. Keys are pseudonyms of the author (p-…).
type NewRefusal struct {
	Platform  string
	Keys      []string
	Reason    string // person, guardian or authority
	Reference string // the office's own number of the request
	Actor     huiying.Actor
}

// Refuser says who refuses: by the platform's id, by the name that is shown
// there, or as the author of a post. What names a person is kept nowhere.
type Refuser struct {
	Platform, AuthorID, AuthorName string
	Post                           string
}

// Refusal is a request not to be collected any more and how far it was met.
type Refusal struct {
	ID        string    `json:"id"`
	Platform  string    `json:"platform"`
	Reason    string    `json:"reason" enum:"person,guardian,authority"`
	Reference string    `json:"reference" doc:"The office's own number of the request"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	LiftedBy  string    `json:"lifted_by,omitempty"`
	LiftedAt  time.Time `json:"lifted_at,omitzero"` // zero while it is in force
	Purge
}

// RefusalReasons are the reasons a refusal is recorded for. Free words might
// name the person.
func RefusalReasons() []string { return []string{"person", "guardian", "authority"} }

// RefusalPlatforms are those whose posts are collected rather than handed over.
func RefusalPlatforms() []string {
	return []string{
		huiying.PlatformWeibo, huiying.PlatformForum, huiying.PlatformPortal, huiying.PlatformFeed, huiying.PlatformNews, huiying.PlatformWechat,
	}
}

// Purge is what was removed for a refusal, and what the last look found left.
type Purge struct {
	Posts     int       `json:"posts" doc:"Posts removed"`
	Revisions int       `json:"revisions"`
	Pages     int       `json:"pages" doc:"Sealed pages removed"`
	Messages  int       `json:"messages" doc:"Messages overwritten on the bus"`
	Left      int       `json:"left" doc:"What the last look through everything found"`
	CheckedAt time.Time `json:"checked_at,omitzero"`
	PurgedAt  time.Time `json:"purged_at,omitzero" doc:"When a look through everything found nothing more"`
}

// Handovers is a person bringing hand-overs of a source in.
type Handovers struct {
	Source string
	Lang   string // of what the answer says
	Body   []byte // JSON: one huiying.Handover, an array, or an object with the array under "handovers"
}

// Upload is a person bringing a sheet of hand-overs in.
type Upload struct {
	Source string
	Lang   string
	Name   string    // of the file, as the person knows it
	File   io.Reader // xlsx or csv
}

// Uploaded is what came of a sheet.
type Uploaded struct {
	huiying.Intake        // Errors holds the first hundred
	Refused        int    // rows that were given back
	Sheet          []byte // xlsx of those rows with what is wrong, nil when there are none
}
