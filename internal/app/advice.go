package app

import (
	"os"

	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
	"huiying/analyzer/rule"
	"huiying/analyzer/rule/lint"
	"huiying/analyzer/segment"
	"huiying/internal/config"
)

// ReadRules reads one rules file; every mistake is told with file, line and
// column.
func ReadRules(file string) (*rule.File, error) { return loadRules([]string{file}) }

// LintOptions are what advice on rules is given by: the dictionary and the
// places of a configuration; "" = the default one.
func LintOptions(configFile string) (lint.Options, error) {
	c := config.Default()
	var err error
	if configFile != "" {
		if c, err = config.Load(configFile); err != nil {
			return lint.Options{}, err
		}
	}
	return lintOptions(c)
}

func lintOptions(c config.Config) (lint.Options, error) {
	borders, err := bordersOf(c)
	if err != nil {
		return lint.Options{}, err
	}
	return lintWith(c, borders), nil
}

func lintWith(c config.Config, borders *segment.Borders) lint.Options {
	o := lint.Options{Words: borders}
	for _, p := range c.Analyzer.Places {
		o.Places = append(o.Places, fold.String(p))
	}
	return o
}

// bordersOf reads how words of the main dictionary meet.
func bordersOf(c config.Config) (*segment.Borders, error) {
	state, err := os.MkdirTemp("", "huiying-words-")
	if err != nil {
		return nil, err //nolint:wrapcheck // names the folder
	}
	defer func() { _ = os.RemoveAll(state) }()
	files, err := dict.Locate(dict.Options{Folder: c.Analyzer.Dictionary, State: state})
	if err != nil {
		return nil, err //nolint:wrapcheck // a sentence already
	}
	return segment.ReadBorders(files.Main)
}
