// Package api is the JSON API under /api/v1 with its OpenAPI document. It
// offers what the pages offer, to the same people under the same rules, and
// refuses what they refuse in the same words. Personal data is masked; authors
// are pseudonyms already when they reach the store.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/web/door"
)

// Views is what the API reads.
type Views interface {
	Posts(ctx context.Context, f query.PostFilter) (query.PostList, error)
	Post(ctx context.Context, s query.Scope, id string) (query.PostPage, error)
	CaseViews
	Figures
	Finder
}

// Finder finds posts by words and counts them.
type Finder interface {
	Find(ctx context.Context, s query.PostSearch) (query.PostsFound, error)
}

// CaseViews reads cases.
type CaseViews interface {
	Cases(ctx context.Context, f query.CaseFilter) (query.CaseList, error)
	Case(ctx context.Context, s query.Scope, no string) (query.CasePage, error)
	// Seen is the case alone; an error as Case's where it may not be seen.
	Seen(ctx context.Context, s query.Scope, no string) (huiying.Case, error)
}

// Figures is the rest of what the API reads.
type Figures interface {
	Overview(ctx context.Context, s query.Scope) (query.Overview, error)
	Alerts(ctx context.Context, f query.AlertFilter) (query.AlertList, error)
	Sources(ctx context.Context) ([]query.SourceRow, error)
	Gaps(ctx context.Context, f query.CoverageFilter) (query.Gapped, error)
}

// Cases is the case machine.
type Cases interface {
	Do(ctx context.Context, cmd huiying.Command) (huiying.Case, error)
	Choices(c huiying.Case, a huiying.Actor) []huiying.Choice
}

// Triage deals with tagged posts that have no case.
type Triage interface {
	Open(ctx context.Context, o query.Opening) (huiying.Case, error)
	SetAside(ctx context.Context, a query.Aside) error
}

// Accounts signs people in and lists them.
type Accounts interface {
	SignIn(ctx context.Context, id, password string, from query.Visitor) (query.Entered, error)
	SecondStep(ctx context.Context, step, code string, from query.Visitor) (query.Entered, error)
	SignOut(ctx context.Context, token string) error
	Accounts(ctx context.Context) ([]query.Account, error)
}

// Handovers takes in what other offices hand over.
type Handovers interface {
	Take(ctx context.Context, h query.Handovers) (huiying.Intake, error)
	TakeSheet(ctx context.Context, u query.Upload) (query.Uploaded, error)
}

// Options is what the API works with.
type Options struct {
	Catalogue *locale.Catalogue
	Zone      *time.Location
	Now       func() time.Time
	Version   string
	Logger    *slog.Logger
	Views     Views
	Cases     Cases
	Triage    Triage
	Inbox     Inbox
	Accounts  Accounts
	Backfill  func(ctx context.Context, b query.Backfill) error
	Handovers Handovers
	Refusals  Refusals
	Switch    Switch
	Evidence  Evidence

	Corrections Corrections
	Topics      Topics
	Routes      Routes
	Silences    Silences
	Duty        Duty
	Deliveries  Deliveries
	Channels    Channels
	Attending   Attending
	Notices     func(ctx context.Context) []query.Notice // nil = nothing is watched

	Papers     Papers
	Publishing Publishing
	Rules      Rules
	Drafting   Drafting
	Together   Together
	Each       Each
	Measures   Measures

	Heat            Heat
	Cards           Cards
	Studies         Studies
	Interpretations Interpretations
	Disclosures     Disclosures

	Exports Exports
	Reports Reports
	Parked  Parked
	Lexicon Lexicon
	Patrol  Patrol

	Saved     SavedViews
	Canonical func(page, query string) string // the address of a page without what it does not know

	Tokens Tokens
}

// Tokens notes what is changed by way of a token.
type Tokens interface {
	Acted(ctx context.Context, a query.Account, what string) error
}

// service is the operations of the API.
type service struct{ o Options }

// Row is one operation with those who may call it.
type Row struct {
	Method, Path, ID string
	Who              door.Who
}

// base is where the API lies.
const base = "/api/v1"

// Register adds every operation to mux.
func Register(mux *http.ServeMux, o Options) {
	s := &service{o}
	config := huma.DefaultConfig("huiying", o.Version)
	config.OpenAPIPath = base + "/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // no $schema links in answers
	config.Transformers = []huma.Transformer{s.plainError}
	config.Info.Description = "Posts, events, alerts, cases and figures of the response monitor. Times carry the office's offset; personal data is masked."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: door.CookieName(false), Description: "The cookie of the pages."},
		"bearer":  {Type: "http", Scheme: "bearer", Description: "The token that POST /api/v1/session answers, or an API token (hy_…) with the operation's scope."},
	}
	api := humago.New(mux, config)
	api.UseMiddleware(requestOf)
	for _, add := range s.operations() {
		add.register(api, s)
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, huiying.Errorf(huiying.NotFound, "web.error.no_page"))
	})
}

// Rows lists every operation with those who may call it.
func Rows() []Row {
	var rows []Row
	for _, op := range (&service{}).operations() {
		rows = append(rows, op.row)
	}
	return rows
}

// operation is one row of the table with its handler.
type operation struct {
	row      Row
	register func(api huma.API, s *service)
}

// op makes a row: the door stands before the operation, and the handler's error
// becomes the one form of error.
func op[I, O any](method, path, id string, who door.Who, serve func(*service, context.Context, *I) (*O, error), bodies ...body) operation {
	who.Scope = scopeOf(method, path)
	return operation{row: Row{method, base + path, id, who}, register: func(api huma.API, s *service) {
		o := huma.Operation{
			OperationID: id, Method: method, Path: base + path, Summary: s.o.Catalogue.Text(locale.English, "web.api."+id),
			Responses: map[string]*huma.Response{"default": errorResponse(api)},
			// Before the body is looked at: who may not call learns nothing of its form.
			Middlewares: huma.Middlewares{s.door(who)},
		}
		if !who.Public {
			o.Security = []map[string][]string{{"session": {}}, {"bearer": {}}}
			o.Description = scopeNote(who)
		}
		for _, b := range bodies {
			o.MaxBodyBytes, o.SkipValidateBody = b.limit, true
			o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
		}
		huma.Register(api, o, func(ctx context.Context, in *I) (*O, error) {
			out, err := serve(s, ctx, in)
			if err != nil {
				return nil, s.failure(ctx, err)
			}
			return out, nil
		})
		for _, b := range bodies {
			if plain := o.RequestBody.Content["application/json"]; plain != nil {
				plain.Schema = api.OpenAPI().Components.Schemas.Schema(b.form, true, "Body")
			}
		}
	}}
}

// body is what an operation says of a body that it reads by itself.
type body struct {
	limit int64        // bytes
	form  reflect.Type // of JSON
}

// door lets those pass who may call.
func (s *service) door(who door.Who) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if err := who.Check(ctx.Context()); err != nil {
			r, w := humago.Unwrap(ctx)
			s.refuse(w, r, err)
			return
		}
		if err := s.byToken(ctx); err != nil {
			r, w := humago.Unwrap(ctx)
			s.refuse(w, r, err)
			return
		}
		next(ctx)
	}
}

// Failure is every error of the API: a code for programs and a sentence for
// people.
type Failure struct {
	status    int
	Code      huiying.Code `json:"code" example:"conflict" doc:"invalid not_found conflict forbidden unauthorized unavailable internal"`
	Message   string       `json:"message" doc:"One sentence in the caller's language"`
	RequestID string       `json:"request_id" doc:"Names the request in the service's log"`

	Conflicts []query.WordConflict `json:"conflicts,omitempty" doc:"Of words that were not added: what of the rules they are at odds with"`
}

// Error is the sentence.
func (f *Failure) Error() string { return f.Message }

// GetStatus is the HTTP status.
func (f *Failure) GetStatus() int { return f.status }

func errorResponse(api huma.API) *huma.Response {
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Failure](), true, "Failure")
	return &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

// failure turns an error into what the caller may know of it.
func (s *service) failure(ctx context.Context, err error) *Failure {
	code := huiying.ErrorCode(err)
	if errors.Is(err, context.Canceled) {
		code = huiying.Unavailable
	}
	if code == huiying.Internal {
		s.o.Logger.ErrorContext(ctx, "an API call failed", "request", door.RequestID(ctx), "error", err)
	}
	f := &Failure{
		status: door.Status(code), Code: code, Message: s.o.Catalogue.Sentence(langOf(ctx), err), RequestID: door.RequestID(ctx),
	}
	if odds, ok := errors.AsType[*query.AtOdds](err); ok {
		f.Conflicts = odds.Conflicts
	}
	return f
}

// plainError gives the library's own refusals (a body that does not fit the
// schema) the form of ours.
func (s *service) plainError(ctx huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	detail := model.Detail
	for _, e := range model.Errors {
		detail += "; " + e.Location + ": " + e.Message
	}
	code := huiying.Invalid
	if model.Status >= http.StatusInternalServerError {
		code, detail = huiying.Internal, ""
	}
	f := &Failure{Code: code, RequestID: door.RequestID(ctx.Context())}
	f.Message = s.o.Catalogue.Text(langOf(ctx.Context()), "web.error.bad_request", detail)
	if detail == "" {
		f.Message = s.o.Catalogue.Text(langOf(ctx.Context()), "error.internal")
	}
	return f, nil
}
