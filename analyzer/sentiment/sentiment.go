// Package sentiment says in what tone a post is written and what its author
// wants of the office, each with the words that decided, or that it is not
// sure. It judges texts, never authors, and knows nothing of their history.
// The models are hashed linear ones (package linear), trained by "huiying model
// train"; docs/models.md is their card.
package sentiment

import (
	"embed"

	"huiying"
	"huiying/analyzer/linear"
)

//go:embed weights/*.model
var weights embed.FS

// Models answer both questions. They never change and are safe for concurrent
// use.
type Models struct {
	sentiment, intent *linear.Model
}

// Names of the models and of their files, with ".model".
const (
	Sentiment = "sentiment"
	Intent    = "intent"
)

// Load reads the models: from a folder of an office's own where they lie there,
// else those inside the binary. huiying.Invalid names a file that is no such
// model.
func Load(folder string) (*Models, error) {
	sentiment, err := linear.Open(folder, Sentiment, weights)
	if err != nil {
		return nil, err
	}
	intent, err := linear.Open(folder, Intent, weights)
	if err != nil {
		return nil, err
	}
	return &Models{sentiment, intent}, nil
}

// Join lays both models and another, which is asked about the same texts, side
// by side in memory (see linear.Join). It is called before anybody asks them.
func (m *Models) Join(other *linear.Model) { linear.Join(m.sentiment, m.intent, other) }

// Judge asks the models. It is for one goroutine at a time and reuses its
// memory.
type Judge struct {
	models     *Models
	explainer  linear.Explainer
	odds       [8]float64
	sentiments []*huiying.Sentiment // memory for the next answers
	intents    []*huiying.Intent
}

// NewJudge gives a Judge.
func NewJudge(m *Models) *Judge { return &Judge{models: m} }

// Reuse takes answers back that nobody looks at any more, for the next ones; nil
// is none. Without it every answer has memory of its own.
func (j *Judge) Reuse(i *huiying.Intent, s *huiying.Sentiment) {
	if i != nil {
		j.intents = append(j.intents, i)
	}
	if s != nil {
		j.sentiments = append(j.sentiments, s)
	}
}

// last takes the last of a list out of it, nil when it is empty.
func last[T any](list *[]*T) *T {
	n := len(*list)
	if n == 0 {
		return nil
	}
	v := (*list)[n-1]
	*list = (*list)[:n-1]
	return v
}

// reasons is how many words are shown.
const reasons = 3

// Sentiment is the tone of a text; nil when it has no words.
func (j *Judge) Sentiment(t linear.Text) *huiying.Sentiment {
	m := j.models.sentiment
	a, ok := j.ask(m, t)
	if !ok {
		return nil
	}
	out := last(&j.sentiments)
	if out == nil {
		out = &huiying.Sentiment{Probabilities: make(map[string]float64, len(m.Classes))}
	}
	out.Label, out.Unsure = m.Classes[a.Class], !a.Sure
	for c, name := range m.Classes { // the same ones each time
		out.Probabilities[name] = linear.Rounded(a.Probabilities[c])
	}
	out.Why = j.why(out.Why, m, t, a)
	return out
}

// Intent is what the author wants; nil when the text has no words.
func (j *Judge) Intent(t linear.Text) *huiying.Intent {
	m := j.models.intent
	a, ok := j.ask(m, t)
	if !ok {
		return nil
	}
	out := last(&j.intents)
	if out == nil {
		out = &huiying.Intent{}
	}
	*out = huiying.Intent{Label: m.Classes[a.Class], Unsure: !a.Sure, Score: linear.Rounded(a.Probabilities[a.Class]), Why: j.why(out.Why, m, t, a)}
	return out
}

func (j *Judge) ask(m *linear.Model, t linear.Text) (a linear.Answer, ok bool) {
	if len(t.Features.Hashes) == 0 {
		return a, false
	}
	return m.Judge(t.Features, j.odds[:0]), true
}

// why are the words that decided, in old memory; a guess has none.
func (j *Judge) why(old []huiying.Why, m *linear.Model, t linear.Text, a linear.Answer) []huiying.Why {
	if old == nil {
		old = []huiying.Why{}
	}
	if !a.Sure {
		return old[:0]
	}
	found := j.explainer.Explain(m, t.Features, a.Class, reasons, t.Words[:])
	return t.Reasons(old[:0], found)
}
