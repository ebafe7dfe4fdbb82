package papers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/caseview"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// TogetherView is several cases and what may be done with them, below what
// became of those that were to take a step just now.
type TogetherView struct {
	Cases   []huiying.Case
	Choices []SharedChoice
	Drafts  map[string]string // words that wait for review, by case
	Replies map[string]string // words that were approved, by case
	Action  string            // that was taken, "" = none yet
	Done    []CaseResult
	Refused []CaseResult
	typed   url.Values // of a form that was refused
}

// SharedChoice is a step that some or all of the cases offer.
type SharedChoice struct {
	caseview.Choice
	Lack []huiying.Case // those that do not offer it
}

// CaseResult is what became of one case.
type CaseResult struct {
	query.CaseResult
	Level huiying.Level // "" = who asked does not see the case
	Title string
}

// own are the fields that every case has for itself: each publication has its
// own place, time and words.
func own() []string { return []string{"url", "receipt", "platform"} }

// Own reports whether a field is asked for once for every case.
func (TogetherView) Own(field string) bool { return slices.Contains(own(), field) }

// Typed is what was typed into a case's own field of the form that was refused.
func (v TogetherView) Typed(action, field, no string) string {
	if v.typed.Get("action") != action {
		return ""
	}
	return v.typed.Get("f." + field + "." + no)
}

// Words are those of every case that a step is about: who approves or publishes
// several has read them all.
func (v TogetherView) Words(action string) map[string]string {
	switch action {
	case "approve", "review_reject":
		return v.Drafts
	case "publish", "publish_update":
		return v.Replies
	}
	return nil
}

// Together shows several cases with the steps that they offer.
func (p *Pages) Together(w http.ResponseWriter, r *http.Request) error {
	pages, err := p.cases(r, r.URL.Query()["no"])
	if err != nil {
		return err
	}
	return p.showTogether(w, r, http.StatusOK, pages, TogetherView{})
}

func (p *Pages) showTogether(w http.ResponseWriter, r *http.Request, status int, pages []query.CasePage, v TogetherView) error {
	v.Drafts, v.Replies, v.typed = map[string]string{}, map[string]string{}, r.PostForm
	var offered [][]huiying.Choice
	for _, page := range pages {
		c := page.Case
		v.Cases = append(v.Cases, c)
		v.Drafts[c.No], v.Replies[c.No] = page.Texts[c.Draft.Digest], page.Texts[c.Approved.Digest]
		offered = append(offered, p.o.Choices(c, frame.Must(r).Actor()))
	}
	lists, err := p.o.Lists(r)
	if err != nil {
		return err
	}
	v.Choices = shared(r, v.Cases, offered, lists)
	base := p.Base(r, "web.together.title")
	base.Main = v
	return p.Show(w, r, status, "together", base)
}

// shared are the steps of several cases as forms, filled in as the first case
// that offers one would be.
func shared(r *http.Request, cases []huiying.Case, offered [][]huiying.Choice, lists caseview.Lists) (out []SharedChoice) {
	if len(cases) == 0 {
		return nil
	}
	choices := caseview.Choices(cases[0], caseview.Common(offered))
	caseview.KeepTyped(choices, r)
	for _, choice := range choices {
		one := SharedChoice{Choice: choice}
		lacking := caseview.Lacking(offered, choice.Action)
		first := 0
		for first < len(lacking) && lacking[first] == first {
			first++
		}
		for _, i := range lacking {
			one.Lack = append(one.Lack, cases[i])
		}
		one.Fill(cases[first], lists)
		out = append(out, one)
	}
	return out
}

// cases reads those that were chosen, each as the person may see it.
func (p *Pages) cases(r *http.Request, numbers []string) ([]query.CasePage, error) {
	numbers = slices.Compact(slices.Sorted(slices.Values(numbers)))
	if len(numbers) == 0 || len(numbers) > huiying.MaxTogether {
		return nil, huiying.Errorf(huiying.Invalid, "desk.together_many", huiying.MaxTogether)
	}
	var out []query.CasePage
	for _, no := range numbers {
		page, err := p.o.Views.Case(r.Context(), frame.Must(r).Scope(), no)
		if err != nil {
			return nil, err
		}
		out = append(out, page)
	}
	return out, nil
}

// ActTogether takes one step of every case, each for itself, and shows what
// became of each, with those that were refused to be handled again.
func (p *Pages) ActTogether(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	numbers := slices.Compact(slices.Sorted(slices.Values(r.PostForm["no"])))
	if len(numbers) == 0 || len(numbers) > huiying.MaxTogether {
		return huiying.Errorf(huiying.Invalid, "desk.together_many", huiying.MaxTogether)
	}
	results, err := p.take(r, numbers)
	if err != nil {
		return err
	}
	v := TogetherView{Action: r.PostForm.Get("action")}
	status := http.StatusOK
	var left []query.CasePage
	for _, res := range results {
		if res.Err == nil {
			v.Done = append(v.Done, res)
			continue
		}
		v.Refused = append(v.Refused, res)
		page, err := p.o.Views.Case(r.Context(), frame.Must(r).Scope(), res.No)
		switch {
		case err == nil:
			left = append(left, page)
		case frame.Ours(err):
			return err
		}
	}
	if len(v.Done) == 0 {
		status = door.Status(huiying.ErrorCode(v.Refused[0].Err))
	}
	return p.showTogether(w, r, status, left, v)
}

// take takes the step of the form in every case that whoever asks sees, and
// says of each in turn what became of it.
func (p *Pages) take(r *http.Request, numbers []string) ([]CaseResult, error) {
	out := make([]CaseResult, len(numbers))
	var cmds []huiying.Command
	for i, no := range numbers {
		out[i] = CaseResult{CaseResult: query.CaseResult{No: no}, Title: no}
		c, err := p.o.Views.Seen(r.Context(), frame.Must(r).Scope(), no)
		if frame.Ours(err) {
			return nil, err
		}
		var cmd huiying.Command
		if err == nil {
			out[i].Level, out[i].Title = c.Level, c.Title
			cmd, err = command(r.PostForm, c, frame.Must(r))
		}
		if out[i].Err = err; err == nil {
			cmds = append(cmds, cmd)
		}
	}
	if len(cmds) == 0 {
		return out, nil
	}
	taken, err := p.o.Each(r.Context(), cmds)
	for _, res := range taken {
		i := slices.IndexFunc(out, func(o CaseResult) bool { return o.No == res.No })
		out[i].CaseResult = res
	}
	return out, err
}

// command is the step of one case: the fields for all, and its own. A form
// without the version that was looked at is refused, as one case's is.
func command(form url.Values, c huiying.Case, a query.Account) (huiying.Command, error) {
	cmd := huiying.Command{CaseNo: c.No, Action: form.Get("action"), Actor: a.Actor(), Fields: caseview.Fields(form)}
	var err error
	if cmd.Version, err = strconv.Atoi(form.Get("version." + c.No)); err != nil || cmd.Version < 1 {
		return cmd, huiying.Errorf(huiying.Invalid, "web.error.no_version")
	}
	for _, field := range own() {
		if v := form.Get("f." + field + "." + c.No); v != "" {
			cmd.Fields[field] = v
		}
	}
	if _, asks := cmd.Fields["digest"]; asks {
		cmd.Fields["digest"] = c.Approved.Digest // every case has words of its own
	}
	return cmd, nil
}
