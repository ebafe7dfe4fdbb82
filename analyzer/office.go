package analyzer

import (
	"os"

	"huiying"
	"huiying/analyzer/catalogue"
	"huiying/analyzer/fold"
	"huiying/analyzer/place"
	"huiying/analyzer/routing"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
	"huiying/analyzer/sentiment"
)

// gazetteer makes the table of places: the built-in one, and the office's own
// rows over it.
func gazetteer(o Options) (*place.Gazetteer, error) {
	table := place.Builtin()
	if o.PlacesFile != "" {
		raw, err := os.ReadFile(o.PlacesFile)
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", o.PlacesFile, err)
		}
		if table, err = place.Parse(o.PlacesFile, raw, table); err != nil {
			return nil, err //nolint:wrapcheck // sentences with file and line
		}
	}
	return place.New(table, o.Area) //nolint:wrapcheck // a sentence already
}

// userWords are the official names of places, which the dictionary cuts to
// pieces, the user's words of a file and those of a lexicon. What comes later
// counts.
func (a *Analyzer) userWords(path string, own Lexicon) ([]segment.Word, error) {
	file, err := segment.ReadUserDictionary(path)
	if err != nil {
		return nil, err //nolint:wrapcheck // sentences with file and line
	}
	words := append(segment.Names(a.places.FoldedNames()), file...)
	return append(append(words, segment.Names(own.Places)...), own.Words...), nil
}

// newRouter makes what suggests units.
func newRouter(o Options, seg *segment.Segmenter) (*routing.Router, error) {
	options := routing.Options{Folder: o.Models}
	units := catalogueUnits(o)
	for _, u := range o.Units {
		options.Units = append(options.Units, routing.Unit{ID: u.ID, Name: u.Name, Classes: u.Departments})
	}
	if len(units) > 0 || len(o.Items) > 0 {
		cutter, ok := seg.Acquire()
		if !ok {
			return nil, huiying.Errorf(huiying.Unavailable, "analyzer.closed")
		}
		defer cutter.Release()
		var err error
		options.Index, err = catalogue.New(o.Items, units, catalogue.Options{Segment: func(text string) []string { return wordsOf(cutter, text) }})
		if err != nil {
			return nil, err //nolint:wrapcheck // sentences already
		}
	}
	return routing.New(options) //nolint:wrapcheck // a sentence already
}

// wordsOf cuts a name.
func wordsOf(c segment.Cutter, text string) []string {
	t := fold.New(text)
	tokens, err := c.Cut(nil, t)
	if err != nil {
		return nil
	}
	words := make([]string, len(tokens))
	for i, token := range tokens {
		words[i] = string(t.Runes[token.Start:token.End])
	}
	return words
}

// Check tells every mistake of what an office has configured for the analyzer,
// without loading dictionaries: places, service items, models, the table of
// levels, which may use the sets of the rules.
func Check(o Options) []error {
	var problems []error
	add := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	_, err := gazetteer(o)
	add(err)
	_, err = sentiment.Load(o.Models)
	add(err)
	_, err = routing.New(routing.Options{Folder: o.Models})
	add(err)
	var sets map[string][]string
	if o.Rules != nil {
		sets = o.Rules.Sets
	}
	_, err = rule.NewLevels(o.Policy, sets, nil)
	add(err)
	whole := func(text string) []string { return []string{text} }
	_, err = catalogue.New(o.Items, catalogueUnits(o), catalogue.Options{Segment: whole})
	add(err)
	return problems
}

func catalogueUnits(o Options) []catalogue.Unit {
	units := make([]catalogue.Unit, 0, len(o.Units))
	for _, u := range o.Units {
		units = append(units, catalogue.Unit{ID: u.ID, Name: u.Name, Aliases: u.Aliases, Keywords: u.Keywords})
	}
	return units
}
