package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/query"
)

// StreamView is the list of posts with its filter.
type StreamView struct {
	Filter  StreamFilter
	List    query.PostList
	Sources []huiying.Source
	Next    string // address of the next page, "" at the end
}

// StreamFilter is the filter as it stands in the address.
type StreamFilter struct {
	Levels []string
	Source string
	Rule   string
	Text   string
	Period string // today, 24h, 7d, all
	Tagged bool
}

// periods are the spans a list may be limited to; the first is the default.
func periods() []string { return []string{"24h", "today", "7d", "all"} }

func readStreamFilter(q url.Values) (f StreamFilter, before int64) {
	f = StreamFilter{
		Levels: knownLevels(q["level"]), Source: q.Get("source"), Rule: q.Get("rule"), Text: q.Get("q"),
		Period: q.Get("period"), Tagged: q.Get("tagged") != "",
	}
	if !slices.Contains(periods(), f.Period) {
		f.Period = periods()[0]
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil {
		before = 0
	}
	return f, before
}

// query is the filter as it stands in an address.
func (f StreamFilter) query(before int64) string {
	q := url.Values{}
	for _, l := range f.Levels {
		q.Add("level", l)
	}
	for _, e := range [][2]string{{"source", f.Source}, {"rule", f.Rule}, {"q", f.Text}, {"period", f.Period}} {
		if e[1] != "" {
			q.Set(e[0], e[1])
		}
	}
	if f.Tagged {
		q.Set("tagged", "1")
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return q.Encode()
}

func knownLevels(in []string) []string {
	var out []string
	for _, l := range in {
		if huiying.Level(l).Valid() && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func asLevels(in []string) []huiying.Level {
	out := make([]huiying.Level, len(in))
	for i, l := range in {
		out[i] = huiying.Level(l)
	}
	return out
}

// since is where a period begins; the zero time for all.
func since(period string, now time.Time, zone *time.Location) time.Time {
	switch period {
	case "today":
		y, m, d := now.In(zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, zone)
	case "24h":
		return now.Add(-24 * time.Hour)
	case "7d":
		return now.Add(-7 * 24 * time.Hour)
	}
	return time.Time{}
}

func (s *Server) stream(w http.ResponseWriter, r *http.Request) error {
	f, before := readStreamFilter(r.URL.Query())
	list, err := s.o.Views.Posts(r.Context(), query.PostFilter{
		Scope: must(r).Scope(), Levels: asLevels(f.Levels), Source: f.Source, Rule: f.Rule, Text: f.Text, Tagged: f.Tagged,
		From: since(f.Period, s.o.Now(), s.o.Zone), Before: before,
	})
	if err != nil {
		return err
	}
	sources, err := s.o.Sources(r.Context())
	if err != nil {
		return err
	}
	v := StreamView{Filter: f, List: list, Sources: sources}
	if list.Next > 0 {
		v.Next = "/stream?" + f.query(list.Next)
	}
	p := s.base(r, "web.nav.stream")
	p.Main = v
	return s.show(w, r, http.StatusOK, "stream", p)
}

// PostView is one post.
type PostView struct {
	Page     query.PostPage
	Reveal   bool // personal data is shown; the access log says to whom
	MayShow  bool
	Personal bool
}

func (s *Server) post(w http.ResponseWriter, r *http.Request) error { return s.showPost(w, r, false) }

// reveal shows one post with its personal data, after the access log says so.
func (s *Server) reveal(w http.ResponseWriter, r *http.Request) error {
	a := must(r)
	page, err := s.o.Views.Post(r.Context(), a.Scope(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if page.CaseNo == "" {
		return huiying.Errorf(huiying.Forbidden, "web.error.reveal_needs_case")
	}
	if err := s.o.Access.Reveal(r.Context(), a.Actor(), page.Judgement.Post.ID); err != nil {
		return err
	}
	return s.showPost(w, r, true)
}

func (s *Server) showPost(w http.ResponseWriter, r *http.Request, reveal bool) error {
	a := must(r)
	page, err := s.o.Views.Post(r.Context(), a.Scope(), r.PathValue("id"))
	if err != nil {
		return err
	}
	personal := len(page.Judgement.PersonalData) > 0
	p := s.base(r, "web.post.title")
	p.Main = PostView{
		Page: page, Reveal: reveal, Personal: personal,
		MayShow: personal && !reveal && page.CaseNo != "" && a.Actor().Has(huiying.RoleOfficer, huiying.RoleResponder),
	}
	return s.show(w, r, http.StatusOK, "post", p)
}
