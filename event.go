package huiying

import "time"

// EventType is the CloudEvents type of an Event.
const EventType = "huiying.event.v1"

// Untagged is the rule token of an event that no rule tagged.
const Untagged = "untagged"

// Event is the analyzer's judgement of one revision of a post, as a
// CloudEvents 1.0 JSON envelope. docs/events.md is its contract; fields are
// only ever added.
type Event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`      // post id@revision
	Source          string    `json:"source"`  // "huiying/analyzer"
	Type            string    `json:"type"`    // EventType
	Subject         string    `json:"subject"` // post id
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            Judgement `json:"data"`
}

// Judgement is what the analyzer found, each part with its reasons.
type Judgement struct {
	Post         Post           `json:"post"`
	Tags         []Tag          `json:"tags"`
	Keywords     []Keyword      `json:"keywords"`
	Intent       *Intent        `json:"intent,omitempty"`
	Sentiment    *Sentiment     `json:"sentiment,omitempty"`
	DuplicateOf  string         `json:"duplicate_of,omitempty"`
	Topic        string         `json:"topic,omitempty"`
	Places       []string       `json:"places,omitempty"`
	ServiceItems []string       `json:"service_items,omitempty"`
	Routing      []Route        `json:"routing,omitempty"`
	Documents    []DocumentName `json:"documents,omitempty"`
	PersonalData []PersonalData `json:"personal_data,omitempty"`
	Level        Level          `json:"level"`
	LevelWhy     []string       `json:"level_why"`
	Failed       []FailedStep   `json:"failed,omitempty"`
}

// Tag says that a rule holds for the post, and where. Notify is the rule's own
// list of recipients (unit, user or channel ids).
type Tag struct {
	Rule    string   `json:"rule"`
	Name    string   `json:"name"`
	Level   Level    `json:"level"`
	Notify  []string `json:"notify,omitempty"`
	Matches []Match  `json:"matches"`
}

// Match is one place where a term of a rule was found: half-open rune offsets
// in the field as received.
type Match struct {
	Field string `json:"field"` // title or text
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// Keyword is a weighty word of the post (TF-IDF).
type Keyword struct {
	Word   string  `json:"word"`
	Weight float64 `json:"weight"`
}

// Why is one word and how much it counted.
type Why struct {
	Text   string  `json:"text"`
	Weight float64 `json:"weight"`
}

// Intents lists what an author may want of the office.
func Intents() []string {
	return []string{"complaint", "report", "help", "enquiry", "suggestion", "praise", "other"}
}

// Sentiments lists the tones.
func Sentiments() []string { return []string{"negative", "neutral", "positive"} }

// Intent is what the author wants of the office: one of Intents. Unsure says
// that the label is only the likeliest: no rule is held against it.
type Intent struct {
	Label  string  `json:"label"`
	Score  float64 `json:"score"`
	Unsure bool    `json:"unsure,omitempty"`
	Why    []Why   `json:"why"`
}

// Sentiment is the tone: one of Sentiments.
type Sentiment struct {
	Label         string             `json:"label"`
	Unsure        bool               `json:"unsure,omitempty"`
	Probabilities map[string]float64 `json:"probabilities"`
	Why           []Why              `json:"why"`
}

// Route is a unit that may be responsible. Unit is "" for a department that the
// office has given no unit for.
type Route struct {
	Unit  string  `json:"unit"`
	Name  string  `json:"name"`
	Score float64 `json:"score"`
	Why   []Why   `json:"why,omitempty"`
}

// DocumentName is a place where an official document, a law or a policy is
// named. Kind: number (文号), title (《…》), law, policy.
type DocumentName struct {
	Kind  string `json:"kind"`
	Name  string `json:"name"` // normalised: 国发〔2019〕12号
	Field string `json:"field"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// PersonalData is a place where a phone, ID-card, bank-card or passport number,
// an e-mail address, an account or an address stands; screens, exports and
// alerts mask it.
type PersonalData struct {
	Kind  string `json:"kind"`
	Field string `json:"field"`
	Start int    `json:"start"`
	End   int    `json:"end"`
}

// FailedStep is a part of the analysis that could not be done for this post.
type FailedStep struct {
	Step string `json:"step"`
	Why  string `json:"why"`
}

// TopTag is the tag that names the event: the highest level, then the order of
// the rules file (the order of Tags). ok is false where nothing tagged it.
func (j Judgement) TopTag() (tag Tag, ok bool) {
	for _, t := range j.Tags {
		if !ok || t.Level.Rank() > tag.Level.Rank() {
			tag, ok = t, true
		}
	}
	return tag, ok
}

// SubjectRule is the last token of the event's NATS subject.
func (j Judgement) SubjectRule() string {
	if tag, ok := j.TopTag(); ok {
		return tag.Rule
	}
	return Untagged
}

// In returns e with every time in the zone loc.
func (e Event) In(loc *time.Location) Event {
	e.Time = inZone(e.Time, loc)
	e.Data.Post = e.Data.Post.In(loc)
	return e
}

// NewEvent wraps a judgement made at the given time.
func NewEvent(j Judgement, at time.Time) Event {
	return Event{
		SpecVersion:     "1.0",
		ID:              j.Post.MessageID(),
		Source:          "huiying/analyzer",
		Type:            EventType,
		Subject:         j.Post.ID,
		Time:            at,
		DataContentType: "application/json",
		Data:            j,
	}
}
