package rulebook

import (
	"context"
	"strings"

	"huiying"
	"huiying/analyzer/rule"
	"huiying/internal/query"
)

// maxTry is how long a text to be explained may be, in characters.
const maxTry = 5000

// Explain says why a rule of the draft, or of a file, holds for a text.
func (d *Desk) Explain(ctx context.Context, q query.RuleQuestion) (out query.RuleAnswer, err error) {
	if strings.TrimSpace(q.Title+q.Text) == "" || len([]rune(q.Title+q.Text)) > maxTry {
		return out, huiying.Errorf(huiying.Invalid, "rules.try_text", maxTry)
	}
	rules, err := d.tried(ctx)
	if err != nil {
		return out, err
	}
	judge, err := d.Judge()
	if err != nil {
		return out, err
	}
	now := d.Now()
	list, err := judge.ExplainRules(huiying.Post{
		ID: "text:1", Source: "text", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, Title: q.Title, Text: q.Text, PublishedAt: now, CollectedAt: now,
	}, rules, q.Rule)
	if err != nil {
		return out, err
	}
	e := list[0]
	out = query.RuleAnswer{Rule: e.Rule, Name: e.Name, Holds: e.Holds, Why: e.Why, Match: e.Match}
	out.Parts = parts(nil, e.Root, 0)
	for _, t := range e.Tokens {
		out.Tokens = append(out.Tokens, query.RuleTokens{Field: t.Field, Words: t.Tokens})
	}
	if d.Advise != nil {
		for _, a := range d.Advise(rules) {
			if a.Rule == q.Rule {
				out.Advice = append(out.Advice, a)
			}
		}
	}
	return out, nil
}

func parts(out []query.RulePart, p rule.Part, depth int) []query.RulePart {
	out = append(out, query.RulePart{Depth: depth, Expression: p.Expression, Holds: p.Holds, Why: p.Why, Nearest: p.Nearest})
	for _, child := range p.Parts {
		out = parts(out, child, depth+1)
	}
	return out
}

// tried are the files' rules and the draft's, those that are off as well:
// whoever asks about one wants an answer.
func (d *Desk) tried(ctx context.Context) (*rule.File, error) {
	files, page, err := d.inForce(ctx)
	if err != nil {
		return nil, err
	}
	rules, _, err := d.draft(ctx, page.Rules)
	if err != nil {
		return nil, err
	}
	on := make([]query.NewRule, len(rules))
	for i, r := range rules {
		r.Off = false
		on[i] = r
	}
	return join(files, on)
}
