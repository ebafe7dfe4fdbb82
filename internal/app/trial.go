package app

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"strings"
	"time"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/backtest"
	"huiying/analyzer/rule"
	"huiying/internal/locale"
	"huiying/internal/store/definitions"
	"huiying/internal/store/posts"
)

// TrialOptions say which rules are tried on which posts.
type TrialOptions struct {
	Where   Where  // stored posts and the published rules
	Rules   string // the file to try
	Against string // a file instead of the published rules
	Posts   string // a file of JSON lines of posts instead of stored ones
	Days    int    // of stored posts, back from now
	Samples int
	Now     time.Time
	Words   *locale.Catalogue
	Lang    locale.Lang
}

// Trial runs a backtest. It reads stored data beside a running service and
// changes nothing.
func Trial(ctx context.Context, o TrialOptions) (report backtest.Report, err error) {
	var data *Archive
	zone := time.UTC
	if o.Where != (Where{}) {
		if data, err = OpenArchive(ctx, o.Where); err != nil {
			return report, err
		}
		defer func() { err = errors.Join(err, data.Close()) }()
		zone = data.Zone
	}
	old, err := o.published(ctx, data)
	if err != nil {
		return report, err
	}
	fresh, err := loadRules([]string{o.Rules})
	if err != nil {
		return report, err
	}
	trial := backtest.Trial{Zone: zone, Samples: o.Samples}
	for judge, rules := range map[*backtest.Judge]*rule.File{&trial.New: fresh, &trial.Old: old} {
		a, err := o.judge(rules, zone)
		if err != nil {
			return report, err
		}
		defer a.Close()
		*judge = a
	}
	if o.Posts != "" {
		return fromFile(trial, o.Posts)
	}
	return trial.Run(posts.Between(ctx, data.Store.Reader(), o.Now.AddDate(0, 0, -o.Days), o.Now))
}

// judge is an analyzer as the configuration has it, with rules to try.
func (o TrialOptions) judge(rules *rule.File, zone *time.Location) (*analyzer.Analyzer, error) {
	options := analyzer.Options{}
	if o.Where != (Where{}) {
		c, err := o.Where.Config()
		if err != nil {
			return nil, err
		}
		if options, err = analyzerOptions(c, o.Words); err != nil {
			return nil, err
		}
	}
	options.Rules, options.Words, options.Lang, options.Zone = rules, o.Words, o.Lang, zone
	return analyzer.New(options)
}

// published are the rules to hold the new ones against: those of a file, else
// those the service runs with, else none.
func (o TrialOptions) published(ctx context.Context, data *Archive) (*rule.File, error) {
	if o.Against != "" {
		return loadRules([]string{o.Against})
	}
	if data == nil {
		return &rule.File{}, nil
	}
	list, err := definitions.New(data.Store).Current(ctx, definitionRules)
	if err != nil {
		return nil, err
	}
	files := make([]*rule.File, 0, len(list))
	for _, d := range list {
		var f rulesFile
		if err := json.Unmarshal(d.Body, &f); err != nil {
			return nil, err //nolint:wrapcheck // the caller says what was read
		}
		parsed, err := rule.ParseFile([]byte(f.Text))
		if err != nil {
			return nil, InFile(f.File, err)
		}
		files = append(files, parsed)
	}
	return rule.Join(files...)
}

// fromFile runs a trial on JSON lines.
func fromFile(trial backtest.Trial, name string) (backtest.Report, error) {
	body, err := os.ReadFile(name)
	if err != nil {
		return backtest.Report{}, huiying.Errorf(huiying.Invalid, "config.unreadable", name, err)
	}
	return trial.Run(postLines(name, string(body)))
}

func postLines(name, body string) iter.Seq2[huiying.Post, error] {
	return func(yield func(huiying.Post, error) bool) {
		number := 0
		for line := range strings.Lines(body) {
			number++
			if strings.TrimSpace(line) == "" {
				continue
			}
			var p huiying.Post
			if err := json.Unmarshal([]byte(line), &p); err != nil {
				yield(p, huiying.Errorf(huiying.Invalid, "cli.bad_post", name, number, err))
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}
