package tool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"huiying"
	"huiying/analyzer/rule"
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
func Analyze(ctx context.Context, s Streams, o AnalyzeOptions) error {
	judge, err := app.OpenAnalyzer(app.AnalyzerOptions{ConfigFile: o.ConfigFile, RulesFile: o.RulesFile, Words: s.Words, Lang: s.Lang})
	if err != nil {
		return err
	}
	defer judge.Close()
	bad, err := judge.Stream(ctx, app.Judging{In: s.In, Out: s.Out, Workers: o.Workers, Bad: func(line int, err error) {
		s.say("cli.bad_line", line, err)
	}})
	if err == nil && bad > 0 {
		err = ErrFailed
	}
	return err
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
	judge, err := app.OpenAnalyzer(app.AnalyzerOptions{ConfigFile: o.ConfigFile, RulesFile: o.RulesFile, Words: s.Words, Lang: s.Lang})
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
		explain(s, e)
	}
	return nil
}

// explain prints an explanation as an indented tree.
func explain(s Streams, e rule.Explanation) {
	fmt.Fprintf(s.Out, "%s %s  %s\n", e.Rule, e.Name, e.Why)
	for _, f := range e.Tokens {
		fmt.Fprintf(s.Out, "  %s: %s\n", f.Field, strings.Join(f.Tokens, " | "))
	}
	explainPart(s, e.Root, 1)
}

func explainPart(s Streams, p rule.Part, depth int) {
	mark := "-"
	if p.Holds {
		mark = "+"
	}
	fmt.Fprintf(s.Out, "%s%s %s  %s\n", strings.Repeat("  ", depth), mark, p.Expression, p.Why)
	for _, child := range p.Parts {
		explainPart(s, child, depth+1)
	}
}
