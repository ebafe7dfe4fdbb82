package app

import (
	"os"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/rule"
	"huiying/analyzer/segment"
	"huiying/crawler"
	"huiying/crawler/host"
	"huiying/internal/app/channels"
	"huiying/internal/app/papers"
	"huiying/internal/app/publishing"
	"huiying/internal/config"
	"huiying/notifier/channel/webpush"
)

// Check finds what is wrong in the files a configuration names and in the
// settings that only their rooms understand: every mistake as a sentence with
// its file.
func Check(c config.Config) []error {
	var problems []error
	add := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	rules, err := loadRules(c.Rules)
	add(err)
	office, err := officeOptions(c)
	add(err)
	office.Rules = rules
	problems = append(problems, analyzer.Check(office)...)
	if c.Analyzer.UserDictionary != "" {
		_, err := segment.ReadUserDictionary(c.Analyzer.UserDictionary)
		add(err)
	}
	_, _, err = papers.ReadWords(c.Reply.Words)
	add(err)
	_, err = hostBudgets(c.Crawler.Hosts)
	add(err)
	if _, err := host.ParsePrivate(c.Crawler.AllowPrivate); err != nil {
		add(huiying.Errorf(huiying.Invalid, "crawler.bad_private", err.Error()))
	}
	profiles, err := LoadProfiles(c.Profiles)
	add(err)
	zone, err := c.Zone()
	if err != nil {
		return append(problems, err)
	}
	kinds := Kinds(profiles)
	for _, s := range c.Sources {
		def, err := s.Definition(zone)
		if err == nil {
			err = checkSource(def, kinds)
		}
		add(err)
	}
	_, err = channels.Make(c.Channels, channels.With{Browsers: webpush.Config{Subject: c.PublicURL}})
	add(err)
	_, err = publishing.Sites(c.Posting)
	add(err)
	return problems
}

func checkSource(s huiying.Source, kinds []crawler.Kind) error {
	for _, k := range kinds {
		if k.Name == s.Kind {
			return k.Check(s)
		}
	}
	var known string
	for _, k := range kinds {
		known += " " + k.Name
	}
	return huiying.Errorf(huiying.Invalid, "app.no_kind", s.ID, s.Kind, known)
}

// loadRules reads rules files and joins them in their order.
func loadRules(files []string) (*rule.File, error) {
	parsed := make([]*rule.File, 0, len(files))
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "config.unreadable", name, err)
		}
		f, err := rule.ParseFile(raw)
		if err != nil {
			return nil, InFile(name, err)
		}
		parsed = append(parsed, f)
	}
	return rule.Join(parsed...)
}
