package endpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/follow"
)

const surface = "json"

// Options are the settings of a source of kind json. Unknown keys are refused.
type Options struct {
	Profile  string            `json:"profile"`  // a built-in description, or the path of a YAML file with one
	Endpoint json.RawMessage   `json:"endpoint"` // or the description itself
	Params   map[string]string `json:"params"`   // values for {name} in its url, form and headers
	Pages    int               `json:"pages"`    // pages a visit, 3 by default
	Again    string            `json:"again"`    // how often pages behind what is known are read, "1h" by default

	again time.Duration
}

// Defaults and bounds of the settings.
const (
	defaultPages = 3
	maxPages     = 50
	defaultAgain = time.Hour
)

// Kind is the row of the table of source kinds for described JSON endpoints.
// Its surface reads by the description that Document.Profile names: a
// built-in one, or the path of a YAML file.
func Kind() crawler.Kind {
	return crawler.Kind{
		Name:     "json",
		Check:    func(s huiying.Source) error { _, _, err := settle(s); return err },
		Reader:   Reader{},
		Surfaces: map[string]crawler.Parse{surface: Parse},
	}
}

// Parse reads one answer by the description that d.Profile names.
func Parse(d crawler.Document) (crawler.Parsed, error) {
	p, err := find(d.Profile)
	if err != nil {
		return crawler.Parsed{}, err
	}
	return p.Read(d, ""), nil
}

func settle(src huiying.Source) (Options, Profile, error) {
	o := Options{Pages: defaultPages, again: defaultAgain}
	raw := src.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, Profile{}, huiying.Errorf(huiying.Invalid, "feed.options_unreadable", src.ID, err)
	}
	var p Profile
	var err error
	switch {
	case (o.Profile == "") == (len(o.Endpoint) == 0):
		return o, p, huiying.Errorf(huiying.Invalid, "endpoint.which", src.ID)
	case o.Profile != "":
		p, err = find(o.Profile)
	default:
		p, err = ParseProfile(o.Endpoint)
	}
	if err != nil {
		return o, p, err
	}
	return o, p, errors.Join(o.faults(src, p)...)
}

func (o *Options) faults(src huiying.Source, p Profile) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	if p.URL == "" {
		say("endpoint.no_url", p.Name)
	}
	if src.BaseURL != "" && !absolute(src.BaseURL) {
		say("feed.bad_base_url", src.BaseURL)
	}
	if o.Pages < 1 || o.Pages > maxPages {
		say("endpoint.pages", maxPages)
	}
	for _, name := range []string{"page", "offset", "cursor", "size"} {
		if _, ok := o.Params[name]; ok {
			say("endpoint.param", name)
		}
	}
	if o.Again != "" {
		d, err := time.ParseDuration(o.Again)
		if err != nil || d <= 0 {
			say("endpoint.again", o.Again)
		}
		o.again = d
	}
	return out
}

// Reader polls a described endpoint. It keeps nothing between visits but the
// cursor.
type Reader struct{}

// Read reads pages from the newest on until nothing is new, and offers rows
// that are new or changed.
func (Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	o, p, err := settle(v.Source)
	if err != nil {
		return crawler.Report{Cursor: v.Cursor}, err
	}
	token := ""
	return follow.Read(ctx, v, follow.List{
		Key: p.Name, Pages: o.Pages, Again: o.again, Conditional: p.Paging.By == "" && len(p.Form) == 0,
		Ask: func(t string) crawler.Request {
			token = t
			return p.ask(t, o.Params)
		},
		Parse: func(d crawler.Document) (crawler.Parsed, error) { return p.Read(d, token), nil },
	})
}
