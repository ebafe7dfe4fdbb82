package foreign_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiying/analyzer/fold"
	"huiying/analyzer/rule/foreign"
	"huiying/analyzer/rule/foreign/query"
	"huiying/analyzer/rule/foreign/radar"
	"huiying/analyzer/rule/lang"
)

// holds evaluates an expression of ours without NEAR for one text, which
// stands for title and text both. post says what is so of the post.
func holds(t *rapid.T, n *lang.Node, text string, post map[string]bool) bool {
	kid := func(k *lang.Node) bool { return holds(t, k, text, post) }
	switch n.Kind {
	case lang.Term:
		return strings.Contains(fold.String(text), n.Text)
	case lang.Regex:
		return n.Re.MatchString(fold.String(text))
	case lang.And:
		return !slices.ContainsFunc(n.Kids, func(k *lang.Node) bool { return !kid(k) })
	case lang.Or:
		return slices.ContainsFunc(n.Kids, kid)
	case lang.Not:
		return !kid(n.Kids[0])
	case lang.Field:
		return kid(n.Kids[0])
	case lang.Meta:
		return post[n.Name+":"+n.Text]
	}
	t.Fatalf("no evaluation of %v", n)
	return false
}

func parsed(t *rapid.T, r foreign.Rule) *lang.Node {
	n, problems := lang.Parse(r.When, nil)
	if len(problems) > 0 {
		t.Fatalf("%q: %v", r.When, problems)
	}
	return n
}

// A group of TrendRadar and the rule it becomes hold for the same headlines.
func TestTrendRadarMeansTheSame(t *testing.T) {
	words := rapid.SampledFrom([]string{"甲", "乙", "甲乙", "丙?", "AI", `/(?<![a-z])ab(?![a-z])/`, `/丁|戊甲/`, `/甲.乙/i`, "a b"})
	meets := func(word, headline string) bool {
		switch word {
		case `/(?<![a-z])ab(?![a-z])/`: // RE2 has no such thing: by hand
			for i := range headline {
				rest, ok := strings.CutPrefix(headline[i:], "ab")
				before := regexp.MustCompile(`[a-z]$`).MatchString(headline[:i])
				if ok && !before && !regexp.MustCompile(`^[a-z]`).MatchString(rest) {
					return true
				}
			}
			return false
		case `/丁|戊甲/`, `/甲.乙/i`:
			return regexp.MustCompile(strings.Trim(word, "/i")).MatchString(headline)
		}
		return strings.Contains(headline, strings.ToLower(word))
	}
	rapid.Check(t, func(t *rapid.T) {
		list := func(name string, least int) []string { return rapid.SliceOfN(words, least, 3).Draw(t, name) }
		global, plain, required, excluded := list("global", 0), list("plain", 1), list("required", 0), list("excluded", 0)
		lines := append([]string{"[GLOBAL_FILTER]"}, global...)
		lines = append(lines, "", "[WORD_GROUPS]")
		lines = append(lines, plain...)
		for _, w := range required {
			lines = append(lines, "+"+w)
		}
		for _, w := range excluded {
			lines = append(lines, "!"+w)
		}
		data := []byte(strings.Join(lines, "\n"))
		res := radar.Translate(data)
		sound(t, data, res)
		if len(res.Rules) != 1 || len(res.Rules[0].Notes) != 0 {
			t.Fatalf("%q gives %s", data, shown(res))
		}
		rule := parsed(t, res.Rules[0])
		for range 20 {
			headline := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙丙丁戊?ab yx")), 1, 8, -1).Draw(t, "headline")
			any := func(list []string) bool {
				return slices.ContainsFunc(list, func(w string) bool { return meets(w, headline) })
			}
			want := any(plain) && !any(excluded) && !any(global)
			for _, w := range required {
				want = want && meets(w, headline)
			}
			if got := holds(t, rule, headline, nil); got != want {
				t.Fatalf("%q for %q: %v, there %v", res.Rules[0].When, headline, got, want)
			}
		}
	})
}

// said is a part of a query: as it is written and what it means there.
type said struct {
	text string
	is   func(headline string, facts map[string]bool) bool
}

// queries draws queries of terms, fields we have and fields we do not have.
func queries(leaves []said) *rapid.Generator[said] {
	var draw func(t *rapid.T, depth int) said
	draw = func(t *rapid.T, depth int) said {
		kind := rapid.IntRange(0, 4).Draw(t, "kind")
		if depth == 0 || kind == 0 {
			return rapid.SampledFrom(leaves).Draw(t, "leaf")
		}
		a, b := draw(t, depth-1), draw(t, depth-1)
		switch kind {
		case 1:
			return said{"(" + a.text + " AND " + b.text + ")", func(h string, f map[string]bool) bool { return a.is(h, f) && b.is(h, f) }}
		case 2:
			return said{"(" + a.text + " or " + b.text + ")", func(h string, f map[string]bool) bool { return a.is(h, f) || b.is(h, f) }}
		case 3:
			return said{"(" + a.text + " NOT " + b.text + ")", func(h string, f map[string]bool) bool { return a.is(h, f) && !b.is(h, f) }}
		}
		return said{"(" + a.text + "\n" + b.text + ")", func(h string, f map[string]bool) bool { return a.is(h, f) && b.is(h, f) }}
	}
	return rapid.Custom(func(t *rapid.T) said { return draw(t, 4) })
}

func termSaid(word string) said {
	return said{word, func(h string, _ map[string]bool) bool { return strings.Contains(h, strings.TrimRight(word, "*")) }}
}

func factSaid(text, fact string) said {
	return said{text, func(_ string, f map[string]bool) bool { return f[fact] }}
}

// A query whose parts are all carried over holds for the same texts. One that
// loses parts holds at least where it did when every loss is told as wider, at
// most where it did when every loss is told as narrower.
func TestQueryMeansWhatIsTold(t *testing.T) {
	ours := []said{termSaid("甲"), termSaid("乙"), termSaid("丙*"), factSaid("site:weibo.com", "platform:weibo")}
	theirs := []said{factSaid("author:张三", "a"), factSaid("language:(zh OR en)", "b"), factSaid("followers >5", "c")}
	exact, wider, narrower := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		q := queries(append(ours, theirs...)).Draw(t, "query")
		dialect := rapid.SampledFrom([]string{query.Brandwatch, query.Meltwater}).Draw(t, "dialect")
		res := query.Translate([]byte(q.text), dialect)
		sound(t, []byte(q.text), res)
		if len(res.Rules) == 0 {
			return // told, see sound
		}
		grown, shrunk := false, false
		for _, n := range res.Rules[0].Notes {
			grown = grown || n.Key == "rule.import_left_out_wider"
			shrunk = shrunk || n.Key == "rule.import_left_out_narrower"
		}
		lost := slices.ContainsFunc(theirs, func(s said) bool { return strings.Contains(q.text, s.text) })
		if lost != (grown || shrunk) {
			t.Fatalf("%q: %s", q.text, shown(res))
		}
		rule := parsed(t, res.Rules[0])
		for range 20 {
			text := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙丙丁")), 0, 4, -1).Draw(t, "text")
			facts := map[string]bool{}
			for _, name := range []string{"platform:weibo", "a", "b", "c"} {
				facts[name] = rapid.Bool().Draw(t, name)
			}
			there, here := q.is(text, facts), holds(t, rule, text, facts)
			switch {
			case there && !here && !shrunk:
				t.Fatalf("%q gives %q, which misses %q %v", q.text, res.Rules[0].When, text, facts)
			case here && !there && !grown:
				t.Fatalf("%q gives %q, which takes %q %v", q.text, res.Rules[0].When, text, facts)
			}
		}
		switch {
		case !grown && !shrunk:
			exact++
		case !shrunk:
			wider++
		case !grown:
			narrower++
		}
	})
	t.Logf("%d queries the same, %d wider, %d narrower", exact, wider, narrower)
	if exact == 0 || wider == 0 || narrower == 0 {
		t.Error("a case was never met")
	}
}

// Whatever stands in a query, what comes out is sound.
func TestQuerySoup(t *testing.T) {
	pieces := rapid.SampledFrom([]string{
		"甲", "ab", "a*", "?b", "*", `"a b"`, `"甲 乙"`, `"`, "(", ")", "（", "AND", "or", "NOT", "XNOT", "NEAR/3", "near/2f", "ONEAR", "NEAR",
		"~3", "^2", "{2}", "{2,3}", "{x}", "EXCEPT", "title:", "text:", "site:", "weibo.com", "gov.cn/x", "author:", "likes:", "[1 TO 5]", "likes>3", "raw:",
		"-", "#", "# ", "\n", "\n\n", "<<<", ">>>", `\`, `\*`, "，", "`", "'", ":", "hashtag:", "region:", "宁夏", "source:", "微博", "😀", "\t", "/",
	})
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(pieces, 0, 25).Draw(t, "pieces")
		data := []byte(strings.Join(parts, rapid.SampledFrom([]string{"", " "}).Draw(t, "between")))
		for _, dialect := range []string{query.Brandwatch, query.Meltwater} {
			sound(t, data, query.Translate(data, dialect))
		}
	})
}

// Names and expressions of any characters come through YAML.
func TestYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[^\n\r\x00]{1,30}`), 1, 12).Draw(t, "words")
		data := []byte(strings.Join(words, "\n"))
		sound(t, data, radar.Translate(data))
	})
}

func seeds(f *testing.F, pattern string, table []translation) {
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, c := range table {
		f.Add([]byte(c.in))
	}
}

func FuzzTrendRadar(f *testing.F) {
	seeds(f, "frequency_words.txt", radarTable())
	f.Fuzz(func(t *testing.T, data []byte) { sound(t, data, radar.Translate(data)) })
}

func FuzzQuery(f *testing.F) {
	seeds(f, "*water.txt", append(brandwatchTable(), meltwaterTable()...))
	seeds(f, "brandwatch.txt", nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, data, query.Translate(data, query.Brandwatch))
		sound(t, data, query.Translate(data, query.Meltwater))
	})
}
