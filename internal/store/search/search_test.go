package search_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/refusals"
	"huiying/internal/store/search"
	"huiying/internal/store/storetest"
)

// words is a dictionary small enough to see through: what is in it is a word.
type words []string

func (w words) Cut(text string) search.Text {
	t := search.Plain{}.Cut(text)
	for i := range t.Runes {
		for _, word := range w {
			if r := []rune(word); i+len(r) <= len(t.Runes) && string(t.Runes[i:i+len(r)]) == word {
				t.Words = append(t.Words, search.Span{Start: i, End: i + len(r)})
			}
		}
	}
	if at := strings.Index(text, "13900000000"); at >= 0 {
		start := len([]rune(text[:at]))
		t.Personal = append(t.Personal, search.Span{Start: start, End: start + 11})
	}
	return t
}

var dictionary = words{"社保", "社保卡", "大厅", "排队", "身份证", "办理", "公积金", "提取"}

var sources = []string{"weibo-a", "portal-b", "forum-c"}

// post makes the i-th post of a seed.
func post(i int, text string) huiying.Judgement {
	levels := []huiying.Level{huiying.LevelRed, huiying.LevelOrange, huiying.LevelYellow, huiying.LevelBlue, huiying.LevelNone}
	j := huiying.Judgement{
		Post: huiying.Post{
			ID: "weibo:" + strconv.Itoa(i), Source: sources[i%3], Platform: []string{"weibo", "portal", "forum"}[i%3], Kind: huiying.KindPost, Text: text,
			Author:      huiying.Author{ID: "p-" + strconv.Itoa(i%5), Verified: []string{"none", "person", "media"}[i/3%3]},
			CollectedAt: storetest.Start().Add(time.Duration(i) * time.Minute),
		},
		Level: levels[i%5], Sentiment: &huiying.Sentiment{Label: huiying.Sentiments()[i%3], Unsure: i%4 == 0},
		Intent: &huiying.Intent{Label: huiying.Intents()[i%7]},
	}
	if i%2 == 0 {
		j.Tags = []huiying.Tag{{Rule: "r-" + strconv.Itoa(i%4), Name: "规则", Level: huiying.LevelBlue}, {Rule: "r-all", Level: huiying.LevelBlue}}
		j.Places = []string{[]string{"河东区", "河西区"}[i/2%2], "示例市"}
	}
	return j
}

func save(t testing.TB, s *store.Store, list ...huiying.Judgement) {
	t.Helper()
	events := make([]huiying.Event, len(list))
	for i, j := range list {
		events[i] = huiying.NewEvent(j, j.Post.CollectedAt)
	}
	if err := posts.NewArchive(s).SaveEvents(context.Background(), events); err != nil {
		t.Fatal(err)
	}
}

// drain brings the index up to date.
func drain(t testing.TB, x *search.Index) {
	t.Helper()
	for range 10_000 {
		busy, err := x.Step(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !busy {
			return
		}
	}
	t.Fatal("the index is never done")
}

func find(t testing.TB, s *store.Store, x *search.Index, f query.PostSearch) search.Found {
	t.Helper()
	var out search.Found
	err := s.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) (err error) {
		out, err = x.Find(ctx, q, f, nil)
		return err
	})
	if err != nil {
		t.Fatalf("%q: %v", f.Text, err)
	}
	return out
}

func all(text string) query.PostSearch {
	return query.PostSearch{Scope: query.Scope{All: true}, Text: text, Limit: 500}
}

// What a person types finds what it says, before the index has a post and
// after.
func TestFinds(t *testing.T) {
	s, _ := storetest.Open(t)
	texts := []string{
		1: "去大厅办社保卡，排队三小时", 2: "公积金提取要什么材料", 3: "提取公积金太慢了", 4: "集中卫生检查", 5: "中卫的大厅", 6: "5G信号在大厅没有",
		7: "身份证在哪里办理？", 8: "办理 身份证", 9: "路堵", 10: "ＡＢＣ大厦 Wi-Fi", 11: "打 13900000000 找我排队",
	}
	for i, text := range texts {
		if i > 0 {
			save(t, s, post(i, text))
		}
	}
	x := search.New(s, dictionary)
	for _, when := range []string{"before", "after"} {
		for asked, want := range map[string]string{
			"大厅": "6 5 1", "排队": "11 1", "堵": "9", "大厅 排队": "1", "大厅 OR 堵": "9 6 5 1", "大厅 -排队": "6 5", "大厅 | 堵": "9 6 5 1",
			"“公积金提取”": "2", "公积金提取": "3 2", "身份证办理": "8 7", "\"身份证办理\"": "", "\"办理 身份证\"": "8", "5g": "6", "5G信号": "6",
			"中卫": "5 4", "社保 (堵 OR 三小时)": "1", "大厅 堵 OR 卫生": "4", "wi-fi": "10", "保卡": "1", "13900000000": "", "1390": "", "检": "4", "集中卫": "4",
			"排队三": "1", "找我排队": "11", "大厅 -（排队 OR 信号）": "5",
		} {
			got := numbers(find(t, s, x, all(asked)).Posts)
			if got != want {
				t.Errorf("%s the index: %s finds %q, want %q", when, asked, got, want)
			}
		}
		drain(t, x)
	}
}

func numbers(list []int64) string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(out, " ")
}

func TestSaysWhatIsWrong(t *testing.T) {
	x := search.New(nil, dictionary)
	for asked, want := range map[string]string{
		"大厅 “排队": "search.quote_open", "(大厅": "search.bracket_open", "大厅)": "search.bracket_unopened", "-排队": "search.only_without", "大厅 OR": "search.nothing_at",
		"OR 大厅": "search.nothing_at", "()": "search.nothing_at", "！！": "search.signs_only", strings.Repeat("大", 201): "search.long", strings.Repeat("大厅 ", 21): "search.many",
		strings.Repeat("(", 20) + "厅": "search.deep", "大厅 OR -排队": "search.only_without",
	} {
		_, err := x.Parse(asked)
		if huiying.ErrorCode(err) != huiying.Invalid || !strings.HasPrefix(fmt.Sprint(err), want+" ") {
			t.Errorf("%q: %v, want %s", asked, err, want)
		}
	}
	if q, err := x.Parse("  "); err != nil || !q.Empty() {
		t.Error("nothing asks for nothing")
	}
}

// Whatever stands in texts and questions: the index, what is read past it and
// a slow look at every post agree, and so do the counts.
func TestAgreesWithSlow(t *testing.T) {
	alphabet := []rune("社保卡大厅排队公积金，。 a5-")
	runes := rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 14)
	rapid.Check(t, func(rt *rapid.T) {
		scope := storetest.NewScope(t)
		defer scope.End()
		s, _ := storetest.Open(scope)
		x := search.New(s, dictionary)
		n := rapid.IntRange(1, 25).Draw(rt, "posts")
		list := make([]huiying.Judgement, 0, n)
		for i := range n {
			j := post(i, string(runes.Draw(rt, "text")))
			j.Post.Title = string(runes.Draw(rt, "title"))
			list = append(list, j)
		}
		save(t, s, list...)
		if rapid.Bool().Draw(rt, "indexed") {
			drain(t, x)
			i := rapid.IntRange(0, n-1).Draw(rt, "edited")
			list[i].Post.Text, list[i].Post.CollectedAt = string(runes.Draw(rt, "new")), list[i].Post.CollectedAt.Add(time.Hour*1000)
			save(t, s, list[i])
		}
		term := string(rapid.SliceOfN(rapid.SampledFrom(alphabet[:10]), 1, 4).Draw(rt, "term"))
		other := string(rapid.SliceOfN(rapid.SampledFrom(alphabet[:10]), 1, 2).Draw(rt, "other"))
		f := all(rapid.SampledFrom([]string{term, term + " " + other, term + " OR " + other, term + " -" + other, "\"" + term + other + "\"", ""}).Draw(rt, "question"))
		f.Choices = map[string][]string{}
		for facet, values := range map[string][]string{
			query.ByLevel: {"red", "none"}, query.BySource: sources, query.ByIntent: huiying.Intents(), query.BySentiment: {"negative"}, query.ByRule: {"r-0", "r-2"},
			query.ByPlace: {"河东区"}, query.ByVerified: {"media"}, query.ByCase: {"no"},
		} {
			if rapid.IntRange(0, 3).Draw(rt, "by "+facet) == 0 {
				f.Choices[facet] = []string{rapid.SampledFrom(values).Draw(rt, facet)}
			}
		}
		if rapid.Bool().Draw(rt, "since") {
			f.From = storetest.Start().Add(5 * time.Minute)
		}
		got := find(t, s, x, f)
		want := slow(t, s, f)
		if numbers(got.Posts) != numbers(want.page) || got.Total != len(want.page) {
			rt.Fatalf("%+v: %v of %d, want %v", f, got.Posts, got.Total, want.page)
		}
		for facet, counts := range want.counts {
			have := map[string]int{}
			for _, c := range got.Counts[facet] {
				have[c.Value] = c.N
			}
			if fmt.Sprint(have) != fmt.Sprint(counts) {
				rt.Fatalf("%+v by %s: %v, want %v", f, facet, have, counts)
			}
		}
	})
}

type slowly struct {
	page   []int64
	counts map[string]map[string]int
}

// slow looks at every post with plain means.
func slow(t testing.TB, s *store.Store, f query.PostSearch) slowly {
	t.Helper()
	out := slowly{counts: map[string]map[string]int{}}
	for _, facet := range query.PostFacets() {
		out.counts[facet] = map[string]int{}
	}
	var newest int64
	if err := s.Reader().QueryRow(`SELECT max(n) FROM posts`).Scan(&newest); err != nil {
		t.Fatal(err)
	}
	for n := newest; n > 0; n-- {
		var id string
		if s.Reader().QueryRow(`SELECT id FROM posts WHERE n = $1`, n).Scan(&id) != nil {
			continue
		}
		p, err := posts.Get(context.Background(), s.Reader(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !plainly(f.Text, p.Judgement.Post.Title, p.Judgement.Post.Text) {
			continue
		}
		failed := map[string]bool{}
		if p.Judgement.Post.CollectedAt.Before(f.From) {
			failed["time"] = true
		}
		for facet, chosen := range f.Choices {
			if !slices.ContainsFunc(valuesOf(p, facet), func(v string) bool { return slices.Contains(chosen, v) }) {
				failed[facet] = true
			}
		}
		if len(failed) == 0 {
			out.page = append(out.page, n)
		}
		for facet, counts := range out.counts {
			if len(failed) == 0 || len(failed) == 1 && failed[facet] {
				for _, v := range valuesOf(p, facet) {
					if v != "" {
						counts[v]++
					}
				}
			}
		}
	}
	return out
}

func valuesOf(p posts.Stored, facet string) []string {
	j := p.Judgement
	sentiment, intent := posts.Surely(j)
	switch facet {
	case query.ByLevel:
		return []string{string(j.Level)}
	case query.BySource:
		return []string{j.Post.Source}
	case query.ByPlatform:
		return []string{j.Post.Platform}
	case query.BySentiment:
		return []string{sentiment}
	case query.ByIntent:
		return []string{intent}
	case query.ByVerified:
		return []string{j.Post.Author.Verified}
	case query.ByPlace:
		return j.Places
	case query.ByRule:
		return strings.Split(posts.Rules(j), "\n")
	}
	if p.CaseNo != "" {
		return []string{"yes"}
	}
	return []string{"no"}
}

// plainly holds a question of the test's own making against the texts: signs
// are dropped, because no phrase has any here.
func plainly(asked string, texts ...string) bool {
	has := func(s string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, s) })
	}
	if asked == "" {
		return true
	}
	if quoted, ok := strings.CutPrefix(asked, "\""); ok {
		return has(strings.TrimSuffix(quoted, "\""))
	}
	a, b, two := strings.Cut(asked, " ")
	switch {
	case !two:
		return has(a)
	case strings.HasPrefix(b, "OR "):
		return has(a) || has(strings.TrimPrefix(b, "OR "))
	case strings.HasPrefix(b, "-"):
		return has(a) && !has(b[1:])
	}
	return has(a) && has(b)
}

// A million posts are read into the index behind their backs: in slices, from
// where it stopped, with the state to see.
func TestTakesInWhatWasThereBefore(t *testing.T) {
	s, _ := storetest.Open(t)
	for i := 1; i <= 600; i++ {
		save(t, s, post(i, "大厅排队"+strconv.Itoa(i)))
	}
	storetest.Exec(t, s, `DELETE FROM post_facets`, `DELETE FROM post_changes`, `UPDATE search_state SET value = 600 WHERE name IN ('first', 'next')`)
	steps, last := 0, -1
	for {
		x := search.New(s, dictionary) // the process was killed
		busy, err := x.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		state, err := x.State(t.Context())
		if err != nil || state.Percent < last {
			t.Fatalf("%d%% after %d%% (%v)", state.Percent, last, err)
		}
		last = state.Percent
		if !busy {
			break
		}
		steps++
		ready, err := x.Ready(t.Context(), s.Reader())
		if err != nil || ready != state.Done {
			t.Fatalf("ready %v while %+v (%v)", ready, state, err)
		}
	}
	if steps < 10 || last != 100 {
		t.Errorf("%d steps to %d%%", steps, last)
	}
	x := search.New(s, dictionary)
	if got := find(t, s, x, all("排队")); got.Total != 600 {
		t.Errorf("found %d", got.Total)
	}
	if got := find(t, s, x, all("")); got.Total != 600 || got.Counts[query.ByLevel][0].N != 120 {
		t.Errorf("counted %+v", got.Counts)
	}
}

// What is purged is not found from the same transaction on, and a while later
// none of its words is in the file.
func TestPurgedWordsLeaveTheFile(t *testing.T) {
	s, _ := storetest.Open(t)
	x := search.New(s, dictionary)
	for i := 1; i <= 40; i++ {
		save(t, s, post(i, "大厅排队"))
	}
	save(t, s, post(41, "獬豸角落 zebrafish"), post(42, "獬豸角落 zebrafish"))
	storetest.Exec(t, s, `INSERT INTO case_posts (case_no, post_id) VALUES ('HY20261123-0001', 'weibo:42')`)
	drain(t, x)
	if n := len(find(t, s, x, all("獬豸")).Posts); n != 2 {
		t.Fatalf("found %d", n)
	}
	for _, id := range []string{"weibo:41", "weibo:42"} {
		err := s.Write(t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error { return refusals.Withdraw(ctx, tx, id) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if n := len(find(t, s, x, all("獬豸 OR zebrafish")).Posts); n != 0 {
		t.Errorf("found %d after the purge", n)
	}
	drain(t, x)
	if s.Engine() == store.Postgres {
		var n int
		err := s.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM post_search WHERE tokens::text LIKE '%獬%' OR tokens::text LIKE '%zebrafish%'`).Scan(&n)
		if err != nil || n != 0 {
			t.Errorf("%d posts of the index still have them, %v", n, err)
		}
		return
	}
	for _, file := range []string{s.Path(), s.Path() + "-wal"} {
		raw, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, trace := range []string{"獬豸", "zebrafish"} {
			if bytes.Contains(raw, []byte(trace)) {
				t.Errorf("%s is still in %s", trace, file)
			}
		}
	}
	if n := len(find(t, s, x, all("排队")).Posts); n != 40 {
		t.Errorf("%d of the others are left", n)
	}
}

// Hits are where a word stands in the text as it came.
func TestHits(t *testing.T) {
	x := search.New(nil, dictionary)
	for asked, want := range map[string]string{"排队": "[[2 4] [6 8]]", "大厅排队": "[[0 4] [5 8]]", "队": "[[3 4] [7 8]]", "没有": "[]", "厅 -排": "[[1 2]]"} {
		q, err := x.Parse(asked)
		if err != nil {
			t.Fatal(err)
		}
		got := x.Hits(q, huiying.Judgement{Post: huiying.Post{Text: "大厅排队，又排队"}}).Text
		slices.SortFunc(got, func(a, b [2]int) int { return a[0] - b[0] })
		if asked != "大厅排队" && fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", asked, got, want)
		}
	}
}

// Best first puts whole words and many of them before a chance pair.
func TestRelevance(t *testing.T) {
	s, _ := storetest.Open(t)
	x := search.New(s, dictionary)
	save(t, s, post(1, "社保社保社保，社保卡怎么办"), post(2, "综合社保障碍很多很多很多很多很多"), post(3, "别的事情"))
	for i := 4; i < 40; i++ {
		save(t, s, post(i, "别的事情"+strconv.Itoa(rand.IntN(9))))
	}
	drain(t, x)
	f := all("社保")
	f.Relevance = true
	if got := numbers(find(t, s, x, f).Posts); got != "1 2" {
		t.Errorf("best first: %s", got)
	}
	f.Skip, f.Limit = 1, 1
	if got := numbers(find(t, s, x, f).Posts); got != "2" {
		t.Errorf("second page: %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"大厅 -排队", "\"a b\" OR (c)", "“”", "HY20261123-0001", "a*", "NEAR(a b)", "grams:x", "'; DROP TABLE posts", "５Ｇ\x00\xff"} {
		f.Add(s)
	}
	s, _ := storetest.Open(f)
	save(f, s, post(1, "大厅 a b c"))
	x := search.New(s, dictionary)
	drain(f, x)
	f.Fuzz(func(t *testing.T, asked string) {
		q, err := x.Parse(asked)
		if err != nil {
			if huiying.ErrorCode(err) != huiying.Invalid {
				t.Errorf("%q: %v", asked, err)
			}
			return
		}
		for _, relevance := range []bool{false, true} {
			one := all(asked)
			one.Relevance = relevance
			find(t, s, x, one)
		}
		condition, args := q.CaseCondition(0)
		if condition == "" {
			return
		}
		var n int
		if err := s.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM cases WHERE `+condition, args...).Scan(&n); err != nil {
			t.Errorf("%q: %v", asked, err)
		}
	})
}
