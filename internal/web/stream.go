package web

import (
	"net/http"
	"slices"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/door"
	"huiying/internal/web/filter"
	"huiying/internal/web/frame"
)

// StreamView is the list of posts with its filter.
type StreamView struct {
	Filter filter.Posts
	Found  query.PostsFound
	Facets []Facet
	Gaps   query.Gapped // of the span that is listed
	Empty  bool         // nothing was ever collected
	Saved  SavedBar
	Next   string         // address of the next page, "" at the end
	Mute   string         // the one source that is listed, where whoever looks may mute it
	Units  []huiying.Unit // that cases of several posts may be for; nil = whoever looks opens none
}

// Facet is what posts or cases are filtered by, with the counts.
type Facet struct {
	Name   string
	Main   bool // always shown, the others behind a fold
	On     int  // chosen values
	Values []FacetValue
}

// FacetValue is one value as a link that chooses it or takes it back.
type FacetValue struct {
	Value, Label string // Label "" = the page names it
	N            int
	More, On     bool
	Href         string
}

// mostValues is how many values of a facet a page offers.
const mostValues = 30

func (s *Server) stream(w http.ResponseWriter, r *http.Request) error {
	if to, err := s.defaultView(r, "stream"); err != nil || to != "" {
		return redirect(w, r, to, err)
	}
	f, before := filter.ReadPosts(r.URL.Query())
	found, err := s.o.Views.Find(r.Context(), f.Ask(frame.Must(r).Scope(), before, s.o.Now(), s.o.Zone))
	problem := soft(err)
	if err != nil && problem == nil {
		return err
	}
	v := StreamView{Filter: f, Found: found}
	v.Empty = problem == nil && len(found.Rows) == 0 && !f.Narrowed() && f.Period == "all"
	for _, name := range append([]string{query.ByPeriod}, query.PostFacets()...) {
		v.Facets = append(v.Facets, postFacet(f, name, found.Counts[name]))
	}
	if v.Saved, err = s.savedBar(r, "stream", f.Query(0)); err != nil {
		return err
	}
	source := oneSource(f)
	if door.Silencers().Lets(frame.Must(r)) {
		v.Mute = source
	}
	if v.Gaps, err = s.o.Views.Gaps(r.Context(), filter.Listed(found.PostList, before > 0, source)); err != nil {
		return err
	}
	if door.Triagers().Lets(frame.Must(r)) {
		if v.Units, err = s.o.Units(r.Context()); err != nil {
			return err
		}
	}
	if found.Next > 0 {
		next := f
		next.Page++
		v.Next = "/stream?" + next.Query(found.Next)
	}
	p := s.Base(r, "web.nav.stream")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "stream", p)
}

// oneSource is the only source that is listed, "" when several may be.
func oneSource(f filter.Posts) string {
	if chosen := f.Choices[query.BySource]; len(chosen) == 1 {
		return chosen[0]
	}
	return ""
}

// soft is an error that the page shows above its form: the person can put it
// right, or wait.
func soft(err error) error {
	switch huiying.ErrorCode(err) {
	case huiying.Invalid, huiying.Unavailable:
		return err
	}
	return nil
}

func redirect(w http.ResponseWriter, r *http.Request, to string, err error) error {
	if err != nil {
		return err
	}
	return frame.Done(w, r, to)
}

func postFacet(f filter.Posts, name string, counts []query.CountValue) Facet {
	facet := Facet{Name: name, Main: slices.Contains([]string{query.ByPeriod, query.ByLevel, query.ByPlatform, query.BySentiment, query.ByIntent}, name)}
	href := func(value string) string { return "/stream?" + f.Toggle(name, value).Query(0) }
	facet.fill(counts, f.Choices[name], href)
	if name == query.ByPeriod {
		facet.fillPeriods(f, counts, href)
	}
	return facet
}

// fill lists the counted values and those that are chosen without a count.
func (facet *Facet) fill(counts []query.CountValue, chosen []string, href func(string) string) {
	for i, c := range counts {
		on := slices.Contains(chosen, c.Value)
		if i < mostValues || on {
			facet.Values = append(facet.Values, FacetValue{Value: c.Value, Label: c.Label, N: c.N, More: c.More, On: on, Href: href(c.Value)})
		}
	}
	for _, v := range chosen {
		if !slices.ContainsFunc(counts, func(c query.CountValue) bool { return c.Value == v }) {
			facet.Values = append(facet.Values, FacetValue{Value: v, On: true, Href: href(v)})
		}
	}
	facet.On = len(chosen)
}

// fillPeriods lists every period in its order.
func (facet *Facet) fillPeriods(f filter.Posts, counts []query.CountValue, href func(string) string) {
	facet.Values = nil
	for _, p := range filter.Periods() {
		v := FacetValue{Value: p, On: p == f.Period, Href: href(p)}
		for _, c := range counts {
			if c.Value == p {
				v.N, v.More = c.N, c.More
			}
		}
		facet.Values = append(facet.Values, v)
	}
}
