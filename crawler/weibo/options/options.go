// Package options reads what the settings of Weibo's source kinds have in
// common and gathers their mistakes, one sentence each. It refuses unknown
// keys, and prints no secret.
package options

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/weibo/account"
	"huiying/crawler/weibo/status"
)

// Depth is of how many posts something is read: a number, true or false.
type Depth int

// UnmarshalJSON takes a number, true (10) and false (0).
func (d *Depth) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true":
		*d = fullDepth
	case "false", "null":
		*d = 0
	default:
		var n int
		if err := json.Unmarshal(b, &n); err != nil {
			return err
		}
		*d = Depth(n)
	}
	return nil
}

// fullDepth is what true stands for.
const fullDepth = 10

// Decode reads a source's options strictly over what into holds.
func Decode(s huiying.Source, into any) error {
	raw := s.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return huiying.Errorf(huiying.Invalid, "weibo.options_unreadable", s.ID, err)
	}
	return nil
}

// Faults gathers the mistakes of one source's options.
type Faults struct {
	Source string
	list   []error
}

// Err is all of them, nil when there are none.
func (f *Faults) Err() error { return errors.Join(f.list...) }

// Say notes a mistake by the catalogue key of its sentence.
func (f *Faults) Say(key string, args ...any) {
	f.list = append(f.list, huiying.Errorf(huiying.Invalid, key, args...))
}

// Number gives n, which must be within from and to.
func (f *Faults) Number(key string, n, from, to int) int {
	if n < from || n > to {
		f.Say("weibo.bad_number", f.Source, key, from, to)
	}
	return n
}

// Duration reads a duration, other when s is "".
func (f *Faults) Duration(key, s string, other time.Duration) time.Duration {
	if s == "" {
		return other
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 {
		f.Say("weibo.bad_duration", f.Source, key, s)
		return other
	}
	return d
}

// Base reads the address of the site, other when s is "".
func (f *Faults) Base(s, other string) *url.URL {
	if s == "" {
		s = other
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		f.Say("weibo.bad_base_url", f.Source, s)
		return &url.URL{}
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u
}

// Secret reads a cookie or token; see account.Read.
func (f *Faults) Secret(g account.Given, zone *time.Location) account.Secret {
	out, err := account.Read(f.Source, g, zone)
	if err != nil {
		f.list = append(f.list, err)
	}
	return out
}

// Accounts checks that each is a numeric uid.
func (f *Faults) Accounts(list []string) {
	for _, uid := range list {
		if status.Number(uid) == 0 {
			f.Say("weibo.bad_account", f.Source, uid)
		}
	}
}

// Queries checks that none is empty.
func (f *Faults) Queries(list []string) {
	for _, q := range list {
		if strings.TrimSpace(q) == "" {
			f.Say("weibo.empty_query", f.Source)
		}
	}
}
