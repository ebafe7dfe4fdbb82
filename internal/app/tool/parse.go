package tool

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
	"huiying/internal/app"
	"huiying/internal/config"
)

// ParseOptions says which saved answer to read and as what.
type ParseOptions struct {
	Surface   string // weibo.m.timeline, portal.letter …
	File      string
	Profile   string // a built-in name, or a YAML file
	URL       string
	FetchedAt time.Time // zero = the file's modification time
}

// Parse reads a saved answer and prints its posts as JSON lines, authors as
// seen; the last line on the word stream is "answer: CLASS".
func Parse(s Streams, o ParseOptions) error {
	d, kinds, err := document(o)
	if err != nil {
		return err
	}
	surfaces := app.Surfaces(kinds)
	parse, ok := surfaces[o.Surface]
	if !ok {
		known := slices.Sorted(maps.Keys(surfaces))
		return &UsageError{huiying.Errorf(huiying.Invalid, "cli.no_surface", o.Surface, strings.Join(known, " "))}
	}
	parsed, err := parse(d)
	if err != nil {
		return err
	}
	for _, p := range parsed.Posts {
		if err := s.line(p.In(d.Zone)); err != nil {
			return err
		}
	}
	fmt.Fprintln(s.Err, "answer: "+string(parsed.Answer))
	if !parsed.Answer.Answered() {
		return ErrFailed
	}
	return nil
}

func document(o ParseOptions) (crawler.Document, []crawler.Kind, error) {
	body, err := os.ReadFile(o.File)
	if err != nil {
		return crawler.Document{}, nil, huiying.Errorf(huiying.Invalid, "config.unreadable", o.File, err)
	}
	c := config.Default()
	zone, err := c.Zone()
	if err != nil {
		return crawler.Document{}, nil, err
	}
	fetched := o.FetchedAt
	if fetched.IsZero() {
		info, err := os.Stat(o.File)
		if err != nil {
			return crawler.Document{}, nil, huiying.Errorf(huiying.Invalid, "config.unreadable", o.File, err)
		}
		fetched = info.ModTime()
	}
	profile, extra := o.Profile, map[string]portal.Profile(nil)
	if o.Surface != "json" { // whose parser loads its own descriptions
		if profile, extra, err = profiles(o.Profile); err != nil {
			return crawler.Document{}, nil, err
		}
	}
	d := crawler.Document{
		Body: body, URL: o.URL, FetchedAt: fetched, Zone: zone, Source: "parse", Profile: profile,
	}
	return d, app.Kinds(extra), nil
}

// profiles takes a built-in name as it is and loads a YAML file.
func profiles(name string) (string, map[string]portal.Profile, error) {
	if ext := filepath.Ext(name); ext != ".yaml" && ext != ".yml" {
		return name, nil, nil
	}
	loaded, err := app.LoadProfiles([]string{name})
	if err != nil {
		return "", nil, err
	}
	for id := range loaded {
		return id, loaded, nil
	}
	return "", nil, nil
}
