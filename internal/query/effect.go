package query

import (
	"time"

	"huiying"
)

// Kinds of what is linked to an event.
const (
	PaperPolicy   = "policy"   // 政策文件
	PaperText     = "text"     // 文字解读
	PaperGraphic  = "graphic"  // 图解
	PaperVideo    = "video"    // 视频解读
	PaperPress    = "press"    // 新闻发布
	PaperQuestion = "question" // 在线问答
)

// InterpretationKinds lists them, in the order in which they are offered.
func InterpretationKinds() []string {
	return []string{PaperText, PaperGraphic, PaperVideo, PaperPress, PaperQuestion, PaperPolicy}
}

// Interpretation is a policy document or an interpretation of one (解读) that
// was linked to an event.
type Interpretation struct {
	ID     string
	Topic  string // the event
	Kind   string // one of InterpretationKinds
	Title  string
	URL    string    // "" = none
	At     time.Time // published
	By     string
	MadeAt time.Time

	RemovedBy string // "" = it stands
	RemovedAt time.Time
	Reason    string
}

// InterpretationRemoval takes one away from its event.
type InterpretationRemoval struct {
	Topic, ID, Reason string
	Actor             huiying.Actor
}

// What is said of a change.
const (
	EffectFew  = "few"  // too few posts, nothing is said
	EffectFell = "fell" // the interval lies below no change
	EffectRose = "rose" // above it
	EffectSame = "same" // it holds no change
)

// Shares that are compared: of posts whose tone, or whose intent, is sure.
const (
	ShareNegative  = "negative"
	SharePositive  = "positive"
	ShareComplaint = "complaint" // complaints and reports of misconduct
	ShareEnquiry   = "enquiry"   // enquiries and calls for help
)

// EffectShares lists them.
func EffectShares() []string {
	return []string{ShareNegative, SharePositive, ShareComplaint, ShareEnquiry}
}

// EffectPost is a post as effects see it.
type EffectPost struct {
	ID           string
	At           time.Time
	Tone, Intent string // "" = nobody is sure
	Official     bool   // by a government account: not opinion
}

// EffectAsk says which moment: two windows of the same length end and begin
// with it. They are shortened, both, to what lies between Begin and End.
type EffectAsk struct {
	At, Begin, End time.Time
	Span           time.Duration
}

// Bounds is an interval of 95 per cent.
type Bounds struct{ Low, High float64 }

// EffectCount is a share in one window.
type EffectCount struct {
	In, Rest []string // posts
	Bounds            // by Wilson
}

// N and Of are the share's counts.
func (c EffectCount) N() int  { return len(c.In) }
func (c EffectCount) Of() int { return len(c.In) + len(c.Rest) }

// EffectShare is a share before and after, and the interval of its change.
type EffectShare struct {
	ID            string
	Before, After EffectCount
	Change        Bounds // after less before, by Newcombe
	Verdict       string
}

// Effect is opinion before and after a moment.
type Effect struct {
	EffectAsk
	Cut           bool // the windows are shorter than Span
	Window        time.Duration
	Before, After []string // posts
	Ratio         float64  // of after to before; 0 where nothing was before
	Bounds                 // of the ratio
	Dispersion    float64  // of counts against Poisson, at least 1
	Verdict       string   // of the ratio
	Shares        []EffectShare
}

// EffectSpans are how long the windows may be; the second is the default.
func EffectSpans() []time.Duration {
	return []time.Duration{24 * time.Hour, 72 * time.Hour, 7 * 24 * time.Hour}
}
