// Package locale is the one catalogue of sentences people read: Chinese first,
// English second. Rooms name a sentence by key (huiying.Errorf); the surfaces
// that face people render it here. Like the root package it imports no room.
package locale

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"huiying"
)

// Lang is a language of the catalogue.
type Lang string

// The languages.
const (
	Chinese Lang = "zh"
	English Lang = "en"
)

// ParseLang reads a language tag such as "en-GB" or a LANG value such as
// "en_US.UTF-8"; anything that is not English is Chinese.
func ParseLang(tag string) Lang {
	if strings.HasPrefix(strings.ToLower(tag), "en") {
		return English
	}
	return Chinese
}

//go:embed catalogue/*.yaml
var files embed.FS

// Entry is one sentence in both languages. The same fmt verbs stand in both;
// use %[2]v where the order differs.
type Entry struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Catalogue holds every sentence by key.
type Catalogue struct {
	entries map[string]Entry
}

// Load gives the embedded catalogue. It is parsed once in a process, since
// nothing changes it. A key that stands twice, or lacks a language, is an error.
func Load() (*Catalogue, error) { return loaded() }

var loaded = sync.OnceValues(read)

func read() (*Catalogue, error) {
	c := &Catalogue{entries: map[string]Entry{}}
	names, err := fs.Glob(files, "catalogue/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list catalogue: %w", err)
	}
	for _, name := range names {
		if err := c.add(name); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Catalogue) add(name string) error {
	raw, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	var part map[string]Entry
	if err := yaml.UnmarshalWithOptions(raw, &part, yaml.Strict()); err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	for key, e := range part {
		if _, twice := c.entries[key]; twice {
			return fmt.Errorf("%s: key %q stands twice in the catalogue", name, key)
		}
		if e.ZH == "" || e.EN == "" {
			return fmt.Errorf("%s: key %q lacks a language", name, key)
		}
		c.entries[key] = e
	}
	return nil
}

// Has reports whether the catalogue holds the key.
func (c *Catalogue) Has(key string) bool {
	_, ok := c.entries[key]
	return ok
}

// Entries gives every key with its sentences.
func (c *Catalogue) Entries() map[string]Entry { return maps.Clone(c.entries) }

// verb is where an argument of a sentence stands.
var verb = regexp.MustCompile(`%(?:\[\d+\])?[vqsd]`)

// Text renders the sentence of a key; without arguments an ellipsis stands for
// each. An unknown key is shown as it is, so
// that a missing entry is seen and nothing fails.
func (c *Catalogue) Text(lang Lang, key string, args ...any) string {
	e, ok := c.entries[key]
	if !ok {
		return strings.TrimSpace(key + " " + fmt.Sprint(args...))
	}
	format := e.ZH
	if lang == English {
		format = e.EN
	}
	if len(args) == 0 {
		return verb.ReplaceAllString(format, "…")
	}
	rendered := make([]any, len(args))
	for i, a := range args {
		rendered[i] = c.argument(lang, a)
	}
	return fmt.Sprintf(format, rendered...)
}

// Sentence renders an error for people: the sentence of the first
// huiying.Error in its chain, or the general one that hides the cause. Errors
// joined with errors.Join give one sentence a line.
func (c *Catalogue) Sentence(lang Lang, err error) string {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var lines []string
		for _, e := range joined.Unwrap() {
			lines = append(lines, c.Sentence(lang, e))
		}
		return strings.Join(lines, "\n")
	}
	var e *huiying.Error
	if !errors.As(err, &e) {
		return c.Text(lang, "error.internal")
	}
	return c.Text(lang, e.Key, e.Args...)
}

// argument renders errors and catalogue keys that stand as arguments.
func (c *Catalogue) argument(lang Lang, a any) any {
	switch v := a.(type) {
	case Key:
		return c.Text(lang, string(v))
	case error:
		var joined interface{ Unwrap() []error }
		if errors.As(v, &joined) {
			return strings.ReplaceAll(c.Sentence(lang, v), "\n", " ")
		}
		var e *huiying.Error
		if errors.As(v, &e) {
			return c.Text(lang, e.Key, e.Args...)
		}
		return v.Error()
	}
	return a
}

// Key is an argument that is itself a catalogue key.
type Key string
