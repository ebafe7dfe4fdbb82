// Package norm holds what a site is inspected against: limits as data, each
// with the rule it comes from and how well that is known. It measures nothing,
// and never claims a rule where there is only a default of ours.
package norm

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"huiying"
)

// Units of a limit, which also say how it is crossed.
const (
	Days     = "days"      // crossed when more days have passed
	Months   = "months"    // crossed when more months have passed, 民法典 §202
	Percent  = "percent"   // reached at the limit
	Count    = "count"     // reached at the limit
	DaysLeft = "days-left" // reached at the limit or below
)

// Norm is one limit. Title and Todo are sentences of the finding; {name},
// {object} and {found} in Title are filled in.
type Norm struct {
	ID       string        `yaml:"id"`
	Check    string        `yaml:"check"` // Finding.Check; the most urgent crossed norm of a check decides
	Class    string        `yaml:"class"` // of the objects it holds for, "" for all
	Title    string        `yaml:"title"`
	Limit    int           `yaml:"limit"` // 0 = not in force
	Unit     string        `yaml:"unit"`
	Level    huiying.Level `yaml:"level"`
	Basis    string        `yaml:"basis"`
	Source   string        `yaml:"source"`   // where the rule was read
	Verified string        `yaml:"verified"` // L law, G government page, N a copy or news, "" no rule
	Todo     string        `yaml:"todo"`
}

// Override replaces parts of a norm by the office's own.
type Override struct {
	Limit *int          `json:"limit"`
	Level huiying.Level `json:"level"`
	Basis string        `json:"basis"`
}

//go:embed norms.yaml
var builtin []byte

// Norms is the list in force.
type Norms []Norm

// Builtin reads the embedded list; that it is sound is a test's business, so
// one that is not is a programmer's error.
func Builtin() Norms {
	var file struct {
		Norms Norms `yaml:"norms"`
	}
	if err := yaml.UnmarshalWithOptions(builtin, &file, yaml.Strict()); err != nil {
		panic(fmt.Sprintf("patrol/norm: the built-in list: %v", err))
	}
	return file.Norms
}

// With puts the office's own values in place of the built-in ones. unknown
// are ids that name no norm, and bad those whose level or limit is none.
func (n Norms) With(own map[string]Override) (out Norms, unknown, bad []string) {
	out = slices.Clone(n)
	for _, id := range slices.Sorted(maps.Keys(own)) {
		i := slices.IndexFunc(out, func(x Norm) bool { return x.ID == id })
		if i < 0 {
			unknown = append(unknown, id)
			continue
		}
		o := own[id]
		if (o.Level != "" && !o.Level.Valid()) || (o.Limit != nil && out[i].Unit != DaysLeft && *o.Limit < 0) {
			bad = append(bad, id)
			continue
		}
		if o.Limit != nil {
			out[i].Limit = *o.Limit
		}
		if o.Level != "" {
			out[i].Level = o.Level
		}
		if o.Basis != "" {
			out[i].Basis = o.Basis
		}
	}
	return out, unknown, bad
}

// IDs names every norm.
func (n Norms) IDs() []string {
	var out []string
	for _, x := range n {
		out = append(out, x.ID)
	}
	return out
}

// Get is the norm of an id, whose absence is a programmer's error.
func (n Norms) Get(id string) Norm {
	for _, x := range n {
		if x.ID == id {
			return x
		}
	}
	panic("patrol/norm: no norm " + id)
}

// Least is the smallest limit in force of a check in a unit, 0 for none.
func (n Norms) Least(check, unit string) int {
	least := 0
	for _, x := range n {
		if x.Check == check && x.Unit == unit && x.Limit > 0 && (least == 0 || x.Limit < least) {
			least = x.Limit
		}
	}
	return least
}

// Measure is what was measured of one object.
type Measure struct {
	Check, Class string
	Count        int       // for Count, Percent and DaysLeft
	Since        time.Time // for Days and Months: the last time all was well
	Now          time.Time // in the office zone
	Own          int       // the object's own limit in place of the norm's, 0 for none
}

// Judge gives the most urgent norm that the measure crosses.
func (n Norms) Judge(m Measure) (crossed Norm, yes bool) {
	for _, x := range n {
		if x.Check != m.Check || (x.Class != "" && x.Class != m.Class) {
			continue
		}
		if m.Own > 0 {
			x.Limit = m.Own
		}
		if x.Limit != 0 && x.crossed(m) && (!yes || x.Level.Rank() > crossed.Level.Rank()) {
			crossed, yes = x, true
		}
	}
	return crossed, yes
}

func (x Norm) crossed(m Measure) bool {
	switch x.Unit {
	case Days:
		return DaysBetween(m.Since, m.Now) > x.Limit
	case Months:
		return day(m.Now).After(AddMonths(day(m.Since.In(m.Now.Location())), x.Limit))
	case DaysLeft:
		return m.Count <= x.Limit
	}
	return m.Count >= x.Limit
}

// Limits is the limit in words.
func (x Norm) Limits() string {
	n := strconv.Itoa(x.Limit)
	switch x.Unit {
	case Months:
		return n + " 个月"
	case Percent:
		return n + "%"
	case Count:
		return n + " 个"
	case DaysLeft:
		if x.Limit < 0 {
			return "有效期内"
		}
	}
	return n + " 天"
}

// Sentence fills a title.
func (x Norm) Sentence(name, object, found string) string {
	return strings.NewReplacer("{name}", name, "{object}", object, "{found}", found).Replace(x.Title)
}

// Words is the rule and how well it is known, for people.
func (x Norm) Words() string {
	known := map[string]string{"L": "法规原文", "G": "政府网站原文", "N": "转载件，引用前须核对原文"}[x.Verified]
	if known == "" {
		return x.Basis
	}
	return x.Basis + "（依据：" + x.Source + "；" + known + "）"
}

// DaysBetween counts the days from a's day to b's in b's zone, the first not
// counted (民法典 §201).
func DaysBetween(a, b time.Time) int {
	from, to := day(a.In(b.Location())), day(b)
	return int(time.Date(to.Year(), to.Month(), to.Day(), 0, 0, 0, 0, time.UTC).
		Sub(time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)) / (24 * time.Hour))
}

func day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

// AddMonths goes months ahead to the same day, or to the month's last where it
// has none such (民法典 §202).
func AddMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(months), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}
