package rule_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"huiying/analyzer/analyzertest"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lang"
	"huiying/analyzer/segment"
)

// slow evaluates the tree as it was parsed, in the most obvious way: every
// term is looked for by itself at every place, every pair is compared. What it
// says is what the language means.
type slow struct {
	d      *rule.Document
	search map[string]bool // parts of longer words that the search-mode cut gives
}

// at is a place: field, start, end.
type at struct{ field, start, end int }

// view is the part of the document that is looked at.
type view struct {
	fields []string
	field  int // -1 = both fields whole, else from..to of one
	from   int
	to     int
}

func (v view) sees(p at, name string) bool {
	named := false
	for _, f := range v.fields {
		named = named || f == name
	}
	return named && (v.field < 0 || v.field == p.field && v.from <= p.start && p.end <= v.to)
}

func (s slow) field(i int) rule.Field {
	if i == 0 {
		return s.d.Title
	}
	return s.d.Text
}

func (s slow) holds(n *lang.Node, v view) bool {
	switch n.Kind {
	case lang.And:
		for _, k := range n.Kids {
			if !s.holds(k, v) {
				return false
			}
		}
		return true
	case lang.Or:
		for _, k := range n.Kids {
			if s.holds(k, v) {
				return true
			}
		}
		return false
	case lang.Not:
		return !s.holds(n.Kids[0], v)
	case lang.Field:
		return s.holds(n.Kids[0], narrowed(v, n.Name))
	case lang.Near:
		return s.near(n, n.Kids[0], n.Kids[1], v, v)
	case lang.Sentence, lang.Paragraph:
		return len(s.units(n, v)) > 0
	case lang.AtLeast:
		return apart(s.places(n.Kids[0], v)) >= n.N
	case lang.Score:
		sum := 0.0
		for i, k := range n.Kids {
			if s.holds(k, v) {
				sum += n.Weights[i]
			}
		}
		return sum > n.Least-1e-9
	case lang.Time:
		return n.N == 22 // only hour:22-6 and hour:8-18 are drawn; the post is of 23:10
	case lang.Count:
		return s.d.Post.Engagement.Reposts >= int64(n.N) // only reposts>= is drawn
	case lang.Meta:
		return s.d.Post.Platform == n.Text // only platform is drawn
	}
	return len(s.places(n, v)) > 0
}

func narrowed(v view, name string) view {
	v.fields = []string{name}
	return v
}

// near spreads over AND and NOT in its operands and compares places; each
// operand has its own view, for its own field scope.
func (s slow) near(n, left, right *lang.Node, lv, rv view) bool {
	if left.Kind == lang.Field {
		return s.near(n, left.Kids[0], right, narrowed(lv, left.Name), rv)
	}
	if right.Kind == lang.Field {
		return s.near(n, left, right.Kids[0], lv, narrowed(rv, right.Name))
	}
	switch {
	case !seen(left):
		return combine(left, func(k *lang.Node) bool { return s.near(n, k, right, lv, rv) })
	case !seen(right):
		return combine(right, func(k *lang.Node) bool { return s.near(n, left, k, lv, rv) })
	}
	return len(s.pairs(n, s.places(left, lv), s.places(right, rv))) > 0
}

// seen reports whether a node is seen somewhere where it holds; an OR of such
// nodes is one thing with all their places and is not spread.
func seen(n *lang.Node) bool {
	switch n.Kind {
	case lang.And, lang.Not, lang.Score, lang.Meta, lang.Count, lang.Time:
		return false
	case lang.Or, lang.Field, lang.AtLeast, lang.Sentence, lang.Paragraph:
		for _, k := range n.Kids {
			if !seen(k) {
				return false
			}
		}
	}
	return true
}

func combine(group *lang.Node, f func(*lang.Node) bool) bool {
	switch group.Kind {
	case lang.Not:
		return !f(group.Kids[0])
	case lang.And:
		for _, k := range group.Kids {
			if !f(k) {
				return false
			}
		}
		return true
	}
	for _, k := range group.Kids {
		if f(k) {
			return true
		}
	}
	return false
}

// pairs gives the places that are in a pair near enough.
func (s slow) pairs(n *lang.Node, left, right []at) []at {
	var out []at
	for _, a := range left {
		for _, b := range right {
			if a.field != b.field {
				continue
			}
			if a.end <= b.start && s.gap(n, a, b) <= n.N || !n.Ordered && b.end <= a.start && s.gap(n, b, a) <= n.N {
				out = append(out, a, b)
			}
		}
	}
	return out
}

func (s slow) gap(n *lang.Node, a, b at) int {
	if !n.Tokens {
		return b.start - a.end
	}
	count := 0
	f := s.field(a.field)
	for _, t := range f.Tokens {
		if int(t.Start) >= a.end && int(t.End) <= b.start && !unicode.IsSpace(f.Text.Runes[t.Start]) {
			count++
		}
	}
	return count
}

func (s slow) units(n *lang.Node, v view) []view {
	var out []view
	for f := range 2 {
		if v.field >= 0 && v.field != f {
			continue
		}
		runes := s.field(f).Text.Runes
		lines := map[int]bool{}
		for _, l := range s.field(f).Text.Newlines {
			lines[int(l)] = true
		}
		from := 0
		for i := range runes {
			if !lines[i] && (n.Kind == lang.Paragraph || !strings.ContainsRune("。!?;…", runes[i])) && i < len(runes)-1 {
				continue
			}
			unit := view{fields: v.fields, field: f, from: from, to: i + 1}
			if v.field >= 0 {
				unit.from, unit.to = max(unit.from, v.from), min(unit.to, v.to)
			}
			from = i + 1
			if unit.from >= unit.to {
				continue
			}
			all := true
			for _, k := range n.Kids {
				all = all && s.holds(k, unit)
			}
			if all {
				out = append(out, unit)
			}
		}
	}
	return out
}

// places gives where a node with places is seen.
func (s slow) places(n *lang.Node, v view) []at {
	var out []at
	switch n.Kind {
	case lang.Term:
		return s.term(n.Text, n.Word, v)
	case lang.Set:
		for _, w := range n.Words {
			out = append(out, s.term(w, n.Word, v)...)
		}
	case lang.Regex:
		return s.regex(n.Re, v)
	case lang.Wild:
		return s.wild(n, v)
	case lang.Except:
		whole := view{fields: v.fields, field: -1}
		for _, p := range s.places(n.Kids[0], v) {
			clear := true
			for _, q := range s.places(n.Kids[1], whole) {
				clear = clear && (p.field != q.field || q.start >= p.end || p.start >= q.end)
			}
			if clear {
				out = append(out, p)
			}
		}
	case lang.Or:
		for _, k := range n.Kids {
			out = append(out, s.places(k, v)...)
		}
	case lang.Field:
		return s.places(n.Kids[0], narrowed(v, n.Name))
	case lang.Near:
		return s.pairs(n, s.places(n.Kids[0], v), s.places(n.Kids[1], v))
	case lang.Sentence, lang.Paragraph:
		for _, u := range s.units(n, v) {
			for _, k := range n.Kids {
				out = append(out, s.places(k, u)...)
			}
		}
	case lang.AtLeast:
		if s.holds(n, v) {
			return s.places(n.Kids[0], v)
		}
	}
	return out
}

func (s slow) term(text string, word bool, v view) []at {
	var out []at
	want := []rune(text)
	for f := range 2 {
		runes := s.field(f).Text.Runes
		for i := 0; i+len(want) <= len(runes); i++ {
			p := at{f, i, i + len(want)}
			if string(runes[i:p.end]) == text && v.sees(p, []string{"title", "text"}[f]) && (!word || s.whole(p, text)) {
				out = append(out, p)
			}
		}
	}
	return out
}

// wild tries every run of the text: for every place of the first literal the
// shortest that matches the pattern as a regular expression.
func (s slow) wild(n *lang.Node, v view) []at {
	var re strings.Builder
	re.WriteString("^(")
	for i, gap := range n.Parts.Gaps {
		most := gap.Max
		if edge := i == 0 || i == len(n.Parts.Gaps)-1; edge && !n.Word {
			most = gap.Min
		}
		if i == 0 {
			re.WriteString("[\\p{L}\\p{Nd}]{" + itoa(gap.Min) + "," + itoa(most) + "})(")
		} else {
			re.WriteString(regexp.QuoteMeta(n.Parts.Literals[i-1]) + "[\\p{L}\\p{Nd}]{" + itoa(gap.Min) + "," + itoa(most) + "}")
		}
	}
	pattern := regexp.MustCompile(re.String() + ")$")
	var out []at
	for f := range 2 {
		runes := s.field(f).Text.Runes
		best := map[int]at{} // by the place of the first literal
		for start := range runes {
			for end := start + 1; end <= len(runes) && end-start <= 40; end++ {
				p := at{f, start, end}
				m := pattern.FindStringSubmatch(string(runes[start:end]))
				if m == nil || n.Word && !s.whole(p, "") {
					continue
				}
				first := start + len([]rune(m[1]))
				if old, ok := best[first]; !ok || end-start < old.end-old.start {
					best[first] = p
				}
			}
		}
		for _, p := range best {
			if v.sees(p, []string{"title", "text"}[f]) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (s slow) whole(p at, text string) bool {
	starts, ends, inside := false, false, false
	for _, t := range s.field(p.field).Tokens {
		starts = starts || int(t.Start) == p.start
		ends = ends || int(t.End) == p.end
		emoticon := t.End-t.Start > 1 && s.field(p.field).Text.Runes[t.Start] == '['
		inside = inside || int(t.Start) <= p.start && p.end <= int(t.End) && !emoticon
	}
	n := p.end - p.start
	return starts && ends || inside && (n == 2 || n == 3) && s.search[text]
}

func (s slow) regex(re *regexp.Regexp, v view) []at {
	var out []at
	for f := range 2 {
		text := string(s.field(f).Text.Runes)
		for _, m := range re.FindAllStringIndex(text, -1) {
			p := at{f, len([]rune(text[:m[0]])), len([]rune(text[:m[1]]))}
			if v.sees(p, []string{"title", "text"}[f]) {
				out = append(out, p)
			}
		}
	}
	return out
}

// apart counts places greedily by their ends.
func apart(places []at) int {
	n := 0
	for f := range 2 {
		end := 0
		for {
			best := -1
			for _, p := range places {
				if p.field == f && p.start >= end && (best < 0 || p.end < best) {
					best = p.end
				}
			}
			if best < 0 {
				break
			}
			n, end = n+1, best
		}
	}
	return n
}

// searchParts asks the search-mode cut's rule of every word the draws use.
func searchParts(c segment.Cutter) map[string]bool {
	known := map[string]bool{}
	for _, w := range drawnTerms() {
		known[w] = c.Has(w)
	}
	return known
}

func drawnTerms() []string {
	return []string{"中卫", "中卫市", "卫生", "集中", "卫", "市", "政务", "政务大厅", "大厅", "排队", "队", "国足", "a", "ab", "😡", "生 排"}
}

func drawnExpressions() *rapid.Generator[string] {
	term := rapid.Custom(func(t *rapid.T) string {
		w := `"` + rapid.SampledFrom(drawnTerms()).Draw(t, "word") + `"`
		switch rapid.IntRange(0, 10).Draw(t, "how") {
		case 0, 1:
			return "word(" + w + ")"
		case 2:
			return "set(地)"
		case 3:
			return "word(set(球))"
		case 4:
			return `/[中排].|队+/`
		case 5:
			return rapid.SampledFrom([]string{"中?", "?卫", "政*厅", "中*生", "a?", "*队", "集*", "市*大*厅", "?中卫?"}).Draw(t, "wild")
		case 6:
			return "word(" + rapid.SampledFrom([]string{"中*", "*卫生", "政*厅", "?务大厅", "政*", "*队"}).Draw(t, "wild word") + ")"
		}
		return w
	})
	located := rapid.Custom(func(t *rapid.T) string {
		a, b := term.Draw(t, "a"), term.Draw(t, "b")
		n := rapid.SampledFrom([]string{"0", "1", "2", "5", "0t", "1t", "2t"}).Draw(t, "n")
		switch rapid.IntRange(0, 8).Draw(t, "shape") {
		case 0:
			return "(" + a + " OR " + b + ")"
		case 1:
			return "(" + a + " NEAR/" + n + " " + b + ")"
		case 2:
			return "(" + a + " ONEAR/" + n + " " + b + ")"
		case 3:
			return "sentence(" + a + ", " + b + ")"
		case 4:
			return "title:(" + a + ")"
		case 5:
			return "atleast(2, " + a + ")"
		case 6:
			return "(" + a + " EXCEPT " + b + ")"
		}
		return a
	})
	var expr *rapid.Generator[string]
	expr = rapid.Custom(func(t *rapid.T) string {
		a, b := located.Draw(t, "a"), located.Draw(t, "b")
		n := rapid.SampledFrom([]string{"0", "1", "3", "10", "0t", "2t"}).Draw(t, "n")
		switch rapid.IntRange(0, 16).Draw(t, "kind") {
		case 0:
			return a + " AND " + b
		case 1:
			return a + " OR " + b
		case 2:
			return a + " NOT " + b
		case 3:
			return a + " NEAR/" + n + " " + b
		case 4:
			return a + " ONEAR/" + n + " " + b
		case 5:
			return "(" + a + " AND " + b + ") NEAR/" + n + " " + located.Draw(t, "c")
		case 6:
			return located.Draw(t, "c") + " NEAR/" + n + " (" + a + " NOT " + b + ")"
		case 7:
			return "sentence(" + a + ", (" + expr.Draw(t, "sub") + "))"
		case 8:
			return "paragraph(" + a + ", NOT " + b + ")"
		case 9:
			return "atleast(" + rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "times") + ", " + a + " OR " + b + ")"
		case 10:
			return "text:(" + term.Draw(t, "scoped") + " OR " + term.Draw(t, "scoped too") + ") AND " + a
		case 11:
			return "NOT (" + expr.Draw(t, "sub") + ")"
		case 12:
			return "(" + expr.Draw(t, "one") + ") AND (" + expr.Draw(t, "two") + ")"
		case 13:
			w := rapid.SampledFrom([]string{"", "^2", "^-1", "^0.5"})
			return "score(" + rapid.SampledFrom([]string{"0.5", "1", "2", "2.5"}).Draw(t, "least") + ", " + a + w.Draw(t, "wa") + ", " + b + w.Draw(t, "wb") + ", (" + expr.Draw(t, "sub") + ")" + w.Draw(t, "wc") + ")"
		case 14:
			return "sentence(" + a + " EXCEPT (" + b + " OR " + term.Draw(t, "also") + "), " + located.Draw(t, "c") + ")"
		case 15:
			return rapid.SampledFrom([]string{"hour:22-6", "hour:8-18"}).Draw(t, "hour") + " AND " + a
		}
		return "reposts>=100 AND (platform:portal OR " + a + ")"
	})
	return expr
}

func drawnTexts() *rapid.Generator[string] {
	part := rapid.SampledFrom([]string{"中卫", "市", "政务大厅", "集中卫生", "排队", "队", "国足", "a", "ab", "😡", "[怒]", "。", "，", "\n", " ", "的工作人员", "很远", "⏎", "生 排队", "中衛"})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(part, 0, 14).Draw(t, "parts"), "")
	})
}

// rounds is how many expressions are held against texts: 20,000 in every run,
// as many as HUIYING_DIFFERENTIAL says in a long one (make fuzz: a million).
func rounds(t *testing.T) int {
	t.Helper()
	asked := os.Getenv("HUIYING_DIFFERENTIAL")
	if asked == "" {
		return 20_000
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 {
		t.Fatalf("HUIYING_DIFFERENTIAL=%s is no number of rounds", asked)
	}
	return n
}

// The program agrees with the slow evaluation: five expressions in one program
// on a text, again and again.
func TestAgreesWithSlow(t *testing.T) {
	c := analyzertest.Cutter(t)
	known := searchParts(c)
	sets := lang.Sets{"球": {"国足", "中卫"}, "地": {"大厅", "政务大厅"}}
	expressions, texts := drawnExpressions(), drawnTexts()
	both := []string{"title", "text"}
	done, held := 0, 0
	for seed := 0; done < rounds(t); seed++ {
		d := document(t, c, texts.Example(seed))
		whens := make([]string, 5)
		for i := range whens {
			whens[i] = expressions.Example(5*seed + i)
		}
		p, trees := programOf(t, c, whens, sets)
		got := map[string]bool{}
		for _, tag := range p.Match(d).Tags {
			got[tag.Rule] = true
		}
		for i, tree := range trees {
			want := slow{d, known}.holds(tree, view{fields: both, field: -1})
			if got["r-"+itoa(i)] != want {
				t.Fatalf("seed %d: %s on %q⏎%q: got %v, want %v", seed, whens[i], d.Title.Text.Received, d.Text.Text.Received, !want, want)
			}
			if want {
				held++
			}
		}
		done += len(trees)
	}
	t.Logf("%d expressions, %d held", done, held)
	if held < done/10 || held > done*9/10 {
		t.Errorf("%d of %d held: the draws say little", held, done)
	}
}

// programOf compiles expressions; one with a scope inside the other scope is
// given another scope.
func programOf(t *testing.T, c segment.Cutter, whens []string, sets lang.Sets) (*rule.Program, []*lang.Node) {
	t.Helper()
	var yaml strings.Builder
	yaml.WriteString("sets: {球: [国足, 中卫], 地: [大厅, 政务大厅]}\nrules:\n")
	trees := make([]*lang.Node, len(whens))
	for i := range whens {
		tree, problems := lang.Parse(whens[i], sets)
		if len(problems) > 0 && problems[0].Key == "rule.field_in_field" {
			whens[i] = strings.ReplaceAll(whens[i], "text:", "title:")
			tree, problems = lang.Parse(whens[i], sets)
		}
		if len(problems) > 0 {
			t.Fatalf("%s: %v", whens[i], problems)
		}
		trees[i] = tree
		yaml.WriteString("  - {id: r-" + itoa(i) + ", when: '" + whens[i] + "'}\n")
	}
	f, err := rule.ParseFile([]byte(yaml.String()))
	if err != nil {
		t.Fatalf("%s\n%s", yaml.String(), sentences(t, err))
	}
	p, err := rule.Compile(rule.Options{Rules: f, Known: c})
	if err != nil {
		t.Fatal(err)
	}
	return p, trees
}
