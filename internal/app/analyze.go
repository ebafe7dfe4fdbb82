package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/internal/app/wordbook"
	"huiying/internal/bus"
	"huiying/internal/config"
	"huiying/internal/locale"
)

// consumerAnalyzer is the bus consumer of posts.
const consumerAnalyzer = "analyzer"

// startAnalyzer judges posts with the rules of the definitions.
func (a *App) startAnalyzer(ctx context.Context) error {
	if !a.runs(TargetAnalyzer) {
		return nil
	}
	o, err := analyzerOptions(a.config, a.words)
	if err != nil {
		return err
	}
	o.Gatherer, o.Now, o.Zone, o.Logger, o.Registerer, o.Cutting = a.topics, a.now, a.zone, a.logger, a.registry, a.cutting
	judge, err := analyzer.New(o)
	if err != nil {
		return err
	}
	a.life.onStop("analyzer", func(context.Context) error { judge.Close(); return nil })
	a.analyzer = judge
	if err := a.followDefinitions(ctx, wordbook.Kind, a.applyLexicon); err != nil {
		return err
	}
	if err := a.followDefinitions(ctx, definitionRules, a.applyRules); err != nil {
		return err
	}
	a.life.last("topics", a.topics.Run)
	a.life.loop("analyzer", func(ctx context.Context) error {
		return a.bus.ConsumePostBatches(ctx, bus.Consumer{
			Name: consumerAnalyzer, Workers: a.config.Analyzer.Workers, Batch: judgedAtOnce, BatchWait: -1, AckWait: a.ackWait,
		}, a.judge)
	})
	return nil
}

// judgedAtOnce is how many posts that wait are judged together: where they belong
// is asked, and their events are acknowledged, at the cost of about one. A post
// that comes alone waits for no other.
const judgedAtOnce = 64

// judge passes events on. What they say of topics is durable by then, so that
// a crash cannot give one matter two cases.
func (a *App) judge(ctx context.Context, posts []huiying.Post) error {
	events, err := a.analyzer.JudgeAll(ctx, posts)
	if err != nil {
		return err
	}
	return a.bus.PublishEvents(ctx, events)
}

func (a *App) applyRules(bodies [][]byte) error {
	files := make([]*rule.File, 0, len(bodies))
	for _, b := range bodies {
		var f rulesFile
		if err := json.Unmarshal(b, &f); err != nil {
			return fmt.Errorf("decode rules definition: %w", err)
		}
		parsed, err := analyzer.LoadRules([]byte(f.Text))
		if err != nil {
			return InFile(f.File, err)
		}
		files = append(files, parsed)
	}
	joined, err := rule.Join(files...)
	if err != nil {
		return err
	}
	return a.analyzer.Reload(joined)
}

// analyzerOptions are what the configuration says of the analyzer.
func analyzerOptions(c config.Config, words *locale.Catalogue) (analyzer.Options, error) {
	unpacked := filepath.Join(c.Data, dictFolder)
	if err := os.MkdirAll(unpacked, 0o750); err != nil {
		return analyzer.Options{}, huiying.Errorf(huiying.Invalid, "app.folder", unpacked, err)
	}
	o, err := officeOptions(c)
	o.DictDir, o.Words = unpacked, words
	return o, err
}

// officeOptions are what the configuration says of the office and its words.
func officeOptions(c config.Config) (analyzer.Options, error) {
	items, err := readItems(c.Analyzer.Catalogue)
	o := analyzer.Options{
		Dictionary: c.Analyzer.Dictionary, UserDictionary: c.Analyzer.UserDictionary, Gojieba: c.Analyzer.Gojieba,
		Places: c.Analyzer.Places, Area: c.Analyzer.Area, PlacesFile: c.Analyzer.PlacesFile, Public: c.Analyzer.PublicNumbers,
		Models: c.Analyzer.Models, Items: items, ThreeLevels: c.Analyzer.ThreeLevels,
	}
	for _, u := range c.Units {
		o.Units = append(o.Units, analyzer.Unit{ID: u.ID, Name: u.Name, Aliases: u.Aliases, Keywords: u.Keywords, Departments: u.Departments})
	}
	for _, r := range c.Analyzer.Raises {
		o.Policy = append(o.Policy, rule.Raise{When: r.When, To: huiying.Level(r.To), By: r.By, Why: r.Why})
	}
	return o, err
}

// AnalyzerOptions say which rules a Judge holds.
type AnalyzerOptions struct {
	ConfigFile string // its rules, dictionary and raises; "" = defaults
	RulesFile  string // instead of the configuration's rules
	Words      *locale.Catalogue
	Lang       locale.Lang
}

// Judge is an analyzer outside the service, for the commands.
type Judge struct{ analyzer *analyzer.Analyzer }

// OpenAnalyzer makes an analyzer of a configuration and rules files alone.
func OpenAnalyzer(o AnalyzerOptions) (*Judge, error) {
	c := config.Default()
	var err error
	if o.ConfigFile != "" {
		if c, err = config.Load(o.ConfigFile); err != nil {
			return nil, err
		}
	}
	if o.RulesFile != "" {
		c.Rules = []string{o.RulesFile}
	}
	zone, err := c.Zone()
	if err != nil {
		return nil, err
	}
	options, err := officeOptions(c)
	if err != nil {
		return nil, err
	}
	options.Words, options.Lang, options.Zone, options.Registerer = o.Words, o.Lang, zone, prometheus.NewRegistry()
	if options.Rules, err = loadRules(c.Rules); err != nil {
		return nil, err
	}
	judge, err := analyzer.New(options)
	if err != nil {
		return nil, err
	}
	return &Judge{judge}, nil
}

// Close frees the dictionaries.
func (j *Judge) Close() { j.analyzer.Close() }

// Explain says why rules hold, or do not, for a post; ruleID "" = every rule.
func (j *Judge) Explain(ruleID string, p huiying.Post) ([]rule.Explanation, error) {
	return j.analyzer.Explain(p, ruleID)
}

// Judging is posts in, events out.
type Judging struct {
	In      io.Reader
	Out     io.Writer
	Workers int
	Bad     func(line int, err error)
}

// Stream judges JSON lines; see analyzer.AnalyzeStream.
func (j *Judge) Stream(ctx context.Context, s Judging) (bad int, err error) {
	stats, err := j.analyzer.AnalyzeStream(ctx, analyzer.Stream{In: s.In, Out: s.Out, Workers: s.Workers, Bad: s.Bad})
	return stats.Bad, err
}
