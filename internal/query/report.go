package query

import (
	"time"

	"huiying"
)

// Kinds of reports (日报, 周报, 月报, 专报).
const (
	ReportDaily   = "daily"
	ReportWeekly  = "weekly"
	ReportMonthly = "monthly"
	ReportSpecial = "special"
)

// ReportKinds lists them.
func ReportKinds() []string { return []string{ReportDaily, ReportWeekly, ReportMonthly, ReportSpecial} }

// States of a report (草稿, 待审, 已发).
const (
	ReportDraft    = "draft"
	ReportReview   = "review"
	ReportReleased = "released"
)

// ReportStates lists them.
func ReportStates() []string { return []string{ReportDraft, ReportReview, ReportReleased} }

// What is done with a report.
const (
	ReportMade    = "make"
	ReportWrite   = "write"
	ReportRefresh = "refresh" // count the figures anew
	ReportAdd     = "add"     // a post to quote
	ReportDrop    = "drop"    // a post that a person added
	ReportSubmit  = "submit"
	ReportReturn  = "return"
	ReportRelease = "release"
)

// ReportFormats lists what a report is given out as.
func ReportFormats() []string { return []string{"docx", "xlsx", "html"} }

// Report is a report on a period or an event. Facts are the figures as they
// were counted, in the form that only internal/report/periodic knows.
type Report struct {
	ID          string            `json:"id"`
	Kind        string            `json:"kind" enum:"daily,weekly,monthly,special"`
	Event       string            `json:"event,omitempty" doc:"Of a special report: the event it is about"`
	Title       string            `json:"title"`
	From        time.Time         `json:"from"`
	To          time.Time         `json:"to" doc:"Not included"`
	State       string            `json:"state" enum:"draft,review,released"`
	Version     int               `json:"version" doc:"Goes up with everything that is done"`
	Remark      string            `json:"remark,omitempty" doc:"Why it was made late"`
	Schedule    string            `json:"schedule,omitempty"`
	CreatedBy   string            `json:"created_by"`
	CreatedAt   time.Time         `json:"created_at"`
	SubmittedBy string            `json:"submitted_by,omitempty"`
	SubmittedAt time.Time         `json:"submitted_at,omitzero"`
	ReleasedBy  string            `json:"released_by,omitempty"`
	ReleasedAt  time.Time         `json:"released_at,omitzero"`
	HeadSeq     int64             `json:"head_seq" doc:"Of the record when the figures were counted"`
	HeadHash    string            `json:"head_hash"`
	PostsUpto   int64             `json:"-"`
	Texts       map[string]string `json:"texts,omitzero" doc:"By place; not in lists"`
	Facts       []byte            `json:"-"`
}

// ReportQuote is a post that a report quotes.
type ReportQuote struct {
	Post   string
	Words  string // masked; "" once they were removed by law
	Chosen bool   // a person added it
	By     string
}

// ReportStep is one thing that was done with a report.
type ReportStep struct {
	N      int       `json:"n"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Action string    `json:"action"`
	Note   string    `json:"note,omitempty"`
}

// ReportFilter narrows the list of reports; "" is any.
type ReportFilter struct {
	Kind   string
	State  string
	Before string // id of the last one of the page before
	Limit  int

	Told, ToldUnit string // released ones alone that this person, or this unit, was told of; Told "" = all
}

// ReportList is one page of reports, the latest period first.
type ReportList struct {
	Rows  []Report
	Next  string // Before of the page that follows, "" = none
	Count map[string]int
}

// ReportAsk asks for a report to be drafted. Of a daily, weekly or monthly From
// says which; of a special report Event does.
type ReportAsk struct {
	Account  Account
	Kind     string
	From, To time.Time // half-open; To zero = as the kind has it
	Event    string
	Title    string
}

// ReportDo is somebody doing something with a report.
type ReportDo struct {
	Account Account
	ID      string
	Version int // that was looked at
	Action  string
	Note    string
	Texts   map[string]string // of ReportWrite: by place, "" empties it, what is not named stays
	Post    string            // of ReportAdd and ReportDrop
	Posts   []string          // of ReportAdd instead: several; those that are quoted already stay as they are
	Tell    []string          // of ReportRelease: people and units
}

// ReportTelling is somebody who is told of a released report.
type ReportTelling struct {
	Receiver   string           `json:"receiver"`
	By         string           `json:"by"`
	AskedAt    time.Time        `json:"asked_at"`
	ToldAt     time.Time        `json:"told_at,omitzero"`
	Alert      string           `json:"-"`
	Deliveries []ReportDelivery `json:"deliveries"`
}

// ReportDelivery is one message about it on its way.
type ReportDelivery struct {
	ID      string                `json:"id"`
	Person  string                `json:"person"`
	Channel string                `json:"channel"`
	State   huiying.DeliveryState `json:"state"`
	Error   string                `json:"error,omitempty"`
}

// ReportSchedule has reports made by themselves.
type ReportSchedule struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind" enum:"daily,weekly,monthly"`
	Cron       string    `json:"cron" doc:"Minute, hour, day, month, weekday in the office's time" example:"0 9 * * *"`
	Workdays   bool      `json:"workdays" doc:"On working days alone: a daily then covers the days off before it as well, a weekly or monthly waits for the next working day"`
	Recipients []string  `json:"recipients" doc:"People and units who are told once it is released"`
	Unreviewed bool      `json:"unreviewed" doc:"Of a daily: released at once, figures alone"`
	Active     bool      `json:"active"`
	NextAt     time.Time `json:"next_at,omitzero"`
	CoveredAt  time.Time `json:"covered_at,omitzero" doc:"End of the last period that was reported"`
	RanAt      time.Time `json:"ran_at,omitzero"`
	Problem    string    `json:"problem,omitempty" doc:"Of the last run"`
	By         string    `json:"by"`
	At         time.Time `json:"at"`
}

// ReportPage is a report with everything around it.
type ReportPage struct {
	Report
	Paper    []PaperBlock
	Places   []ReportPlace   // of free text, in the order of the paper
	Steps    []ReportStep    // none for those who see one unit's matters alone
	Chosen   []ReportQuote   // posts that people added; likewise
	Tellings []ReportTelling // of those, the own ones
	Compared bool            // it was counted again
	Changed  int             // where it was: figures that say something else by now
	Restated []PaperBlock    // of a released one: these figures, as released and now
	Mine     bool            // the account had a hand in it and may not release it
}

// ReportPlace is a place of free text.
type ReportPlace struct {
	ID       string
	Longest  int // characters
	Required bool
	Text     string
}

// PaperBlock is one block of a paper as pages show it: a heading, paragraph,
// list, table or gap.
type PaperBlock struct {
	Kind    string // heading, text, list, table, gap
	Level   int    // of a heading, 2 to 4
	Runs    []PaperRun
	Items   [][]PaperRun // of a list
	Ordered bool
	Caption string // of a table
	Head    []string
	Rows    [][][]PaperRun
	Folded  bool // the numbers of a chart
}

// PaperRun is a piece of text, locked to a figure or free.
type PaperRun struct {
	Text   string
	Figure string
	Mark   string // missing, changed
}

// ReportFigure is one figure with what makes it up.
type ReportFigure struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Value string    `json:"value" doc:"As the paper has it"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Query string    `json:"query" doc:"What it counts"`
	In    []string  `json:"in" doc:"Numbers of cases, ids of posts, alerts or sources"`
	Rest  []string  `json:"rest" doc:"Of a rate: those that the denominator has beside"`
}

// ReportFile is a report as a file.
type ReportFile struct {
	Name   string
	Type   string
	Policy string // of a page: what it may load
	Body   []byte
}
