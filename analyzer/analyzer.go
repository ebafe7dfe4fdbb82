package analyzer

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"huiying"
	"huiying/analyzer/dict"
	"huiying/analyzer/gather"
	"huiying/analyzer/keyword"
	"huiying/analyzer/personal"
	"huiying/analyzer/place"
	"huiying/analyzer/routing"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
	"huiying/analyzer/sentiment"
	"huiying/internal/locale"
)

// Analyzer turns posts into events. It is safe for concurrent use.
type Analyzer struct {
	options  Options
	files    dict.Files
	keywords *keyword.Table
	gatherer Gatherer
	places   *place.Gazetteer
	public   *personal.Public
	models   *sentiment.Models
	router   *routing.Router
	metrics  *metrics
	steps    []step
	alone    int       // how many of them, the first ones, look at nothing but the post
	works    sync.Pool // of *work
	jobs     sync.Pool // of *job

	changing sync.Mutex // one change of definitions at a time
	current  atomic.Pointer[definitions]
}

// definitions are what may be exchanged while posts are analysed.
type definitions struct {
	segmenter *segment.Segmenter
	program   *rule.Program
	levels    *rule.Levels
	rules     *rule.File
	reasons   map[string]string // by rule: the sentence for its level
	lexicon   Lexicon
	stops     *keyword.Stops // of the lexicon; nil = none
	file      string         // of the user's words, "" = none
}

// New loads dictionaries and compiles the rules. Mistakes are huiying.Error
// sentences, all of a kind at once.
func New(o Options) (*Analyzer, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	a := &Analyzer{options: o, steps: steps(), alone: slices.IndexFunc(steps(), func(s step) bool { return s.name == "topic" }), public: personal.NewPublic(o.Public)}
	var err error
	if a.files, err = dict.Locate(dict.Options{Folder: o.Dictionary, State: o.DictDir}); err != nil {
		return nil, err
	}
	if a.keywords, err = keyword.Load(a.files.IDF, a.files.StopWords); err != nil {
		return nil, err
	}
	if err = a.gather(); err != nil {
		return nil, err
	}
	if a.models, err = sentiment.Load(o.Models); err != nil {
		return nil, err
	}
	if a.places, err = gazetteer(o); err != nil {
		return nil, err
	}
	if a.metrics, err = newMetrics(o.Registerer); err != nil {
		return nil, err
	}
	a.works.New, a.jobs.New = func() any { return a.newWork() }, newJob
	words, err := a.userWords(o.UserDictionary, o.Lexicon)
	if err != nil {
		return nil, err
	}
	seg, err := a.segmenter(words)
	if err != nil {
		return nil, err
	}
	d, err := a.compile(seg, o.Rules, o.Lexicon)
	if err == nil {
		a.router, err = newRouter(o, seg)
	}
	if err != nil {
		seg.Close()
		return nil, err
	}
	a.models.Join(a.router.Model())
	a.install(d)
	return a, nil
}

// gather finds who says where posts belong.
func (a *Analyzer) gather() (err error) {
	if a.gatherer = a.options.Gatherer; a.gatherer == nil {
		a.gatherer, err = gather.Open(context.Background(), gather.Options{Now: a.options.Now, Zone: a.options.Zone, Logger: a.options.Logger})
	}
	return err //nolint:wrapcheck // says which record
}

func (a *Analyzer) segmenter(words []segment.Word) (*segment.Segmenter, error) {
	if a.options.Gojieba {
		return segment.NewGojieba(a.files, words) //nolint:wrapcheck // a sentence already
	}
	return segment.New(a.files, words) //nolint:wrapcheck // a sentence already
}

func (o *Options) defaults() error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Lang == "" {
		o.Lang = locale.Chinese
	}
	if o.Words == nil {
		words, err := locale.Load()
		if err != nil {
			return fmt.Errorf("load sentences: %w", err)
		}
		o.Words = words
	}
	if o.DictDir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			cache = os.TempDir()
		}
		o.DictDir = filepath.Join(cache, "huiying")
	}
	return nil
}

// compile makes rules and the office's own words ready for a segmenter.
func (a *Analyzer) compile(seg *segment.Segmenter, rules *rule.File, own Lexicon) (*definitions, error) {
	cutter, ok := seg.Acquire()
	if !ok {
		return nil, huiying.Errorf(huiying.Unavailable, "analyzer.closed")
	}
	defer cutter.Release()
	p, err := rule.Compile(rule.Options{Rules: rules, Places: a.placeNames(own), Known: cutter})
	if err != nil {
		return nil, err
	}
	var sets map[string][]string
	if rules != nil {
		sets = rules.Sets
	}
	levels, err := rule.NewLevels(a.options.Policy, sets, cutter)
	if err != nil {
		return nil, err
	}
	d := &definitions{segmenter: seg, program: p, levels: levels, rules: rules, reasons: map[string]string{}, lexicon: own, stops: keyword.NewStops(own.Stops), file: a.options.UserDictionary}
	if rules != nil {
		for _, r := range rules.Rules {
			d.reasons[r.ID] = a.say("analyzer.why_rule", r.Name, locale.Key("level."+string(r.Level)))
		}
	}
	return d, nil
}

func (a *Analyzer) install(d *definitions) {
	a.current.Store(d)
	a.metrics.rules.Set(float64(d.program.Rules()))
}

// Reload exchanges the rules. Posts under way are finished with the old ones;
// with an error the old ones stay.
func (a *Analyzer) Reload(rules *rule.File) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	old := a.current.Load()
	d, err := a.compile(old.segmenter, rules, old.lexicon)
	if err != nil {
		return err
	}
	d.file = old.file
	a.install(d)
	a.options.Logger.Info("rules reloaded", "rules", d.program.Rules())
	return nil
}

// ReloadDictionary reads the user dictionary again. It takes about a third of
// a second and, for a moment, the memory of two dictionaries.
func (a *Analyzer) ReloadDictionary(path string) error {
	a.changing.Lock()
	defer a.changing.Unlock()
	return a.exchange(path, a.current.Load().lexicon)
}

// exchange installs a segmenter of a file and a lexicon. Posts under way are
// finished with the old one; with an error the old one stays. The caller holds
// changing.
func (a *Analyzer) exchange(path string, own Lexicon) error {
	words, err := a.userWords(path, own)
	if err != nil {
		return err
	}
	old := a.current.Load()
	seg, err := a.segmenter(words)
	if err != nil {
		return err
	}
	d, err := a.compile(seg, old.rules, own)
	if err != nil {
		seg.Close()
		return err
	}
	d.file = path
	a.install(d)
	old.segmenter.Close() // waits for posts under way
	return nil
}

// Close frees the dictionaries when the posts under way are done. Analyze
// after Close gives events that say so.
func (a *Analyzer) Close() {
	a.changing.Lock()
	defer a.changing.Unlock()
	a.current.Load().segmenter.Close()
}

// acquire gives the definitions with the right to cut. ok is false after
// Close; the definitions can be used without cutting then.
func (a *Analyzer) acquire() (d *definitions, c segment.Cutter, ok bool) {
	for {
		d = a.current.Load()
		if c, ok = d.segmenter.Acquire(); ok || d == a.current.Load() {
			return d, c, ok
		}
	}
}
