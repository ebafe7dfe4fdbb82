package tool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/config"
)

// AnalyzeOptions says which rules judge and how many workers.
type AnalyzeOptions struct {
	ConfigFile string
	RulesFile  string
	Workers    int
}

// Analyze reads posts as JSON lines and prints their events in the same order.
// A line that is no post is told with its number, and the rest goes on; the
// command then fails at the end.
func Analyze(ctx context.Context, s Streams, o AnalyzeOptions) (err error) {
	judge, err := app.OpenAnalyzer(app.AnalyzerOptions{
		ConfigFile: o.ConfigFile, RulesFile: o.RulesFile, Words: s.Words,
	})
	if err != nil {
		return err
	}
	defer judge.Close()
	return judge.Stream(ctx, app.StreamOptions{In: s.In, Out: s.Out, Workers: o.Workers, Bad: func(err error) {
		fmt.Fprintln(s.Err, s.Words.Sentence(s.Lang, err))
	}})
}

// RuleCheck prints every mistake of a rules file at once.
func RuleCheck(s Streams, file string) error {
	if file == "" {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.no_rules_file")}
	}
	c := config.Default()
	c.Rules = []string{file}
	if err := errors.Join(app.Check(c)...); err != nil {
		return err
	}
	s.say("config.good", file)
	return nil
}

// ExplainOptions names rules and the text they are held against.
type ExplainOptions struct {
	RulesFile  string
	Rule       string // "" = every rule of the file
	Text       string
	Title      string
	ConfigFile string
	JSON       bool
}

// RuleExplain prints why rules hold, or do not, for a text.
func RuleExplain(s Streams, o ExplainOptions) error {
	judge, err := app.OpenAnalyzer(app.AnalyzerOptions{ConfigFile: o.ConfigFile, RulesFile: o.RulesFile, Words: s.Words})
	if err != nil {
		return err
	}
	defer judge.Close()
	now := time.Now()
	post := huiying.Post{
		ID: "text:1", Source: "text", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Title: o.Title, Text: o.Text, PublishedAt: now, CollectedAt: now,
	}
	list, err := judge.Explain(o.Rule, post)
	if err != nil {
		return err
	}
	for i, e := range list {
		if o.JSON {
			if err := s.line(e); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(s.Out)
		}
		fmt.Fprintln(s.Out, strings.TrimRight(e.Text(s.Words, s.Lang), "\n"))
	}
	return nil
}
