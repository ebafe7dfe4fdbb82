// Package sentiment says in what tone a post is written and what its author
// wants of the office, each with the words that decided, or that it is not
// sure. It judges texts, never authors, and knows nothing of their history.
// The models are hashed linear ones (package linear), trained by "huiying model
// train"; docs/models.md is their card.
package sentiment

import (
	"cmp"
	"embed"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"huiying"
	"huiying/analyzer/fold"
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
	sentiment, err := Open(folder, Sentiment, weights)
	if err != nil {
		return nil, err
	}
	intent, err := Open(folder, Intent, weights)
	if err != nil {
		return nil, err
	}
	return &Models{sentiment, intent}, nil
}

// Open reads one model; within are those of the binary, under weights/.
func Open(folder, name string, within embed.FS) (*linear.Model, error) {
	file := name + ".model"
	var body []byte
	err := os.ErrNotExist
	if folder != "" {
		file = filepath.Join(folder, file)
		body, err = os.ReadFile(file)
	}
	if errors.Is(err, os.ErrNotExist) {
		body, err = within.ReadFile("weights/" + name + ".model")
	}
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "learn.bad_model", file, err)
	}
	m, err := linear.Decode(body)
	if err == nil && m.Name != name {
		err = errors.New("it answers " + m.Name)
	}
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "learn.bad_model", file, err)
	}
	return m, nil
}

// Text is a post made ready: its features, its folded fields and the words they
// were cut into, the title first.
type Text struct {
	Features *linear.Features
	Fields   [2]*fold.Text
	Words    [2][]fold.Span
}

// Judge asks the models. It is for one goroutine at a time and reuses its
// memory.
type Judge struct {
	models    *Models
	explainer linear.Explainer
	odds      [8]float64
}

// NewJudge gives a Judge.
func NewJudge(m *Models) *Judge { return &Judge{models: m} }

// reasons is how many words are shown.
const reasons = 3

// Sentiment is the tone of a text; nil when it has no words.
func (j *Judge) Sentiment(t Text) *huiying.Sentiment {
	m := j.models.sentiment
	a, ok := j.ask(m, t)
	if !ok {
		return nil
	}
	out := &huiying.Sentiment{Label: m.Classes[a.Class], Unsure: !a.Sure, Probabilities: make(map[string]float64, len(m.Classes))}
	for c, name := range m.Classes {
		out.Probabilities[name] = rounded(a.Probabilities[c])
	}
	out.Why = j.why(m, t, a)
	return out
}

// Intent is what the author wants; nil when the text has no words.
func (j *Judge) Intent(t Text) *huiying.Intent {
	m := j.models.intent
	a, ok := j.ask(m, t)
	if !ok {
		return nil
	}
	return &huiying.Intent{Label: m.Classes[a.Class], Unsure: !a.Sure, Score: rounded(a.Probabilities[a.Class]), Why: j.why(m, t, a)}
}

func (j *Judge) ask(m *linear.Model, t Text) (a linear.Answer, ok bool) {
	if len(t.Features.Hashes) == 0 {
		return a, false
	}
	return m.Judge(t.Features, j.odds[:0]), true
}

// why are the words that decided; a guess has none.
func (j *Judge) why(m *linear.Model, t Text, a linear.Answer) []huiying.Why {
	if !a.Sure {
		return []huiying.Why{}
	}
	found := j.explainer.Explain(m, t.Features, a.Class, reasons, t.Words[:])
	return Reasons(t.Fields, found)
}

// Reasons writes reasons as they stand in the post as received.
func Reasons(fields [2]*fold.Text, found []linear.Reason) []huiying.Why {
	// In the order of the text, which costs the least, then by weight.
	slices.SortFunc(found, func(a, b linear.Reason) int {
		return cmp.Or(a.Field-b.Field, int(a.Span.Start-b.Span.Start))
	})
	out := make([]huiying.Why, 0, len(found))
	for _, r := range found {
		f := fields[r.Field]
		w := huiying.Why{Text: f.Slice(f.At(r.Span)), Weight: rounded(r.Weight)}
		at := len(out)
		for at > 0 && out[at-1].Weight < w.Weight {
			at--
		}
		if !slices.ContainsFunc(out, func(o huiying.Why) bool { return o.Text == w.Text }) {
			out = slices.Insert(out, at, w)
		}
	}
	return out
}

// rounded keeps three decimals: more is noise in messages.
func rounded(x float64) float64 { return float64(int(x*1000+0.5)) / 1000 }
