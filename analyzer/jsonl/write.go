package jsonl

import (
	"bytes"
	"encoding/json"
	"slices"

	"huiying"
)

// AppendEvent appends an event as a line. The error is that of encoding/json,
// for a time or a number that JSON does not have.
func AppendEvent(dst []byte, e *huiying.Event) ([]byte, error) {
	w := writer{out: dst}
	if w.event(e); !w.odd {
		return append(w.out, '\n'), nil
	}
	out := bytes.NewBuffer(dst)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return dst, err //nolint:wrapcheck // the caller says of which line
	}
	return out.Bytes(), nil
}

// writer writes values one after another. Keys are given with all that stands
// before the value, so that they are one piece.
type writer struct {
	out []byte
	odd bool // encoding/json is to judge
}

func (w *writer) event(e *huiying.Event) {
	w.pair(`{"specversion":`, e.SpecVersion)
	w.pair(`,"id":`, e.ID)
	w.pair(`,"source":`, e.Source)
	w.pair(`,"type":`, e.Type)
	w.pair(`,"subject":`, e.Subject)
	w.time(`,"time":`, e.Time)
	w.pair(`,"datacontenttype":`, e.DataContentType)
	w.raw(`,"data":`)
	w.judgement(&e.Data)
	w.raw("}")
}

func (w *writer) judgement(j *huiying.Judgement) {
	w.raw(`{"post":`)
	w.post(&j.Post)
	list(w, `,"tags":`, j.Tags, (*writer).tag)
	list(w, `,"keywords":`, j.Keywords, func(w *writer, k *huiying.Keyword) {
		w.pair(`{"word":`, k.Word)
		w.float(`,"weight":`, k.Weight)
		w.raw("}")
	})
	w.opinion(j)
	w.some(`,"duplicate_of":`, j.DuplicateOf)
	w.some(`,"topic":`, j.Topic)
	w.words(`,"places":`, j.Places)
	w.words(`,"service_items":`, j.ServiceItems)
	if len(j.Routing) > 0 {
		list(w, `,"routing":`, j.Routing, (*writer).route)
	}
	if len(j.Documents) > 0 {
		list(w, `,"documents":`, j.Documents, (*writer).document)
	}
	if len(j.PersonalData) > 0 {
		list(w, `,"personal_data":`, j.PersonalData, (*writer).personal)
	}
	w.pair(`,"level":`, string(j.Level))
	list(w, `,"level_why":`, j.LevelWhy, (*writer).word)
	if len(j.Failed) > 0 {
		list(w, `,"failed":`, j.Failed, func(w *writer, f *huiying.FailedStep) {
			w.pair(`{"step":`, f.Step)
			w.pair(`,"why":`, f.Why)
			w.raw("}")
		})
	}
	w.raw("}")
}

func (w *writer) tag(t *huiying.Tag) {
	w.pair(`{"rule":`, t.Rule)
	w.pair(`,"name":`, t.Name)
	w.pair(`,"level":`, string(t.Level))
	w.words(`,"notify":`, t.Notify)
	list(w, `,"matches":`, t.Matches, func(w *writer, m *huiying.Match) {
		w.pair(`{"field":`, m.Field)
		w.number(`,"start":`, int64(m.Start))
		w.number(`,"end":`, int64(m.End))
		w.pair(`,"text":`, m.Text)
		w.raw("}")
	})
	w.raw("}")
}

// opinion writes intent and sentiment.
func (w *writer) opinion(j *huiying.Judgement) {
	if i := j.Intent; i != nil {
		w.pair(`,"intent":{"label":`, i.Label)
		w.float(`,"score":`, i.Score)
		w.given(`,"unsure":`, i.Unsure)
		list(w, `,"why":`, i.Why, (*writer).why)
		w.raw("}")
	}
	if s := j.Sentiment; s != nil {
		w.pair(`,"sentiment":{"label":`, s.Label)
		w.given(`,"unsure":`, s.Unsure)
		w.raw(`,"probabilities":`)
		w.probabilities(s.Probabilities)
		list(w, `,"why":`, s.Why, (*writer).why)
		w.raw("}")
	}
}

// probabilities writes a map in the order of its keys.
func (w *writer) probabilities(of map[string]float64) {
	if of == nil {
		w.raw("null")
		return
	}
	var few [8]string // as many classes as a model has
	names := few[:0]
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	before := "{"
	for _, name := range names {
		w.pair(before, name)
		w.float(":", of[name])
		before = ","
	}
	if len(names) == 0 {
		w.raw("{")
	}
	w.raw("}")
}

func (w *writer) why(y *huiying.Why) {
	w.pair(`{"text":`, y.Text)
	w.float(`,"weight":`, y.Weight)
	w.raw("}")
}

func (w *writer) route(r *huiying.Route) {
	w.pair(`{"unit":`, r.Unit)
	w.pair(`,"name":`, r.Name)
	w.float(`,"score":`, r.Score)
	if len(r.Why) > 0 {
		list(w, `,"why":`, r.Why, (*writer).why)
	}
	w.raw("}")
}

func (w *writer) document(d *huiying.DocumentName) {
	w.pair(`{"kind":`, d.Kind)
	w.pair(`,"name":`, d.Name)
	w.pair(`,"field":`, d.Field)
	w.number(`,"start":`, int64(d.Start))
	w.number(`,"end":`, int64(d.End))
	w.raw("}")
}

func (w *writer) personal(p *huiying.PersonalData) {
	w.pair(`{"kind":`, p.Kind)
	w.pair(`,"field":`, p.Field)
	w.number(`,"start":`, int64(p.Start))
	w.number(`,"end":`, int64(p.End))
	w.raw("}")
}

func (w *writer) post(p *huiying.Post) {
	w.pair(`{"id":`, p.ID)
	w.pair(`,"source":`, p.Source)
	w.pair(`,"platform":`, p.Platform)
	w.pair(`,"kind":`, p.Kind)
	w.pair(`,"url":`, p.URL)
	w.pair(`,"parent_id":`, p.ParentID)
	w.pair(`,"root_id":`, p.RootID)
	w.pair(`,"title":`, p.Title)
	w.pair(`,"text":`, p.Text)
	w.pair(`,"author":{"id":`, p.Author.ID)
	w.pair(`,"name":`, p.Author.Name)
	w.pair(`,"verified":`, p.Author.Verified)
	w.time(`},"published_at":`, p.PublishedAt)
	w.pair(`,"published_precision":`, p.PublishedPrecision)
	w.time(`,"collected_at":`, p.CollectedAt)
	w.pair(`,"region":`, p.Region)
	w.engagement(&p.Engagement)
	list(w, `,"answers":`, p.Answers, func(w *writer, a *huiying.Answer) {
		w.pair(`{"org":`, a.Org)
		w.time(`,"at":`, a.At)
		w.pair(`,"text":`, a.Text)
		w.raw("}")
	})
	w.truth(`,"deleted":`, p.Deleted)
	w.truth(`,"edited":`, p.Edited)
	w.truth(`,"truncated":`, p.Truncated)
	w.pair(`,"evidence":`, p.Evidence)
	w.some(`,"status":`, p.Status)
	w.some(`,"number":`, p.Number)
	if !p.DueAt.IsZero() {
		w.time(`,"due_at":`, p.DueAt)
	}
	w.given(`,"held":`, p.Held)
	if p.Finding != nil {
		w.finding(p.Finding)
	}
	w.given(`,"withdrawn":`, p.Withdrawn)
	w.raw("}")
}

func (w *writer) engagement(e *huiying.Engagement) {
	w.number(`,"engagement":{"reposts":`, e.Reposts)
	w.number(`,"comments":`, e.Comments)
	w.number(`,"likes":`, e.Likes)
	w.number(`,"views":`, e.Views)
	w.truth(`,"at_least":`, e.AtLeast)
	w.raw("}")
}

func (w *writer) finding(f *huiying.Finding) {
	w.pair(`,"finding":{"check":`, f.Check)
	w.pair(`,"level":`, string(f.Level))
	w.pair(`,"found":`, f.Found)
	w.some(`,"limit":`, f.Limit)
	w.some(`,"basis":`, f.Basis)
	w.words(`,"notify":`, f.Notify)
	w.given(`,"over":`, f.Over)
	w.raw("}")
}
