package mine

import (
	"context"
	"net/http"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/frame"
)

// Browsers are those in which people have asked to be told.
type Browsers interface {
	Of(ctx context.Context, person string) ([]query.Browser, error)
	Add(ctx context.Context, n query.NewBrowser) error
	Order(ctx context.Context, person string, first bool) error
	Remove(ctx context.Context, person, id string) error
}

// Ways tells people, to try it, and knows over what.
type Ways interface {
	Try(ctx context.Context, t query.TrialOf) (query.Trial, error)
	Channels(ctx context.Context) ([]query.ChannelRow, error)
}

// BrowserRow is a browser as the page lists it.
type BrowserRow struct {
	query.Browser
	Device string
}

// contacts fills what the page shows of how the person is told.
func (s *Pages) contacts(r *http.Request, v *View) error {
	a, lang := frame.Must(r), s.Base(r, "").Lang
	var err error
	if v.Offer, err = s.o.Offer(); err != nil {
		return err
	}
	if err := s.proofs(r, v); err != nil {
		return err
	}
	v.OnlyBrowsers = len(v.Contacts) == 1 && v.Contacts[0].Browsers
	list, err := s.o.Browsers.Of(r.Context(), a.Person.ID)
	if err != nil && huiying.ErrorCode(err) != huiying.Unavailable {
		return err
	}
	for _, b := range list {
		v.Browsers = append(v.Browsers, BrowserRow{b, device(b.Agent, func(key string) string { return s.o.Catalogue.Text(lang, key) })})
		v.First = v.First || b.First && b.EndedAt.IsZero()
	}
	return nil
}

// longestField bounds what a browser says of itself.
const longestField = 2000

// ChangeContacts adds or removes a browser or a contact of the person's own, says
// whether browsers come first, tries one of the person's own contacts, or shows
// that it reaches them.
func (s *Pages) ChangeContacts(w http.ResponseWriter, r *http.Request) error {
	a, id := frame.Must(r), frame.Must(r).Person.ID
	field := func(name string) string { v := r.PostFormValue(name); return v[:min(len(v), longestField)] }
	var err error
	done := "saved"
	switch r.PostFormValue("action") {
	case "test":
		return s.try(w, r, a, r.PostFormValue("channel"))
	case "code":
		return s.sendCode(w, r)
	case "prove":
		done, err = "contact_proven", s.o.Proofs.ProveContact(r.Context(), id, field("channel"), field("code"))
	case "put":
		done, err = "contact_put", s.put(r, huiying.Contact{Channel: field("channel"), Address: field("address")})
	case "drop":
		done, err = "contact_dropped", s.o.Accounts.DropContact(r.Context(), id, field("channel"))
	case "add":
		done = "browser_added"
		agent := r.UserAgent()
		err = s.o.Browsers.Add(r.Context(), query.NewBrowser{
			Account: id, Endpoint: field("endpoint"), Key: field("key"), Auth: field("auth"), Agent: agent[:min(len(agent), 300)], First: r.PostFormValue("first") != "",
		})
	case "order":
		err = s.o.Browsers.Order(r.Context(), id, r.PostFormValue("first") != "")
	case "remove":
		done, err = "browser_removed", s.o.Browsers.Remove(r.Context(), id, r.PostFormValue("browser"))
	default:
		return huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	switch {
	case err == nil:
		return frame.Done(w, r, "/me?done="+done+"#contacts")
	case frame.Ours(err):
		return err
	}
	return s.show(w, r, err)
}

// try sends a message that says it is a trial over one of the person's own
// contacts. What the provider said is shown in the answer itself.
func (s *Pages) try(w http.ResponseWriter, r *http.Request, a query.Account, over string) error {
	for _, c := range a.Person.Contacts {
		if c.Channel != over {
			continue
		}
		trial, err := s.o.Ways.Try(r.Context(), query.TrialOf{Channel: over, Address: c.Address, By: a.Person, Lang: s.Base(r, "").Lang})
		if frame.Ours(err) {
			return err
		}
		if err != nil {
			return s.show(w, r, err)
		}
		return s.showTried(w, r, &trial)
	}
	return huiying.Errorf(huiying.NotFound, "notifier.no_channel", over)
}

var _ Browsers = NoBrowsers{}

// NoBrowsers stands where nobody is told over browsers.
type NoBrowsers struct{}

func noBrowsers() error { return huiying.Errorf(huiying.Unavailable, "account.no_webpush") }

// Of implements Browsers.
func (NoBrowsers) Of(context.Context, string) ([]query.Browser, error) { return nil, noBrowsers() }

// Add implements Browsers.
func (NoBrowsers) Add(context.Context, query.NewBrowser) error { return noBrowsers() }

// Order implements Browsers.
func (NoBrowsers) Order(context.Context, string, bool) error { return noBrowsers() }

// Remove implements Browsers.
func (NoBrowsers) Remove(context.Context, string, string) error { return noBrowsers() }
