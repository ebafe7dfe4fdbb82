package config

import "fmt"

// Posting is the official interface of a platform on which approved replies are
// published.
type Posting struct {
	Kind       string   `yaml:"kind"` // weibo
	URL        string   `yaml:"url"`  // "" = the platform's own
	Token      Secret   `yaml:"token"`
	TokenFile  string   `yaml:"token_file"`
	Commercial bool     `yaml:"commercial"` // the paid interface
	IP         string   `yaml:"ip"`         // the office's public address
	Timeout    Duration `yaml:"timeout"`
}

func (c *Config) validatePosting(d *decoder) {
	seen := map[string]bool{}
	for i, p := range c.Posting {
		at := fmt.Sprintf("posting[%d].kind", i)
		if p.Kind != "weibo" {
			d.problem(at, "config.one_of", p.Kind, "weibo")
		}
		if seen[p.Kind] {
			d.problem(at, "config.id_twice", p.Kind)
		}
		seen[p.Kind] = true
	}
}
