package portal

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/portal/site"
)

// Options are the settings of a portal source. Unknown keys are refused.
type Options struct {
	Profile     string   `json:"profile"`      // the site description to read by
	Site        string   `json:"site"`         // the site, for a description that serves many and names none
	Lists       []string `json:"lists"`        // list addresses in place of the description's own
	URLs        []string `json:"urls"`         // single pages that are read beside the lists
	Pages       int      `json:"pages"`        // list pages a list and visit, 3 by default
	Details     int      `json:"details"`      // pages behind rows a visit, 60 by default
	Recheck     int      `json:"recheck"`      // unanswered letters that are read again a visit, 10 by default
	RecheckDays int      `json:"recheck_days"` // for how long a letter is looked at again, 30 by default

	// Params are set beside and over what the description's list sends: the
	// numbers of one column of a platform.
	Params map[string]string `json:"params"`

	// RecheckEvery is how long after its first reading an unanswered letter is
	// read again, "1h" by default; each further wait is twice as long, at most
	// 24 times the first. As often the lists are read behind what is known, for
	// rows that changed.
	RecheckEvery string `json:"recheck_every"`

	every time.Duration
}

// Defaults and bounds of the settings.
const (
	defaultPages       = 3
	defaultDetails     = 60
	defaultRecheck     = 10
	defaultRecheckDays = 30
	defaultEvery       = time.Hour
	maxWaits           = 24
	maxPages           = 50
	maxDetails         = 500
	maxRecheck         = 100
	maxRecheckDays     = 366
)

func (s shelf) check(src huiying.Source) error {
	_, _, err := s.settle(src)
	return err
}

// settle reads the options of a source and finds its site description.
func (s shelf) settle(src huiying.Source) (Options, Profile, error) {
	o := Options{Pages: defaultPages, Details: defaultDetails, Recheck: defaultRecheck, RecheckDays: defaultRecheckDays}
	raw := src.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, Profile{}, huiying.Errorf(huiying.Invalid, "portal.options_unreadable", src.ID, err)
	}
	if o.Profile == "" {
		return o, Profile{}, huiying.Errorf(huiying.Invalid, "portal.no_profile", src.ID)
	}
	p, err := s.find(o.Profile)
	if err != nil {
		return o, Profile{}, err
	}
	p = o.fit(p)
	faults := o.faults(src, p)
	if o.every, err = o.wait(src.ID); err != nil {
		faults = append(faults, err)
	}
	return o, p, errors.Join(faults...)
}

// fit makes a description that serves many sites that of this source's.
func (o Options) fit(p Profile) Profile {
	if o.Site != "" {
		p.Site = strings.TrimSuffix(o.Site, "/")
	}
	if len(o.Params) > 0 {
		all := maps.Clone(p.List.Params)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, o.Params)
		p.List.Params = all
	}
	return p
}

func (o Options) wait(source string) (time.Duration, error) {
	if o.RecheckEvery == "" {
		return defaultEvery, nil
	}
	d, err := time.ParseDuration(o.RecheckEvery)
	if err != nil || d <= 0 {
		return 0, huiying.Errorf(huiying.Invalid, "portal.bad_duration", source, "recheck_every", o.RecheckEvery)
	}
	return d, nil
}

func (o Options) faults(src huiying.Source, p Profile) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	switch {
	case p.Site == "":
		say("portal.no_site", p.Name)
	case !site.Absolute(p.Site):
		say("portal.bad_site", p.Site)
	}
	if len(o.Lists) == 0 && len(o.URLs) == 0 && p.List.URL == "" {
		say("portal.nothing_to_read", p.Name)
	}
	if src.BaseURL != "" && !site.Absolute(src.BaseURL) {
		say("portal.bad_base_url", src.BaseURL)
	}
	for _, address := range slices.Concat(o.Lists, o.URLs) {
		if full := site.Resolve(p.Site+"/", address); full == "" || (p.Site != "" && !p.Follows(full)) {
			say("portal.bad_address", address, p.Site)
		}
	}
	for _, b := range []struct {
		key             string
		value, low, top int
	}{
		{"pages", o.Pages, 1, maxPages},
		{"details", o.Details, 1, maxDetails},
		{"recheck", o.Recheck, 0, maxRecheck},
		{"recheck_days", o.RecheckDays, 0, maxRecheckDays},
	} {
		if b.value < b.low || b.value > b.top {
			say("portal.bad_number", b.key, b.low, b.top)
		}
	}
	return out
}
