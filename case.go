package huiying

import (
	"slices"
	"time"
)

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

// CaseStates lists them, in the order of a case's life.
func CaseStates() []CaseState {
	return []CaseState{
		StatePendingTriage, StateWatching, StateAwaitingAck, StateHandling, StateSuspended, StateInReview, StateApproved,
		StateResponded, StateFollowUp, StateClosed, StateArchived, StateMerged, StateDismissed, StateTransferred,
	}
}

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

	// What not every case has is left out of its JSON. Cases of a version that did
	// not know a field are folded from their record anew, once, at the start.
	Origin     Origin     `json:"origin,omitzero"`      // of the post that opened it
	Helpers    []string   `json:"helpers,omitempty"`    // units that assist the lead unit (协办)
	Settlement string     `json:"settlement,omitempty"` // how it was settled, one of the four of 三到位一处理
	Designated bool       `json:"designated,omitempty"` // the unit was named by decision and may not return it
	Watcher    string     `json:"watcher,omitempty"`    // who put it under watch; another person closes it without action
	MergedInto string     `json:"merged_into,omitempty"`
	Transfer   Transfer   `json:"transfer,omitzero"`
	Drafts     []Reply    `json:"drafts,omitempty"`  // versions of the reply in the present round, the oldest first
	Answers    []Response `json:"answers,omitempty"` // the publications of the present round, each on its own platform
	RoundAt    time.Time  `json:"round_at,omitzero"` // when the present round began; zero in the first one
	Rating     string     `json:"rating,omitempty"`  // the citizen's, one of five grades
	Supervised int        `json:"supervised,omitempty"`
	Files      []File     `json:"files,omitempty"`
	Ladder     Ladder     `json:"ladder,omitzero"`
}

// Answered reports that the present round has its answer. What an earlier round
// answered stays in RespondedAt and Response.
func (c Case) Answered() bool { return len(c.Answers) > 0 }

// RoundSince is from when the answer of the present round is owed.
func (c Case) RoundSince() time.Time {
	if c.RoundAt.IsZero() {
		return c.FirstSeenAt
	}
	return c.RoundAt
}

// Origin is what the post that opened a case is: it decides which time limits
// hold.
type Origin struct {
	Platform string `json:"platform"`
	Kind     string `json:"kind"`
	Intent   string `json:"intent,omitempty"`
}

// Transfer is where a case went that is another organ's to handle.
type Transfer struct {
	Organ   string    `json:"organ"` // police, cyberspace, petition, other
	At      time.Time `json:"at"`
	Receipt string    `json:"receipt,omitempty"` // of the other organ
}

// File is an attachment; its bytes lie beside the record under their digest.
type File struct {
	Digest string    `json:"digest"`
	Name   string    `json:"name"` // by digest as well: file names hold names of people
	Type   string    `json:"type"`
	Size   int64     `json:"size"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// Rung is one step of an escalation policy.
type Rung struct {
	After  time.Duration `json:"after"`  // since the rung before, the first since the ladder began
	Notify []string      `json:"notify"` // unit, user, channel and duty ids
}

// Ladder is the escalation policy as the case was given it, and how far it was
// climbed. What is changed in the policy later does not change it.
type Ladder struct {
	Policy      string        `json:"policy"`
	Rungs       []Rung        `json:"rungs"`
	Repeat      int           `json:"repeat"` // how often it is climbed again from the first rung
	Needs       int           `json:"needs"`  // acknowledgements it takes to stop it; 0 counts as 1
	RemindEvery time.Duration `json:"remind_every"`
	UnackAfter  time.Duration `json:"unack_after"` // of an unanswered reminder

	Next     int       `json:"next"` // the rung to climb next
	Round    int       `json:"round"`
	NextAt   time.Time `json:"next_at,omitzero"`   // zero = nothing to climb
	RemindAt time.Time `json:"remind_at,omitzero"` // zero = nobody to remind
	UnackAt  time.Time `json:"unack_at,omitzero"`  // zero = no reminder is unanswered
	Acks     []string  `json:"acks,omitempty"`     // who acknowledged
}

// IsZero reports that the case has no policy.
func (l Ladder) IsZero() bool { return l.Policy == "" }

// DueAt is when somebody has to look at the ladder next; zero for never.
func (l Ladder) DueAt() time.Time {
	var due time.Time
	for _, t := range []time.Time{l.NextAt, l.RemindAt, l.UnackAt} {
		if !t.IsZero() && (due.IsZero() || t.Before(due)) {
			due = t
		}
	}
	return due
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
	URL      string    `json:"url"`
	Digest   string    `json:"digest"`
	At       time.Time `json:"at"`
	By       string    `json:"by"`
	Platform string    `json:"platform,omitempty"` // where it was given: weibo, portal, hotline …
}

// Clock is one time limit running on a case. Hours run round the clock,
// working days by the calendar whose version it names.
type Clock struct {
	Preset     string    `json:"preset"` // "yq.ack.major"
	StartedAt  time.Time `json:"started_at"`
	DueAt      time.Time `json:"due_at"`
	MetAt      time.Time `json:"met_at"`      // zero while running
	BreachedAt time.Time `json:"breached_at"` // zero while in time; never erased

	Calendar    string      `json:"calendar,omitempty"`    // version of the working calendar that gave DueAt
	Provisional bool        `json:"provisional,omitempty"` // DueAt lies in a year whose calendar is not published
	Pausable    bool        `json:"pausable,omitempty"`
	PausedAt    time.Time   `json:"paused_at,omitzero"` // not zero while the time does not count
	Extended    bool        `json:"extended,omitempty"` // once is all
	Warn        []time.Time `json:"warn,omitempty"`     // warnings still to be given
}

// Running reports whether the clock counts and has not run out.
func (k Clock) Running() bool {
	return k.MetAt.IsZero() && k.BreachedAt.IsZero() && k.PausedAt.IsZero()
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
	c.Clocks, c.Drafts = slices.Clone(c.Clocks), slices.Clone(c.Drafts)
	c.Answers, c.Files = slices.Clone(c.Answers), slices.Clone(c.Files)
	times := []*time.Time{
		&c.FirstSeenAt, &c.PublishedAt, &c.OpenedAt, &c.AssignedAt, &c.AckedAt, &c.RespondedAt, &c.ClosedAt, &c.RoundAt,
		&c.Draft.At, &c.Approved.At, &c.Response.At, &c.Transfer.At, &c.Ladder.NextAt, &c.Ladder.RemindAt, &c.Ladder.UnackAt,
	}
	for i := range c.Clocks {
		k := &c.Clocks[i]
		k.Warn = slices.Clone(k.Warn)
		times = append(times, &k.StartedAt, &k.DueAt, &k.MetAt, &k.BreachedAt, &k.PausedAt)
		for j := range k.Warn {
			times = append(times, &k.Warn[j])
		}
	}
	for i := range c.Drafts {
		times = append(times, &c.Drafts[i].At)
	}
	for i := range c.Answers {
		times = append(times, &c.Answers[i].At)
	}
	for i := range c.Files {
		times = append(times, &c.Files[i].At)
	}
	for _, t := range times {
		*t = inZone(*t, loc)
	}
	if c.Clocks == nil {
		c.Clocks = []Clock{}
	}
	return c
}
