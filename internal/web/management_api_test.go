package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiying"
)

// ask asks the API for what a page's address asks for.
func (b *browser) ask(href string, out any) answer {
	b.t.Helper()
	return b.call(http.MethodGet, "/api/v1"+href, nil, out)
}

// told are the numbers of a page that lead to lists, in their order.
func told(body string, link *regexp.Regexp) (numbers []int, hrefs []string) {
	for _, m := range link.FindAllStringSubmatch(body, -1) {
		n, err := strconv.Atoi(strings.ReplaceAll(m[2], ",", ""))
		if err != nil {
			n = -1
		}
		numbers, hrefs = append(numbers, n), append(hrefs, html.UnescapeString(m[1]))
	}
	return numbers, hrefs
}

// behind follows the address of a list through the API: how many it says, and
// how many different ones its pages have.
func (b *browser) behind(href string) (total, rows int) {
	b.t.Helper()
	seen := map[string]bool{}
	for page := 1; page != 0; {
		var list struct {
			Total, Next int
			Posts       []struct{ Post struct{ ID string } }
			Cases       []struct {
				No   string
				When time.Time
			}
		}
		if res := b.ask(fmt.Sprintf("%s&page=%d", href, page), &list); res.status != http.StatusOK {
			b.t.Fatalf("%s: %d %s", href, res.status, res.body)
		}
		for _, p := range list.Posts {
			seen[p.Post.ID] = true
		}
		for i, c := range list.Cases {
			seen[fmt.Sprint(c.No, c.When, page, i)] = true // one case may be given back twice
		}
		total, page = list.Total, list.Next
	}
	return total, len(seen)
}

// leads checks that every number of a page is that of the API's list.
func (b *browser) leads(numbers []int, hrefs []string) {
	b.t.Helper()
	followed := map[string]bool{}
	for i, href := range hrefs {
		if followed[href] {
			continue
		}
		followed[href] = true
		if total, rows := b.behind(href); total != numbers[i] || rows != numbers[i] {
			b.t.Errorf("%s: the page says %d, the API %d of %d rows", href, numbers[i], total, rows)
		}
	}
}

type heatPair struct {
	Posts, Cases int
	PostsBefore  *int `json:"posts_before"`
	CasesBefore  *int `json:"cases_before"`
}

func (p heatPair) told() (out []int) {
	if out = append(out, p.Posts); p.PostsBefore != nil {
		out = append(out, *p.PostsBefore)
	}
	if out = append(out, p.Cases); p.CasesBefore != nil {
		out = append(out, *p.CasesBefore)
	}
	return out
}

// Every figure of the page of service items is the API's, with the list behind.
func TestHeatByAPI(t *testing.T) {
	s := newSeeded(t)
	b, all := s.as("officer"), 0
	for _, q := range []string{"", "?by=unit", "?by=township&period=7d", "?by=village&compare=none", "?by=window&unit=u-hrss", "?by=item&place=" + url.QueryEscape("文昌镇"), "?platform=weibo&period=90d", "?from=2020-01-01&to=2020-01-02"} {
		var got struct {
			Whole heatPair
			Trend []struct{ Posts int }
			Rows  []struct {
				heatPair
				Name string
			}
		}
		if res := b.ask("/heat"+q, &got); res.status != http.StatusOK {
			t.Fatalf("%s: %d %s", q, res.status, res.body)
		}
		want := got.Whole.told()
		for _, d := range got.Trend {
			if got.Whole.Posts > 0 {
				want = append(want, d.Posts)
			}
		}
		body := b.get("/heat" + q).body
		for _, r := range got.Rows {
			if want = append(want, r.told()...); !strings.Contains(body, html.EscapeString(r.Name)) {
				t.Errorf("%s: the page has no %s", q, r.Name)
			}
		}
		numbers, hrefs := told(body, heatLink)
		if !slices.Equal(numbers, want) {
			t.Errorf("%s: the page says\n%v, the API\n%v", q, numbers, want)
		}
		b.leads(numbers, hrefs)
		all += len(numbers)
	}
	if all < 150 {
		t.Errorf("only %d numbers were compared", all)
	}
	if res := b.ask("/heat/posts", nil); strings.Contains(res.body, "13900001234") {
		t.Error("a telephone number is given out")
	}
	for path, want := range map[string]int{"/heat?by=person": http.StatusUnprocessableEntity, "/heat?period=range&from=2026-02-30": http.StatusUnprocessableEntity, "/heat/people": http.StatusNotFound} {
		if res := b.ask(path, nil); res.status != want {
			t.Errorf("%s: %d", path, res.status)
		}
	}
}

type apiCard struct {
	Unit                             string
	Score                            *float64
	Points, Weight                   float64
	Overdue, Returned, Urged         int
	OnTime                           []apiRate `json:"on_time"`
	Terms                            []apiTerm
	Proposed, Name, Formula, Measure string
}

type apiRate struct {
	ID, Formula            string
	Numerator, Denominator int
	Rate                   *float64
}

type apiTerm struct {
	Measure, Unit, Formula string
	Numerator              *int
	Denominator            int
	Value, Points          *float64
}

func (c apiCard) ranked() []int {
	out := []int{c.Overdue, c.Returned, c.Urged}
	for _, r := range c.OnTime {
		out = append(out, r.Numerator, r.Denominator)
	}
	return out
}

func (c apiCard) counts() (out []int) {
	for _, t := range c.Terms {
		if t.Numerator != nil {
			out = append(out, *t.Numerator)
		}
		out = append(out, t.Denominator)
	}
	return out
}

// writes checks that the card of the page writes out the same score.
func (c apiCard) writes(t *testing.T, body string) {
	t.Helper()
	_, card, found := strings.Cut(body, `id="u-`+c.Unit+`"`)
	card, _, _ = strings.Cut(card, "</section>")
	if !found {
		t.Errorf("the page has no card of %s", c.Unit)
	}
	want := []string{}
	if c.Score != nil {
		want = append(want, fmt.Sprintf("%.2f ÷ %s × 100</td><td><b>%.2f</b>", c.Points, strconv.FormatFloat(c.Weight, 'f', -1, 64), *c.Score))
	}
	for _, term := range c.Terms {
		if term.Formula == "" || !strings.Contains(card, strings.ReplaceAll(html.EscapeString(term.Formula), "+", "&#43;")) {
			t.Errorf("%s of %s is counted otherwise: %q", term.Measure, c.Unit, term.Formula)
		}
		if term.Value == nil {
			continue
		}
		unit := map[string]string{"percent": "%", "hours": " h"}[term.Unit]
		want = append(want, fmt.Sprintf(">%.2f%s</b>", *term.Value, unit), fmt.Sprintf("<b>%.2f</b>", *term.Points))
	}
	for _, w := range want {
		if !strings.Contains(card, w) {
			t.Errorf("the card of %s lacks %s", c.Unit, w)
		}
	}
}

// Every figure of the score cards is the API's, for everybody who sees the page,
// with the cases behind, and without titles for who sees none.
func TestSupervisionByAPI(t *testing.T) {
	s := newSeeded(t)
	scored := 0
	for who, unit := range map[string]string{"manager": "", "officer": "u-hrss", "hall": "", "admin": ""} {
		b, q := s.as(who), "?period=30d&unit="+unit
		var got struct {
			Office *apiCard
			Units  []apiCard
		}
		if res := b.ask("/supervision"+q, &got); res.status != http.StatusOK || len(got.Units) == 0 {
			t.Fatalf("%s: %d %s", who, res.status, res.body)
		}
		body := b.get("/supervision" + q).body
		var want []int
		for _, c := range got.Units {
			want = append(want, c.ranked()...)
		}
		if got.Office != nil {
			want = append(want, got.Office.ranked()...)
		}
		for _, c := range got.Units {
			want = append(want, c.counts()...)
			if c.writes(t, body); c.Score != nil {
				scored++
			}
		}
		for _, list := range []string{"overdue", "returned", "urged"} {
			total, _ := b.behind("/supervision/" + list + q)
			want = append(want, total)
		}
		numbers, hrefs := told(body, superviseLink)
		if !slices.Equal(numbers, want) {
			t.Errorf("%s: the page says\n%v, the API\n%v", who, numbers, want)
		}
		b.leads(numbers, hrefs)
	}
	if scored < 4 {
		t.Errorf("only %d scores were compared", scored)
	}
	if res := s.as("admin").ask("/supervision/overdue?period=30d", nil); strings.Contains(res.body, "title") || !strings.Contains(res.body, s.overdue) {
		t.Errorf("an administrator gets %s", res.body)
	}
	if res := s.as("manager").ask("/supervision/overdue?period=30d", nil); !strings.Contains(res.body, `"title":"`) {
		t.Errorf("the head gets %s", res.body)
	}
	for who, paths := range map[string]map[string]int{
		"hall":     {"/supervision?unit=u-hrss": http.StatusForbidden, "/supervision/overdue?unit=u-hrss": http.StatusForbidden},
		"reviewer": {"/supervision": http.StatusForbidden}, "manager": {"/supervision/guessed": http.StatusNotFound},
	} {
		for path, status := range paths {
			if res := s.as(who).ask(path, nil); res.status != status {
				t.Errorf("%s %s: %d", who, path, res.status)
			}
		}
	}
}

type apiShare struct {
	ID            string
	Before, After struct {
		Numerator, Denominator int
		In, Rest               []string
	}
	Verdict string
}

// Every number of the comparison on the page of an event is the API's, around
// every moment and in every window.
func TestEffectByAPI(t *testing.T) {
	s := newSeeded(t)
	event, other, _ := s.matter()
	s.opinions(event)
	b := s.as("officer")
	at := s.clock().Add(-5 * time.Hour).In(s.zone).Format("2006-01-02T15:04")
	if res := b.post("/events/"+event, url.Values{"action": {"link"}, "kind": {"graphic"}, "title": {"一图读懂电梯检修"}, "at": {at}}); res.status != http.StatusSeeOther {
		t.Fatalf("%d", res.status)
	}
	var first struct {
		Moments []struct {
			At   time.Time
			What string
		}
		Interpretations []struct{ Title, By string }
	}
	res := b.ask("/topics/"+event+"/effect", &first)
	if res.status != http.StatusOK || len(first.Moments) != 2 || len(first.Interpretations) != 1 || first.Interpretations[0].Title != "一图读懂电梯检修" || first.Interpretations[0].By != "officer" {
		t.Fatalf("%d %s", res.status, res.body)
	}
	for _, m := range first.Moments {
		for _, span := range []string{"24", "72", "168"} {
			var got struct {
				Effect struct {
					Before, After []string
					Ratio         *float64
					Verdict       string
					Shares        []apiShare
				}
			}
			b.ask("/topics/"+event+"/effect?span="+span+"&moment="+url.QueryEscape(m.At.Format(time.RFC3339)), &got)
			e := got.Effect
			want := []int{len(e.Before), len(e.After)}
			for _, sh := range e.Shares {
				want = append(want, sh.Before.Numerator, sh.Before.Denominator, sh.After.Numerator, sh.After.Denominator)
				if len(sh.Before.In) != sh.Before.Numerator || len(sh.Before.In)+len(sh.Before.Rest) != sh.Before.Denominator {
					t.Errorf("%s: other posts than it counts: %+v", sh.ID, sh.Before)
				}
			}
			body := b.get("/events/" + event + "?span=" + span + "&moment=" + url.QueryEscape(m.At.In(s.zone).Format("2006-01-02T15:04"))).body
			_, section, _ := strings.Cut(body, `id="effect"`)
			section, _, _ = strings.Cut(section, "</section>")
			numbers, _ := told(section, effectLink)
			if len(numbers) != 18 || !slices.Equal(numbers, want) {
				t.Errorf("%s %s: the page says\n%v, the API\n%v", m.What, span, numbers, want)
			}
			if e.Ratio == nil || !strings.Contains(section, fmt.Sprintf("%.2f", *e.Ratio)) {
				t.Errorf("%s %s: the ratio %v is not on the page", m.What, span, e.Ratio)
			}
		}
	}
	var none struct{ Effect *struct{} }
	if res := b.ask("/topics/"+other+"/effect", &none); res.status != http.StatusOK || none.Effect != nil {
		t.Errorf("an event without a moment: %d %s", res.status, res.body)
	}
	if res := b.ask("/topics/t-nowhere/effect", nil); res.status != http.StatusNotFound {
		t.Errorf("no event: %d", res.status)
	}
}

var effectLink = regexp.MustCompile(`<a class="fig" href="(/events/[^"]*effect=[^"]*)">([0-9]+)</a>`)

// opinions writes enough about an event to say something of it.
func (s *seeded) opinions(event string) {
	for i := range 40 {
		tone, ago := "negative", 6*time.Hour+time.Duration(10+i*6)*time.Minute
		if i >= 28 {
			tone, ago = "positive", time.Duration(125+i*5)*time.Minute
		}
		s.say(utterance{text: fmt.Sprint("电梯 ", i), level: huiying.LevelNone, sentiment: tone, ago: ago, topic: func(_, _ string) string { return event }})
	}
}

var (
	registerRow = regexp.MustCompile(`<small class="mono">([a-z_./0-9]+)</small></th><td>(?:<b>([^<]+)</b>|<span class="none">)`)
	applicants  = regexp.MustCompile(`<tr><th scope="row">[^<]+</th><td>([0-9]+)</td><td>([0-9]+)</td><td>([0-9]+)</td><td>([0-9]+)</td>`)
)

// Every number of the yearly register is the API's, those that nobody filled in
// and those that are no fewer than something too.
func TestDisclosureByAPI(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	enter := func(form url.Values, path string) {
		t.Helper()
		read := readUpTo.FindStringSubmatch(b.get(path).body)
		if read == nil {
			t.Fatalf("%s has no form", path)
		}
		form.Set("read", read[1])
		if res := b.post(path, form); res.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %s", path, res.status, res.body)
		}
	}
	enter(url.Values{"key": {"plans.made"}, "value": {"2"}, "reason": {"补录"}}, "/disclosure?year=2025&edit=plans.made")
	enter(url.Values{"key": {"promise.items"}, "value": {"50余"}, "reason": {"补录"}}, "/disclosure?year=2025&edit=promise.items")
	enter(column("", "legal", map[string]string{"apply.new": "3", "apply.next": "3"}), "/disclosure?year=2025&column=legal")
	var got struct {
		Missing      int
		Parts        []struct{ Numbers []apiFact }
		Applications []struct {
			New, Carried, Results, Next float64
			Even                        bool
		}
		Changes []struct{ Key, Detail string }
	}
	if res := b.ask("/disclosure?year=2025", &got); res.status != http.StatusOK {
		t.Fatalf("%d %s", res.status, res.body)
	}
	body := b.get("/disclosure?year=2025").body
	var page, api []string
	for _, m := range registerRow.FindAllStringSubmatch(body, -1) {
		page = append(page, m[1]+" "+m[2])
	}
	for _, p := range got.Parts {
		for _, n := range p.Numbers {
			api = append(api, n.Key+" "+n.text())
		}
	}
	if len(page) < 20 || !slices.Equal(page, api) || !slices.Contains(api, "promise.items 50余") || !slices.Contains(api, "plans.made 2") {
		t.Errorf("the page says\n%q, the API\n%q", page, api)
	}
	page, api = nil, nil
	for _, m := range applicants.FindAllStringSubmatch(body, -1) {
		page = append(page, strings.Join(m[1:], " "))
	}
	for _, c := range got.Applications {
		api = append(api, fmt.Sprint(c.New, c.Carried, c.Results, c.Next))
		if c.Even != (c.New+c.Carried == c.Results+c.Next) {
			t.Errorf("%+v", c)
		}
	}
	if len(page) < 6 || !slices.Equal(page, api) || !slices.Contains(api, "3 0 0 3") {
		t.Errorf("the page says\n%q, the API\n%q", page, api)
	}
	if !strings.Contains(body, fmt.Sprint(got.Missing)) || len(got.Changes) == 0 || !strings.Contains(body, got.Changes[0].Detail) {
		t.Errorf("%d missing, changes %+v", got.Missing, got.Changes)
	}
}

type apiFact struct {
	Key     string
	Value   *float64
	AtLeast bool `json:"at_least"`
}

func (f apiFact) text() string {
	switch {
	case f.Value == nil:
		return ""
	case f.AtLeast:
		return strconv.FormatFloat(*f.Value, 'f', -1, 64) + "余"
	}
	return strconv.FormatFloat(*f.Value, 'f', -1, 64)
}
