package api

import (
	"context"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/caseview"
	"huiying/internal/web/diff"
)

// Papers is what lies beside the record of a case.
type Papers interface {
	Attach(ctx context.Context, f query.NewFile) (huiying.Case, error)
	File(ctx context.Context, a query.FileAsk) (query.Paper, error)
	Export(ctx context.Context, a query.PaperAsk) (query.Paper, error)
	Purger
}

// Purger takes words of ended cases out by law.
type Purger interface {
	Purge(ctx context.Context, p query.NewPurge) (query.CasePurge, error)
	Purges(ctx context.Context) ([]query.CasePurge, error)
	Retention(ctx context.Context) (query.Retention, error)
}

// Drafting helps who writes a reply.
type Drafting interface {
	Inspect(ctx context.Context, c huiying.Case, text string) ([]query.Remark, error)
	Offer(ctx context.Context, page query.CasePage) ([]query.ReplyTemplate, error)
}

// Together takes a step of each of several cases, all or none.
type Together func(ctx context.Context, cmds []huiying.Command) ([]huiying.Case, error)

// Each takes a step of each of several cases, every one for itself.
type Each func(ctx context.Context, cmds []huiying.Command) ([]query.CaseResult, error)

// MaxUpload is how large a request with an attachment may be, in bytes.
const MaxUpload = 21 << 20

// Remark is something about the words of a reply.
type Remark struct {
	Kind  string `json:"kind" doc:"personal_data wrong_word sensitive unanswered empty"`
	Start int    `json:"start" doc:"Half-open, in characters; both 0 for the whole"`
	End   int    `json:"end"`
	Say   string `json:"say"`
	Stops bool   `json:"stops" doc:"The words cannot go to review like this; the others are ticked as read"`
}

type inspectIn struct {
	No   string `path:"no"`
	Body struct {
		Text string `json:"text" maxLength:"20000"`
	}
}

type inspectOut struct {
	Body struct {
		Remarks []Remark `json:"remarks"`
	}
}

// inspect gives the remarks on words without keeping them.
func (s *service) inspect(ctx context.Context, in *inspectIn) (*inspectOut, error) {
	c, err := s.o.Views.Seen(ctx, account(ctx).Scope(), in.No)
	if err != nil {
		return nil, err
	}
	list, err := s.o.Drafting.Inspect(ctx, c, in.Body.Text)
	out := &inspectOut{}
	out.Body.Remarks = make([]Remark, 0, len(list))
	for _, r := range list {
		out.Body.Remarks = append(out.Body.Remarks, Remark{r.Kind, r.Start, r.End, s.o.Catalogue.Sentence(langOf(ctx), r.Say), r.Stops})
	}
	return out, err
}

type templatesOut struct {
	Body struct {
		Templates []query.ReplyTemplate `json:"templates"`
	}
}

func (s *service) templates(ctx context.Context, in *caseIn) (*templatesOut, error) {
	page, err := s.o.Views.Case(ctx, account(ctx).Scope(), in.No)
	if err != nil {
		return nil, err
	}
	out := &templatesOut{}
	out.Body.Templates, err = s.o.Drafting.Offer(ctx, page)
	return out, err
}

// Draft is one version of the reply with what changed from the one before.
type Draft struct {
	N        int         `json:"n"`
	By       string      `json:"by"`
	At       time.Time   `json:"at"`
	Digest   string      `json:"digest"`
	Text     string      `json:"text" doc:"Empty when purged"`
	Approved bool        `json:"approved"`
	Changes  []diff.Part `json:"changes" doc:"From the version before; empty for the first, and where either is purged"`
}

type draftsOut struct {
	Body struct {
		Drafts []Draft `json:"drafts" doc:"The newest first"`
	}
}

func (s *service) drafts(ctx context.Context, in *caseIn) (*draftsOut, error) {
	page, err := s.o.Views.Case(ctx, account(ctx).Scope(), in.No)
	out := &draftsOut{}
	out.Body.Drafts = []Draft{}
	for _, d := range caseview.Drafts(page) {
		out.Body.Drafts = append(out.Body.Drafts, Draft{
			N: d.N, By: d.By, At: d.At.In(s.o.Zone), Digest: d.Digest, Text: d.Text, Approved: d.Approved, Changes: append([]diff.Part{}, d.Changes...),
		})
	}
	return out, err
}

type togetherIn struct {
	Body struct {
		Action string            `json:"action" doc:"The same step for every case"`
		Fields map[string]string `json:"fields,omitempty" doc:"For every case; the case's own count more"`
		Each   bool              `json:"each,omitempty" doc:"Every case for itself, with results; else all or none"`
		Cases  []struct {
			No      string            `json:"no"`
			Version int               `json:"version,omitempty"`
			Fields  map[string]string `json:"fields,omitempty" doc:"The address of its own publication"`
		} `json:"cases" minItems:"1" maxItems:"50"`
	}
}

type togetherOut struct {
	Body struct {
		Cases   []huiying.Case `json:"cases" doc:"As they are now; empty with each"`
		Results []CaseResult   `json:"results,omitempty" doc:"With each: of every case, in the order of the request"`
	}
}

// CaseResult is what became of one of several cases.
type CaseResult struct {
	No    string            `json:"no"`
	Done  bool              `json:"done"`
	State huiying.CaseState `json:"state,omitempty" doc:"Where it moved to"`
	Error string            `json:"error,omitempty" doc:"Why it was left as it is"`
}

// together takes a step of each of several cases: in one transaction, or every
// one for itself.
func (s *service) together(ctx context.Context, in *togetherIn) (*togetherOut, error) {
	a := account(ctx)
	var cmds []huiying.Command
	for _, one := range in.Body.Cases {
		if _, err := s.o.Views.Seen(ctx, a.Scope(), one.No); err != nil {
			return nil, err
		}
		cmd := huiying.Command{CaseNo: one.No, Action: in.Body.Action, Actor: a.Actor(), Version: one.Version, Fields: map[string]string{}}
		for _, fields := range []map[string]string{in.Body.Fields, one.Fields} {
			for name, value := range fields {
				cmd.Fields[name] = value
			}
		}
		cmds = append(cmds, cmd)
	}
	out := &togetherOut{}
	if in.Body.Each {
		out.Body.Cases = []huiying.Case{}
		return out, s.each(ctx, cmds, out)
	}
	done, err := s.o.Together(ctx, cmds)
	out.Body.Cases = make([]huiying.Case, 0, len(done))
	for _, c := range done {
		out.Body.Cases = append(out.Body.Cases, c.In(s.o.Zone))
	}
	return out, err
}

// each takes the steps one by one.
func (s *service) each(ctx context.Context, cmds []huiying.Command, out *togetherOut) error {
	list, err := s.o.Each(ctx, cmds)
	for _, r := range list {
		one := CaseResult{No: r.No, Done: r.Err == nil, State: r.State}
		if r.Err != nil {
			one.Error = s.o.Catalogue.Sentence(langOf(ctx), r.Err)
		}
		out.Body.Results = append(out.Body.Results, one)
	}
	return err
}

type attachIn struct {
	No      string `path:"no"`
	Version int    `query:"version" doc:"The version the caller saw; 0 where it does not matter"`
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" required:"true" doc:"pdf docx xlsx ofd png jpg gif webp txt csv, at most 20 MB"`
	}]
}

// attach adds a file to the case.
func (s *service) attach(ctx context.Context, in *attachIn) (*oneCaseOut, error) {
	if r := request(ctx); r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files; the answer does not depend on it
	}
	a := account(ctx)
	if _, err := s.o.Views.Seen(ctx, a.Scope(), in.No); err != nil {
		return nil, err
	}
	file := in.RawBody.Data().File
	body, err := io.ReadAll(io.LimitReader(file, MaxUpload))
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "file.empty")
	}
	c, err := s.o.Papers.Attach(ctx, query.NewFile{CaseNo: in.No, Version: in.Version, Name: filepath.Base(file.Filename), Body: body, Actor: a.Actor()})
	return s.oneCase(c), err
}

// paperOut is a file: always saved, never shown, so that nothing of it runs in
// our origin.
type paperOut struct {
	ContentType        string `header:"Content-Type"`
	ContentDisposition string `header:"Content-Disposition"`
	CacheControl       string `header:"Cache-Control"`
	Policy             string `header:"Content-Security-Policy"`
	Body               []byte
}

func saved(p query.Paper) *paperOut {
	h := SavedAs(p)
	return &paperOut{h.Get("Content-Type"), h.Get("Content-Disposition"), h.Get("Cache-Control"), h.Get("Content-Security-Policy"), p.Body}
}

// SavedAs are the headers under which a file is given out.
func SavedAs(p query.Paper) http.Header {
	h := http.Header{}
	h.Set("Content-Type", p.Type)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": p.Name}))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	return h
}

type fileIn struct {
	No     string `path:"no"`
	Digest string `path:"digest" doc:"sha256:…"`
}

// file gives an attachment out; who took it is noted.
func (s *service) file(ctx context.Context, in *fileIn) (*paperOut, error) {
	a := account(ctx)
	p, err := s.o.Papers.File(ctx, query.FileAsk{CaseNo: in.No, Digest: in.Digest, Scope: a.Scope(), Actor: a.Actor()})
	return saved(p), err
}

type exportIn struct {
	No     string `path:"no"`
	Format string `query:"format" enum:"html,docx,json" default:"json" doc:"json verifies on its own: huiying audit verify --file"`
}

// export gives the file of the case out; who took it is noted.
func (s *service) export(ctx context.Context, in *exportIn) (*paperOut, error) {
	a := account(ctx)
	p, err := s.o.Papers.Export(ctx, query.PaperAsk{
		CaseNo: in.No, Format: in.Format, Lang: string(langOf(ctx)), Scope: a.Scope(), Actor: a.Actor(),
	})
	return saved(p), err
}

type purgeIn struct {
	No   string `path:"no"`
	Body struct {
		Basis  string `json:"basis" doc:"retention person authority"`
		Reason string `json:"reason" maxLength:"200" doc:"Without personal data"`
	}
}

type purgeOut struct{ Body query.CasePurge }

// purge takes the words of an ended case out.
func (s *service) purge(ctx context.Context, in *purgeIn) (*purgeOut, error) {
	p, err := s.o.Papers.Purge(ctx, query.NewPurge{
		CaseNo: in.No, Basis: in.Body.Basis, Reason: strings.TrimSpace(in.Body.Reason), Actor: account(ctx).Actor(),
	})
	return &purgeOut{s.purged(p)[0]}, err
}

// purged are purges with their times in the office's zone.
func (s *service) purged(list ...query.CasePurge) []query.CasePurge {
	out := append([]query.CasePurge{}, list...)
	for i := range out {
		out[i].At, out[i].SweptAt = s.in(out[i].At), s.in(out[i].SweptAt)
	}
	return out
}

type purgesOut struct {
	Body struct {
		Purges    []query.CasePurge `json:"purges" doc:"Of cases, the newest first"`
		Retention query.Retention   `json:"retention" doc:"How long things are kept, and which posts without a case went by it"`
	}
}

func (s *service) purges(ctx context.Context, _ *none) (*purgesOut, error) {
	list, err := s.o.Papers.Purges(ctx)
	slices.Reverse(list)
	out := &purgesOut{}
	out.Body.Purges = s.purged(list...)
	if err != nil {
		return out, err
	}
	out.Body.Retention, err = s.o.Papers.Retention(ctx)
	r := &out.Body.Retention
	r.LastAt, r.OldestAt = s.in(r.LastAt), s.in(r.OldestAt)
	for i, run := range r.Runs {
		r.Runs[i].At, r.Runs[i].From, r.Runs[i].To, r.Runs[i].SweptAt = s.in(run.At), s.in(run.From), s.in(run.To), s.in(run.SweptAt)
	}
	return out, err
}
