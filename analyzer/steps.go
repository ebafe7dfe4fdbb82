package analyzer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/keyword"
	"huiying/analyzer/linear"
	"huiying/analyzer/routing"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
	"huiying/analyzer/sentiment"
	"huiying/analyzer/topic"
)

// work is one post under way; its memory is used again.
type work struct {
	post    huiying.Post
	defs    *definitions
	cutter  segment.Cutter
	can     bool // whether cutter may cut
	texts   [2]fold.Text
	tokens  [2][]fold.Span
	finder  *keyword.Finder
	judge   *sentiment.Judge
	desk    *routing.Desk
	grams   linear.Features
	paths   []string // of the places it names
	zone    *time.Location
	doc     rule.Document
	result  rule.Result
	verdict huiying.Judgement
}

func (a *Analyzer) newWork() *work {
	return &work{finder: keyword.NewFinder(a.keywords), judge: sentiment.NewJudge(a.models), desk: routing.NewDesk(a.router), zone: a.options.Zone}
}

// step is one part of the analysis.
type step struct {
	name string
	run  func(*Analyzer, *work) error
}

// steps are done in this order; later ones use what earlier ones left.
func steps() []step {
	return []step{
		{"fold", (*Analyzer).fold},
		{"cut", (*Analyzer).cut},
		{"personal_data", (*Analyzer).personal}, // first: no reason shows what is masked
		{"places", (*Analyzer).findPlaces},
		{"intent", (*Analyzer).intent},
		{"rules", (*Analyzer).rules},
		{"finding", (*Analyzer).finding},
		{"keywords", (*Analyzer).weigh},
		{"documents", (*Analyzer).documents},
		{"topic", (*Analyzer).topic},
		{"routing", (*Analyzer).route},
		{"level", (*Analyzer).level},
	}
}

// maxKept bounds the memory that is kept for the next post, in runes.
const maxKept = 1 << 16

// Analyze judges one post. A step that fails or panics is named in the event.
func (a *Analyzer) Analyze(p huiying.Post) huiying.Event {
	began := a.options.Now()
	w := a.works.Get().(*work)
	w.post, w.result = p, rule.Result{}
	w.verdict = huiying.Judgement{Post: p, Tags: []huiying.Tag{}, Keywords: []huiying.Keyword{}, Level: huiying.LevelNone, LevelWhy: []string{}}
	a.judge(w)
	done := a.options.Now()
	ev := huiying.NewEvent(w.verdict, done.In(a.options.Zone))
	if cap(w.texts[0].Runes) > maxKept || cap(w.texts[1].Runes) > maxKept {
		w = a.newWork()
	}
	w.post, w.verdict, w.defs, w.result, w.paths = huiying.Post{}, huiying.Judgement{}, nil, rule.Result{}, nil
	a.works.Put(w)
	a.metrics.posts.Inc()
	a.metrics.seconds.Observe(done.Sub(began).Seconds())
	return ev
}

func (a *Analyzer) judge(w *work) {
	w.forget()
	w.defs, w.cutter, w.can = a.acquire()
	if w.can {
		defer w.cutter.Release()
	}
	for _, s := range a.steps {
		if err := a.try(s, w); err != nil {
			a.options.Logger.Error("analysis step failed", "step", s.name, "post", w.post.ID, "error", err)
			a.metrics.failed.WithLabelValues(s.name).Inc()
			w.verdict.Failed = append(w.verdict.Failed, huiying.FailedStep{Step: s.name, Why: a.sentence(err)})
		}
	}
}

// forget empties what steps leave for later ones: where a step fails, the words
// of the post before must not be taken for this one's.
func (w *work) forget() {
	for i := range w.texts {
		w.texts[i].Reset("")
		w.tokens[i] = w.tokens[i][:0]
	}
	w.grams.Read()
}

// try runs a step and turns a panic into an error.
func (a *Analyzer) try(s step, w *work) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return s.run(a, w)
}

func (a *Analyzer) sentence(err error) string { return a.options.Words.Sentence(a.options.Lang, err) }

func (a *Analyzer) say(key string, args ...any) string {
	return a.options.Words.Text(a.options.Lang, key, args...)
}

func (a *Analyzer) fold(w *work) error {
	w.texts[0].Reset(w.post.Title)
	w.texts[1].Reset(w.post.Text)
	return nil
}

// cut cuts both fields, once for all steps.
func (a *Analyzer) cut(w *work) error {
	w.tokens[0], w.tokens[1] = w.tokens[0][:0], w.tokens[1][:0]
	if !w.can {
		return huiying.Errorf(huiying.Unavailable, "analyzer.closed")
	}
	a.options.Cutting(w.post)
	var errs [2]error
	for i := range w.texts {
		w.tokens[i], errs[i] = w.cutter.Cut(w.tokens[i], &w.texts[i])
		if errs[i] != nil {
			w.tokens[i] = w.tokens[i][:0]
		}
	}
	return errors.Join(errs[:]...)
}

func (w *work) document() *rule.Document {
	w.doc = rule.Document{
		Post:   &w.post,
		Title:  rule.Field{Text: &w.texts[0], Tokens: w.tokens[0]},
		Text:   rule.Field{Text: &w.texts[1], Tokens: w.tokens[1]},
		Places: w.paths, Zone: w.zone,
	}
	if i := w.verdict.Intent; i != nil && !i.Unsure {
		w.doc.Intent = i.Label
	}
	if s := w.verdict.Sentiment; s != nil && !s.Unsure {
		w.doc.Sentiment = s.Label
	}
	return &w.doc
}

// rules tags the post and notes the places it names.
func (a *Analyzer) rules(w *work) error {
	w.result = w.defs.program.Match(w.document())
	if w.result.Tags != nil {
		w.verdict.Tags = w.result.Tags
	}
	for _, name := range w.result.Places {
		if !slices.Contains(w.verdict.Places, name) {
			w.verdict.Places = append(w.verdict.Places, name)
		}
	}
	if w.result.Partial {
		return huiying.Errorf(huiying.Internal, "analyzer.too_many_hits")
	}
	return nil
}

// findings is what rules of their own kind are called that findings are
// tagged with: finding-home-stale.
const findings = "finding-"

// finding tags what the service found out by itself with the level that its
// norm gives it; one that is over tags and asks nobody.
func (a *Analyzer) finding(w *work) error {
	f := w.post.Finding
	if f == nil {
		return nil
	}
	t := huiying.Tag{Rule: findings + f.Check, Name: w.post.Title, Level: f.Level, Notify: f.Notify, Matches: []huiying.Match{}}
	if f.Over {
		t.Level = huiying.LevelNone
	}
	w.verdict.Tags = append([]huiying.Tag{t}, w.verdict.Tags...)
	return nil
}

// reason is the sentence for the level of a tag.
func (a *Analyzer) reason(w *work, t huiying.Tag) string {
	if f := w.post.Finding; f != nil && t.Rule == findings+f.Check {
		return a.say("analyzer.why_finding", f.Found, f.Limit, f.Basis)
	}
	return w.defs.reasons[t.Rule]
}

func (a *Analyzer) weigh(w *work) error {
	w.verdict.Keywords = w.finder.Find([2]*fold.Text{&w.texts[0], &w.texts[1]}, w.tokens)
	return nil
}

func (a *Analyzer) personal(w *work) error {
	w.verdict.PersonalData = append(a.public.Find(rule.Title, &w.texts[0]), a.public.Find(rule.Text, &w.texts[1])...)
	return nil
}

// topic finds the matter the post belongs to. A post without an id has none:
// nothing could be kept about it.
func (a *Analyzer) topic(w *work) error {
	if w.post.ID == "" {
		return nil
	}
	p := topic.Post{
		ID: w.post.ID, ParentID: w.post.ParentID, RootID: w.post.RootID,
		Title: &w.texts[0], Text: &w.texts[1], At: w.post.CollectedAt, Asks: asks(w.verdict),
		Author: w.post.Author.ID, Platform: w.post.Platform,
	}
	if tag, ok := w.verdict.TopTag(); ok {
		p.Rule = tag.Rule
	}
	found, again := a.topics.Assign(p)
	w.verdict.Topic, w.verdict.DuplicateOf = found.Topic, found.DuplicateOf
	if !again {
		a.count(w)
	}
	return nil
}
