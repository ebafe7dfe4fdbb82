package huiying

import "time"

// CaseState is one of the states of a case.
type CaseState string

// The states. Their Chinese names are in the catalogue under case.state.*.
const (
	StatePendingTriage CaseState = "pending_triage" // 待研判
	StateWatching      CaseState = "watching"       // 持续关注
	StateAwaitingAck   CaseState = "awaiting_ack"   // 待签收
	StateHandling      CaseState = "handling"       // 办理中
	StateSuspended     CaseState = "suspended"      // 中止计时
	StateInReview      CaseState = "in_review"      // 待审核
	StateApproved      CaseState = "approved"       // 待发布
	StateResponded     CaseState = "responded"      // 已回应
	StateFollowUp      CaseState = "follow_up"      // 待回访
	StateClosed        CaseState = "closed"         // 已办结
	StateArchived      CaseState = "archived"       // 已归档
	StateMerged        CaseState = "merged"         // 并案
	StateDismissed     CaseState = "dismissed"      // 误报
	StateTransferred   CaseState = "transferred"    // 已转出
)

// Open reports whether work on a case in this state is still owed, so that new
// posts of its topic join it.
func (s CaseState) Open() bool {
	switch s {
	case StateClosed, StateArchived, StateMerged, StateDismissed, StateTransferred, "":
		return false
	}
	return true
}

// Case is where one matter stands: the fold of its steps.
type Case struct {
	No          string    `json:"no"`      // HY20261123-0001
	Version     int       `json:"version"` // how many steps it has
	State       CaseState `json:"state"`
	Level       Level     `json:"level"`
	Title       string    `json:"title"`
	Topic       string    `json:"topic"`
	Rule        string    `json:"rule"`
	Unit        string    `json:"unit"`
	Owner       string    `json:"owner"`   // user id of the responder, "" while only a unit has it
	Drafter     string    `json:"drafter"` // who submitted the current draft
	Reviewer    string    `json:"reviewer"`
	Kind        string    `json:"kind"`        // one of the five kinds of 国办发〔2016〕61号
	Disposition string    `json:"disposition"` // one of the six dispositions
	FirstSeenAt time.Time `json:"first_seen_at"`
	PublishedAt time.Time `json:"published_at"` // of the earliest post; shown beside FirstSeenAt
	OpenedAt    time.Time `json:"opened_at"`
	AssignedAt  time.Time `json:"assigned_at"`
	AckedAt     time.Time `json:"acked_at"`
	RespondedAt time.Time `json:"responded_at"`
	ClosedAt    time.Time `json:"closed_at"`
	Draft       Reply     `json:"draft"`
	Approved    Reply     `json:"approved"`
	Response    Response  `json:"response"`
	Clocks      []Clock   `json:"clocks"`
	Posts       []string  `json:"posts"`
	Returned    int       `json:"returned"` // how often a unit gave it back
}

// Reply is a version of the words to be published, by digest; the words lie
// beside the record so that they can be purged without breaking it.
type Reply struct {
	Digest string    `json:"digest"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Response is the publication: its address or receipt, and when.
type Response struct {
	URL    string    `json:"url"`
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
}

// Clock is one time limit running on a case. Hours run round the clock.
type Clock struct {
	Preset     string    `json:"preset"` // "yq.ack.major"
	StartedAt  time.Time `json:"started_at"`
	DueAt      time.Time `json:"due_at"`
	MetAt      time.Time `json:"met_at"`      // zero while running
	BreachedAt time.Time `json:"breached_at"` // zero while in time; never erased
}

// Step is one row of the record: who did what to which case, from where to
// where. Payload names words by digest. Rows are chained: Hash covers the row
// and Prev, MAC signs Hash with a key the database does not hold.
type Step struct {
	Seq     int64             `json:"seq"` // 1, 2, 3 … over the whole record
	CaseNo  string            `json:"case_no"`
	N       int               `json:"n"` // 1, 2, 3 … within the case
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"` // user id, "rule:<id>" or "system"
	Action  string            `json:"action"`
	From    CaseState         `json:"from"`
	To      CaseState         `json:"to"`
	Payload map[string]string `json:"payload"`
	Prev    string            `json:"prev"`
	Hash    string            `json:"hash"`
	MAC     string            `json:"mac"`
}

// In returns c with every time in the zone loc, for JSON that people read.
func (c Case) In(loc *time.Location) Case {
	for _, t := range []*time.Time{
		&c.FirstSeenAt, &c.PublishedAt, &c.OpenedAt, &c.AssignedAt, &c.AckedAt, &c.RespondedAt, &c.ClosedAt,
		&c.Draft.At, &c.Approved.At, &c.Response.At,
	} {
		*t = inZone(*t, loc)
	}
	clocks := make([]Clock, len(c.Clocks))
	for i, k := range c.Clocks {
		clocks[i] = Clock{k.Preset, inZone(k.StartedAt, loc), inZone(k.DueAt, loc), inZone(k.MetAt, loc), inZone(k.BreachedAt, loc)}
	}
	c.Clocks = clocks
	return c
}
