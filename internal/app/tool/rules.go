package tool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"huiying"
	"huiying/analyzer/backtest"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/foreign"
	"huiying/analyzer/rule/foreign/query"
	"huiying/analyzer/rule/foreign/radar"
	"huiying/analyzer/rule/lint"
	"huiying/analyzer/rule/tidy"
	"huiying/internal/app"
)

// RuleBacktest prints what rules would have done to posts of past days.
func RuleBacktest(ctx context.Context, s Streams, o app.TrialOptions, asJSON bool) error {
	if o.Posts == "" && o.Where == (app.Where{}) {
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.backtest_posts")}
	}
	o.Words, o.Lang = s.Words, s.Lang
	report, err := app.Trial(ctx, o)
	if err != nil {
		return err
	}
	if asJSON {
		return s.line(report)
	}
	return s.trial(report)
}

func (s Streams) trial(r backtest.Report) error {
	fmt.Fprintln(s.Out, s.Words.Text(s.Lang, "cli.backtest_sum", r.Posts, r.Tagged.New, r.Tagged.Old, r.Alerts.New, r.Alerts.Old))
	w := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, s.Words.Text(s.Lang, "cli.backtest_days"))
	for _, d := range r.Days {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\n", d.Day, d.Posts, d.Tagged.New, d.Tagged.Old, d.Alerts.New, d.Alerts.Old)
	}
	fmt.Fprintln(w, s.Words.Text(s.Lang, "cli.backtest_rules"))
	for _, t := range r.Rules {
		fmt.Fprintf(w, "%s\t%d\t%d\t+%d\t-%d\t%s\n", t.Rule, t.Hits.New, t.Hits.Old, t.Gained, t.Lost, t.Name)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	for _, t := range r.Rules {
		for _, m := range t.Sample {
			fmt.Fprintf(s.Out, "%s %s %s %s\n", m.Sign, t.Rule, m.Post, m.Text)
		}
	}
	return nil
}

// advice is one finding as it is printed.
type advice struct {
	Rule   string `json:"rule"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Code   string `json:"code"`
	Text   string `json:"text"`
}

// RuleLint prints what is written correctly and probably not meant. Advice is
// no failure.
func RuleLint(s Streams, file, configFile string, asJSON bool) error {
	f, err := app.ReadRules(file)
	if err != nil {
		return err
	}
	o, err := app.LintOptions(configFile)
	if err != nil {
		return err
	}
	list := lint.Check(f, o)
	for _, a := range list {
		text := s.Words.Text(s.Lang, a.Key, a.Args...)
		if asJSON {
			if err := s.line(advice{a.Rule, a.Line, a.Column, a.Key, text}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(s.Out, s.Words.Text(s.Lang, "cli.advice", file, a.Line, a.Column, a.Rule, text))
	}
	if len(list) == 0 {
		s.say("cli.no_advice", file)
	}
	return nil
}

// RuleFormat writes the expressions of a rules file in one way: to the file
// itself, or to stdout.
func RuleFormat(s Streams, file string, write bool) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "config.unreadable", file, err)
	}
	out, err := tidy.Format(raw)
	if err != nil {
		return app.InFile(file, err)
	}
	if !write {
		_, err := s.Out.Write(out)
		return err //nolint:wrapcheck // nothing to add
	}
	if bytes.Equal(raw, out) {
		return nil
	}
	if err := os.WriteFile(file, out, 0o644); err != nil { //nolint:gosec // rules are no secret
		return fmt.Errorf("write %s: %w", file, err)
	}
	s.say("cli.formatted", file)
	return nil
}

// RuleImport prints the rules of another system as a rules file, and says of
// each what could not be carried over.
func RuleImport(s Streams, file, from string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "config.unreadable", file, err)
	}
	result := query.Translate(raw, from)
	if from == "trendradar" {
		result = radar.Translate(raw)
	}
	for _, r := range result.Rules {
		s.say("cli.imported_rule", r.Line, r.ID, r.Source, r.When)
		for _, n := range r.Notes {
			s.note(n)
		}
	}
	for _, n := range result.Problems {
		s.note(n)
	}
	out := foreign.YAML(result.Rules)
	if _, err := rule.ParseFile(out); len(result.Rules) > 0 && err != nil {
		return fmt.Errorf("the translation is not read: %w", err)
	}
	if _, err := s.Out.Write(out); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	s.say("cli.imported", len(result.Rules), len(result.Problems))
	if len(result.Rules) == 0 {
		return ErrFailed
	}
	return nil
}

func (s Streams) note(n foreign.Note) {
	s.say("cli.import_note", n.Line, n.Column, s.Words.Text(s.Lang, n.Key, n.Args...))
}

// HistoryOptions say which versions of which rules file.
type HistoryOptions struct {
	Where   app.Where
	ID      string // of the file; "" = every one
	Version int    // print this version's text; 0 = list
	JSON    bool
}

// RuleHistory lists the versions of the rules, who changed what; or prints one,
// which put into the file again takes the rules back.
func RuleHistory(ctx context.Context, s Streams, o HistoryOptions) error {
	list, err := app.RulesHistory(ctx, o.Where)
	if err != nil {
		return err
	}
	if o.Version > 0 {
		text, err := app.VersionText(list, o.ID, o.Version)
		if err != nil {
			return err
		}
		_, err = s.Out.Write([]byte(text))
		return err //nolint:wrapcheck // nothing to add
	}
	for _, v := range list {
		if o.ID != "" && v.ID != o.ID {
			continue
		}
		if o.JSON {
			if err := s.line(v); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(s.Out, "%s  %d  %s  %s  +%v ~%v -%v\n", v.ID, v.Version, v.At.Format("2006-01-02 15:04:05"), v.Author, v.Added, v.Changed, v.Removed)
	}
	return nil
}
