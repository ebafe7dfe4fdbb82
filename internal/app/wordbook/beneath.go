package wordbook

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huiying"
	"huiying/analyzer/dict"
	"huiying/analyzer/place"
	"huiying/analyzer/rule"
	"huiying/crawler/patrol"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/wording"
	"huiying/internal/app/papers"
	"huiying/internal/config"
	"huiying/internal/query"
	"huiying/notifier/reply"
)

// Beneath are the lists that are part of the program, and those that a
// configuration and its files define. unpacked is where the dictionaries of the
// binary are unpacked.
func Beneath(c config.Config, unpacked string) ([]Shipped, error) {
	if err := os.MkdirAll(unpacked, 0o750); err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "app.folder", unpacked, err)
	}
	files, err := dict.Locate(dict.Options{Folder: c.Analyzer.Dictionary, State: unpacked})
	if err != nil {
		return nil, err
	}
	out := []Shipped{Lines(query.ListWords, "dictionary", files.Main)}
	if c.Analyzer.UserDictionary != "" {
		out = append(out, Lines(query.ListWords, "user", c.Analyzer.UserDictionary))
	}
	out = append(out,
		Lines(query.ListStops, "stops", files.StopWords),
		Of(query.ListPlaces, "places", "places.tsv", entries(place.Builtin().Names())),
	)
	if c.Analyzer.PlacesFile != "" {
		out = append(out, Rows(query.ListPlaces, "places_file", c.Analyzer.PlacesFile, 3))
	}
	if len(c.Analyzer.Places) > 0 {
		out = append(out, Of(query.ListPlaces, "places_config", configName(c), entries(c.Analyzer.Places)))
	}
	replies, err := replyLists(c)
	if err != nil {
		return nil, err
	}
	out = append(out, replies...)
	out = append(out, patrolLists(c)...)
	folder := cmp.Or(c.Analyzer.Models, "sentiment.model")
	out = append(out, Of(query.ListSentiment, "sentiment", folder, nil))
	sets, err := setLists(c)
	return append(out, sets...), err
}

func configName(c config.Config) string { return cmp.Or(filepath.Base(c.Path), "huiying.yaml") }

func entries(names []string) []query.Word {
	out := make([]query.Word, len(names))
	for i, n := range names {
		out[i] = query.Word{Text: n}
	}
	return out
}

func wrongWords(list []wording.Word) []query.Word {
	out := make([]query.Word, len(list))
	for i, w := range list {
		out[i] = query.Word{Text: w.Wrong, Right: w.Right, Level: cmp.Or(w.Level, wording.Common), Except: w.Except}
	}
	return out
}

func sensitiveWords(list []reply.Sensitive) []query.Word {
	out := make([]query.Word, len(list))
	for i, s := range list {
		out[i] = query.Word{Text: s.Word, Level: s.Why, Except: s.Except}
	}
	return out
}

// replyLists are the built-in lists of wrong and sensitive words, and the
// office's files for replies.
func replyLists(c config.Config) ([]Shipped, error) {
	out := []Shipped{
		Of(query.ListWrong, "wrong", "words.yaml", wrongWords(wording.Builtin())),
		Of(query.ListSensitive, "sensitive", "sensitive.yaml", sensitiveWords(reply.Builtin())),
	}
	built := len(reply.Builtin())
	for _, file := range c.Reply.Words {
		wrong, sensitive, err := papers.ReadWords([]string{file})
		if err != nil {
			return nil, err
		}
		if len(wrong) > 0 {
			out = append(out, Of(query.ListWrong, "reply_file", file, wrongWords(wrong)))
		}
		if sensitive = sensitive[built:]; len(sensitive) > 0 {
			out = append(out, Of(query.ListSensitive, "reply_file", file, sensitiveWords(sensitive)))
		}
	}
	return out, nil
}

// inspected is what an inspection of a configuration says of wrong words.
type inspected struct {
	source string
	words  settings.FileWords
	reads  bool // it looks for them
}

// inspections are those of a configuration. A source whose options are wrong is
// told where the service starts.
func inspections(c config.Config) (out []inspected) {
	zone, err := c.Zone()
	if err != nil {
		return nil
	}
	for _, s := range c.Sources {
		if s.Kind != patrol.KindName {
			continue
		}
		def, err := s.Definition(zone)
		if err != nil {
			continue
		}
		words, err := settings.ReadWords(def)
		if err != nil {
			continue
		}
		out = append(out, inspected{s.ID, words, !s.Disabled && !words.Idle})
	}
	return out
}

// patrolLists are the wrong words that inspections define.
func patrolLists(c config.Config) []Shipped {
	var out []Shipped
	for _, s := range inspections(c) {
		if len(s.words.OfFile) > 0 {
			out = append(out, Of(query.ListWrong, "patrol_file", s.words.File, wrongWords(s.words.OfFile)))
		}
		if len(s.words.Add) > 0 {
			out = append(out, Of(query.ListWrong, "patrol_config", configName(c)+" · "+s.source, wrongWords(s.words.Add)))
		}
	}
	return out
}

// setLists are the words that rules of a file share: the nearest thing to
// synonyms that is read.
func setLists(c config.Config) ([]Shipped, error) {
	var out []Shipped
	for _, file := range c.Rules {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", file, err)
		}
		parsed, err := rule.ParseFile(raw)
		if err != nil {
			continue // told where the service starts; the last good ones are in force
		}
		var rows []query.Word
		for name, words := range parsed.Sets {
			rows = append(rows, query.Word{Text: name, Right: strings.Join(words, " ")})
		}
		slices.SortFunc(rows, func(a, b query.Word) int { return strings.Compare(a.Text, b.Text) })
		if len(rows) > 0 {
			out = append(out, Of(query.ListSynonyms, "sets", file, rows))
		}
	}
	return out, nil
}
