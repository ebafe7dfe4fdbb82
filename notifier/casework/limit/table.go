package limit

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"

	"huiying"
)

//go:embed presets.yaml
var builtin []byte

// Row is a preset as written: the id, and what is said of it. In a file of the
// office's own what is not said stays as it is built in.
type Row struct {
	ID        string           `yaml:"id" json:"id"`
	Limit     *string          `yaml:"limit" json:"limit"`
	Use       *Use             `yaml:"use" json:"use"`
	Starts    *string          `yaml:"starts" json:"starts"`
	MetBy     *string          `yaml:"met_by" json:"met_by"`
	Pausable  *bool            `yaml:"pausable" json:"pausable"`
	Extend    *int             `yaml:"extend" json:"extend"`
	Warn      *[]string        `yaml:"warn" json:"warn"`
	Share     *int             `yaml:"share" json:"share"`
	Off       *bool            `yaml:"off" json:"off"`
	Source    *string          `yaml:"source" json:"source"`
	Verified  *string          `yaml:"verified" json:"verified"`
	Levels    *[]huiying.Level `yaml:"levels" json:"levels"`
	Platforms *[]string        `yaml:"platforms" json:"platforms"`
	Kinds     *[]string        `yaml:"kinds" json:"kinds"`
	Intents   *[]string        `yaml:"intents" json:"intents"`
}

type file struct {
	Presets []Row `yaml:"presets"`
}

// Presets reads the built-in table; that it is sound is a test's business, so
// one that is not is a programmer's error.
func Presets() []Preset {
	rows, err := rowsOf(builtin)
	if err != nil {
		panic(err)
	}
	table := make([]Preset, 0, len(rows))
	for _, r := range rows {
		p, err := r.onto(Preset{ID: r.ID, Use: Clock})
		if err != nil {
			panic(fmt.Errorf("preset %s: %w", r.ID, err))
		}
		table = append(table, p)
	}
	return table
}

// Apply gives a copy of the table with the rows applied. It refuses an id that
// the table lacks, an id given twice and a value that cannot be.
func Apply(table []Preset, rows []Row) ([]Preset, error) {
	out := slices.Clone(table)
	seen := map[string]bool{}
	for _, r := range rows {
		i := slices.IndexFunc(out, func(p Preset) bool { return p.ID == r.ID })
		if i < 0 {
			return nil, huiying.Errorf(huiying.Invalid, "limit.unknown", r.ID)
		}
		if seen[r.ID] {
			return nil, huiying.Errorf(huiying.Invalid, "limit.twice", r.ID)
		}
		seen[r.ID] = true
		p, err := r.onto(out[i])
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "limit.row", r.ID, err)
		}
		out[i] = p
	}
	return out, nil
}

func rowsOf(raw []byte) ([]Row, error) {
	var f file
	if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "limit.yaml", yaml.FormatError(err, false, false))
	}
	return f.Presets, nil
}

// onto gives p with what the row says.
func (r Row) onto(p Preset) (Preset, error) {
	var err error
	if r.Limit != nil {
		if p.Limit, err = Parse(*r.Limit); err != nil {
			return Preset{}, err
		}
	}
	if r.Warn != nil {
		p.Warn = make([]Warning, len(*r.Warn))
		for i, text := range *r.Warn {
			if p.Warn[i], err = ParseWarning(text); err != nil {
				return Preset{}, err
			}
		}
	}
	set(&p.Use, r.Use)
	set(&p.Starts, r.Starts)
	set(&p.MetBy, r.MetBy)
	set(&p.Pausable, r.Pausable)
	set(&p.Extend, r.Extend)
	set(&p.Share, r.Share)
	set(&p.Off, r.Off)
	set(&p.Source, r.Source)
	set(&p.Verified, r.Verified)
	set(&p.Levels, r.Levels)
	set(&p.Platforms, r.Platforms)
	set(&p.Kinds, r.Kinds)
	set(&p.Intents, r.Intents)
	return p, p.check()
}

func set[T any](field *T, said *T) {
	if said != nil {
		*field = *said
	}
}

// check refuses what cannot be, whoever wrote it.
func (p Preset) check() error {
	switch {
	case p.Pausable && p.Limit.Kind != Workdays && p.Limit.Kind != Days:
		return huiying.Errorf(huiying.Invalid, "limit.pausable", p.Limit)
	case p.Extend < 0 || p.Extend > mostUnits || p.Extend > 0 && !p.counts():
		return huiying.Errorf(huiying.Invalid, "limit.extend", p.Extend, p.Limit)
	case p.Share < 0 || p.Share > 100:
		return huiying.Errorf(huiying.Invalid, "limit.share", p.Share)
	}
	if err := among("use", string(p.Use), string(Clock), string(Guard), string(Rate), string(Watch)); err != nil {
		return err
	}
	if err := among("starts", p.Starts, StartsDetected, StartsReceived, StartsAssigned, StartsHanded, StartsRated, StartsRating, StartsYearly, StartsManual); err != nil {
		return err
	}
	if err := among("verified", p.Verified, VerifiedLaw, VerifiedPage, VerifiedCopy, VerifiedCase, NoRule); err != nil {
		return err
	}
	if p.MetBy == "" {
		return huiying.Errorf(huiying.Invalid, "limit.met_by")
	}
	if err := among("met_by", p.MetBy, Meeting()...); err != nil {
		return err
	}
	for _, l := range p.Levels {
		if !l.Valid() {
			return huiying.Errorf(huiying.Invalid, "limit.one_of", "levels", l, huiying.Levels())
		}
	}
	return nil
}

// counts reports a limit of a number of units.
func (p Preset) counts() bool {
	return p.Limit.Kind == Workdays || p.Limit.Kind == Days || p.Limit.Kind == Months
}

func among(field, value string, known ...string) error {
	if slices.Contains(known, value) {
		return nil
	}
	return huiying.Errorf(huiying.Invalid, "limit.one_of", field, value, known)
}
