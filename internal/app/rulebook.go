package app

import (
	"context"
	"sync"
	"sync/atomic"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lint"
	"huiying/internal/app/rulebook"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store/definitions"
)

// rulebook is the desk of the rules that are made on pages.
func (a *App) rulebook() *rulebook.Desk {
	shelf := definitions.New(a.store)
	open := func(rules *rule.File) (*analyzer.Analyzer, error) {
		o, err := analyzerOptions(a.config, a.words)
		if err != nil {
			return nil, err
		}
		if o.Lexicon, err = a.lexiconInForce(shelf); err != nil {
			return nil, err
		}
		o.Rules, o.Zone, o.Now, o.Lang = rules, a.zone, a.now, locale.Chinese
		return analyzer.New(o)
	}
	return &rulebook.Desk{
		Shelf: shelf, Store: a.store, Now: a.now,
		Share:  func(ctx context.Context) error { return a.shareDefinitions(ctx, shelf) },
		Judge:  a.asked(open, shelf),
		Advise: a.advise(),
		Trials: &rulebook.Trials{Store: a.store, Zone: a.zone, Now: a.now, Open: open, Go: a.life.loop},
	}
}

// asked is the analyzer that rules are explained with: the one that runs here,
// else one of its own, made when somebody asks first.
func (a *App) asked(open func(*rule.File) (*analyzer.Analyzer, error), shelf *definitions.Definitions) func() (*analyzer.Analyzer, error) {
	var made atomic.Pointer[analyzer.Analyzer]
	own := sync.OnceValues(func() (*analyzer.Analyzer, error) {
		judge, err := open(&rule.File{})
		made.Store(judge)
		return judge, err
	})
	a.life.onStop("rules on trial", func(context.Context) error {
		if judge := made.Load(); judge != nil {
			judge.Close()
		}
		return nil
	})
	return func() (*analyzer.Analyzer, error) {
		if a.analyzer != nil {
			return a.analyzer, nil
		}
		judge, err := own()
		if err != nil {
			return nil, err
		}
		words, err := a.lexiconInForce(shelf) // they may have changed since it was made
		if err != nil {
			return nil, err
		}
		return judge, judge.ReloadLexicon(words)
	}
}

// advise says what of rules is written and probably not meant; the dictionary
// it needs is read when somebody asks first.
func (a *App) advise() func(*rule.File) []query.RuleAdviceLine {
	return func(rules *rule.File) (out []query.RuleAdviceLine) {
		borders, err := a.borders()
		if err != nil {
			a.logger.Warn("no advice on rules", "error", err)
			return nil
		}
		for _, f := range lint.Check(rules, lintWith(a.config, borders)) {
			out = append(out, query.RuleAdviceLine{Rule: f.Rule, Say: huiying.Errorf(huiying.Invalid, f.Key, f.Args...)})
		}
		return out
	}
}
