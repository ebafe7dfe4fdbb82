package gathering

import (
	"net/http"
	"strings"

	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// EvidenceView is the evidence of one post of a case.
type EvidenceView struct {
	CaseNo, Post string
	Proofs       []query.Proof
	Openings     []query.Opened
	Page         *query.Page // just opened
}

// Evidence lists what is kept of a post of a case and asks for a reason.
func (s *Pages) Evidence(w http.ResponseWriter, r *http.Request) error {
	return s.showEvidence(w, r, nil, nil)
}

// OpenEvidence shows a page as text, or gives it out as a file that no browser
// runs. Only a POST with a reason does.
func (s *Pages) OpenEvidence(w http.ResponseWriter, r *http.Request) error {
	a := frame.Must(r)
	if _, err := s.o.Views.Seen(r.Context(), a.Scope(), r.PathValue("no")); err != nil {
		return err
	}
	page, err := s.o.Evidence.Open(r.Context(), query.ProofOpening{
		CaseNo: r.PathValue("no"), Post: r.PathValue("post"), Name: r.PostFormValue("name"), Reason: r.PostFormValue("reason"), Actor: a.Actor(),
	})
	if err != nil {
		if frame.Ours(err) {
			return err
		}
		return s.showEvidence(w, r, nil, err)
	}
	if r.PostFormValue("file") == "" {
		return s.showEvidence(w, r, &page, nil)
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+strings.TrimPrefix(page.Name, "sha256:")+`.bin"`)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'")
	_, err = w.Write(page.Raw)
	return err
}

func (s *Pages) showEvidence(w http.ResponseWriter, r *http.Request, page *query.Page, problem error) error {
	v := EvidenceView{CaseNo: r.PathValue("no"), Post: r.PathValue("post"), Page: page}
	if _, err := s.o.Views.Seen(r.Context(), frame.Must(r).Scope(), v.CaseNo); err != nil {
		return err
	}
	var err error
	if v.Proofs, err = s.o.Evidence.Proofs(r.Context(), v.CaseNo, v.Post); err != nil {
		return err
	}
	if v.Openings, err = s.o.Evidence.Openings(r.Context(), v.CaseNo); err != nil {
		return err
	}
	p := s.Base(r, "evidence.title")
	p.Main, p.Problem = v, problem
	return s.Answer(w, r, "evidence", p)
}
