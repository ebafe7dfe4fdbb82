package papers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/caseview"
	"huiying/internal/web/frame"
)

// TogetherView is several cases and what may be done with all of them.
type TogetherView struct {
	Cases   []huiying.Case
	Choices []caseview.Choice
	Drafts  map[string]string // words that wait for review, by case
	Replies map[string]string // words that were approved, by case
	typed   url.Values        // of a form that was refused
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

// Together shows several cases with the steps that all of them offer.
func (p *Pages) Together(w http.ResponseWriter, r *http.Request) error {
	return p.showTogether(w, r, r.URL.Query()["no"], nil)
}

func (p *Pages) showTogether(w http.ResponseWriter, r *http.Request, numbers []string, problem error) error {
	pages, err := p.cases(r, numbers)
	if err != nil {
		return err
	}
	v := TogetherView{Drafts: map[string]string{}, Replies: map[string]string{}, typed: r.PostForm}
	for _, page := range pages {
		c := page.Case
		v.Cases = append(v.Cases, c)
		v.Drafts[c.No], v.Replies[c.No] = page.Texts[c.Draft.Digest], page.Texts[c.Approved.Digest]
	}
	lists, err := p.o.Lists(r)
	if err != nil {
		return err
	}
	var offered [][]huiying.Choice
	for _, c := range v.Cases {
		offered = append(offered, p.o.Choices(c, frame.Must(r).Actor()))
	}
	v.Choices = caseview.Choices(v.Cases[0], caseview.Common(offered))
	for i := range v.Choices {
		v.Choices[i].Fill(v.Cases[0], lists)
	}
	caseview.KeepTyped(v.Choices, r)
	base := p.Base(r, "web.together.title")
	base.Main, base.Problem = v, problem
	return p.Answer(w, r, "together", base)
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

// ActTogether takes one step of every case, or of none.
func (p *Pages) ActTogether(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	pages, err := p.cases(r, r.PostForm["no"])
	if err != nil {
		return err
	}
	cmds := make([]huiying.Command, len(pages))
	for i, page := range pages {
		cmd, badForm := command(r.PostForm, page.Case, frame.Must(r))
		cmds[i], err = cmd, errors.Join(err, badForm)
	}
	if err == nil {
		_, err = p.o.Together(r.Context(), cmds)
	}
	if err == nil {
		return frame.Done(w, r, "/cases?"+url.Values{"done": {r.PostForm.Get("action")}}.Encode())
	}
	if frame.Ours(err) {
		return err
	}
	return p.showTogether(w, r, r.PostForm["no"], err)
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
