package analyzer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/gather"
	"huiying/analyzer/keyword"
	"huiying/analyzer/linear"
	"huiying/analyzer/routing"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
	"huiying/analyzer/sentiment"
)

// work is one post under way; its memory is used again.
type work struct {
	event   huiying.Event
	post    *huiying.Post      // of the event
	verdict *huiying.Judgement // of the event
	defs    *definitions
	cutter  segment.Cutter
	can     bool // whether cutter may cut
	texts   [2]fold.Text
	tokens  [2][]fold.Span
	paths   []string // of the places it names
	zone    *time.Location
	doc     rule.Document
	result  rule.Result
	found   gather.Found
	asked   bool            // found is the answer for this post
	later   bool            // its level is noted together with others', when it is judged
	up      *gather.Rising  // the level to be noted then
	ctx     context.Context // of the judgement under way
	away    error           // nobody says where the post belongs: to be judged again
	began   time.Time
	*tools
}

// tools are what steps use while they run; works that one goroutine does may
// share them.
type tools struct {
	finder *keyword.Finder
	judge  *sentiment.Judge
	desk   *routing.Desk
	grams  linear.Features
}

func (a *Analyzer) newWork() *work { return a.newWorkWith(a.newTools()) }

func (a *Analyzer) newTools() *tools {
	return &tools{finder: keyword.NewFinder(a.keywords), judge: sentiment.NewJudge(a.models), desk: routing.NewDesk(a.router)}
}

func (a *Analyzer) newWorkWith(t *tools) *work {
	w := &work{zone: a.options.Zone, tools: t}
	w.post, w.verdict = &w.event.Data.Post, &w.event.Data
	return w
}

// step is one part of the analysis.
type step struct {
	name string
	run  func(*Analyzer, *work) error
}

// steps are done in this order; later ones use what earlier ones left. Those up
// to the topic look at nothing but the post.
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
		{"routing", (*Analyzer).route},
		{"topic", (*Analyzer).topic},
		{"level", (*Analyzer).level},
		{"rise", (*Analyzer).rise},
	}
}

// maxKept bounds the memory that is kept for the next post, in runes.
const maxKept = 1 << 16

// Analyze judges one post where nothing is kept of topics. A step that fails or
// panics is named in the event.
func (a *Analyzer) Analyze(p huiying.Post) huiying.Event {
	ev, _ := a.Judge(context.Background(), p) // the event names what could not be done
	return ev
}

// Judge judges one post. A step that fails or panics is named in the event. The
// error is huiying.Unavailable: it cannot be said now where the post belongs,
// and it is to be judged again.
func (a *Analyzer) Judge(ctx context.Context, p huiying.Post) (huiying.Event, error) {
	w := a.works.Get().(*work)
	*w.post = p
	err := a.analyze(ctx, w)
	ev := w.event
	w.event = huiying.Event{}
	a.giveBack(w)
	return ev, err
}

// analyze makes the event of the post in it; see Judge.
func (a *Analyzer) analyze(ctx context.Context, w *work) error {
	a.begin(ctx, w)
	return a.finish(w)
}

// begin does the steps that look at nothing but the post.
func (a *Analyzer) begin(ctx context.Context, w *work) {
	w.began = a.options.Now()
	w.result, w.paths, w.ctx, w.away, w.found, w.asked = rule.Result{}, w.paths[:0], ctx, nil, gather.Found{}, false
	w.later, w.up = false, nil
	*w.verdict = huiying.Judgement{Post: *w.post, Tags: []huiying.Tag{}, Keywords: []huiying.Keyword{}, Level: huiying.LevelNone, LevelWhy: []string{}}
	w.forget()
	w.defs, w.cutter, w.can = a.acquire()
	if w.can {
		defer w.cutter.Release()
	}
	a.run(w, a.steps[:a.alone])
}

// finish does the other steps and makes the event.
func (a *Analyzer) finish(w *work) error {
	a.run(w, a.steps[a.alone:])
	done := a.options.Now()
	w.event = huiying.NewEvent(*w.verdict, done.In(a.options.Zone))
	if w.away != nil {
		return w.away
	}
	a.metrics.posts.Inc()
	a.metrics.seconds.Observe(done.Sub(w.began).Seconds())
	return nil
}

// giveBack keeps the memory for other posts, but for what a long one took.
func (a *Analyzer) giveBack(w *work) {
	if w.large() {
		w = a.newWork()
	}
	w.defs, w.result, w.ctx = nil, rule.Result{}, nil
	clear(w.paths[:cap(w.paths)])
	a.works.Put(w)
}

// large reports whether a long text has made it large.
func (w *work) large() bool {
	return cap(w.texts[0].Runes) > maxKept || cap(w.texts[1].Runes) > maxKept
}

// run does some steps. One that fails is named in the event.
func (a *Analyzer) run(w *work, list []step) {
	for _, s := range list {
		if err := a.try(s, w); err != nil && w.away == nil {
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
	if a.options.Cutting != nil {
		a.options.Cutting(*w.post)
	}
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
		Post:   w.post,
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
	w.finder.Without(w.defs.stops)
	w.verdict.Keywords = w.finder.Find([2]*fold.Text{&w.texts[0], &w.texts[1]}, w.telling())
	return nil
}

// telling are the tokens without those of personal data: pages mask that in the
// text, and so must they here.
func (w *work) telling() [2][]fold.Span {
	out := w.tokens
	for _, p := range w.verdict.PersonalData {
		f := 1
		if p.Field == rule.Title {
			f = 0
		}
		kept := make([]fold.Span, 0, len(out[f]))
		for _, t := range out[f] {
			if at := w.texts[f].At(t); int(at.End) <= p.Start || int(at.Start) >= p.End {
				kept = append(kept, t)
			}
		}
		out[f] = kept
	}
	return out
}

func (a *Analyzer) personal(w *work) error {
	w.verdict.PersonalData = append(a.public.Find(rule.Title, &w.texts[0]), a.public.Find(rule.Text, &w.texts[1])...)
	return nil
}

// topic finds the matter the post belongs to, unless that was asked together
// with others. A post without an id has none: nothing could be kept about it.
func (a *Analyzer) topic(w *work) error {
	if w.post.ID == "" {
		return nil
	}
	if !w.asked {
		found, err := a.gatherer.Gather(w.ctx, []gather.Matter{w.matter(len(a.options.Policy) > 0)})
		if err != nil {
			return w.leave(err)
		}
		w.found = found[0]
	}
	w.verdict.Topic, w.verdict.DuplicateOf = w.found.Topic, w.found.DuplicateOf
	return nil
}

// matter is what of the post decides where it belongs; reach asks how far its
// topic has got, too.
func (w *work) matter(reach bool) gather.Matter {
	m := gather.Matter{
		ID: w.post.ID, ParentID: w.post.ParentID, RootID: w.post.RootID, Title: w.post.Title, Text: w.post.Text,
		At: w.post.CollectedAt, Asks: asks(w.verdict), Author: w.post.Author.ID, Platform: w.post.Platform,
		Hour: w.hour(), Keys: keys(w.verdict), Reach: reach,
	}
	if tag, ok := w.verdict.TopTag(); ok {
		m.Rule = tag.Rule
	}
	m.With(&w.texts)
	return m
}

// leave notes an error of the gatherer that passes: then nothing of this
// judgement counts.
func (w *work) leave(err error) error {
	if huiying.ErrorCode(err) == huiying.Unavailable {
		w.away = err
	}
	return err
}

// hour is when the post was published, zero where that says nothing of an hour.
func (w *work) hour() time.Time {
	p := w.post
	if p.Held || p.Finding != nil || p.PublishedPrecision == huiying.PrecisionDay {
		return time.Time{}
	}
	return p.PublishedAt
}

// keys are what a post counts for beside its topic: its rules, and the places
// of what has a rule.
func keys(j *huiying.Judgement) []string {
	var out []string
	for _, t := range j.Tags {
		out = append(out, "rule/"+t.Rule)
	}
	for _, p := range j.Places {
		out = append(out, "place/"+p)
	}
	return out
}

// rise notes the level of a post that alerts at its topic.
func (a *Analyzer) rise(w *work) error {
	v := w.verdict
	if v.Topic == "" || !v.Level.Alerts() || w.post.Held {
		return nil
	}
	up := gather.Rising{Topic: v.Topic, Post: w.post.ID, Level: v.Level}
	if w.later {
		w.up = &up
		return nil
	}
	if err := a.gatherer.Raise(w.ctx, up); err != nil {
		return w.leave(err)
	}
	return nil
}
