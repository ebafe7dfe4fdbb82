// Package incident holds the scripts of the drill: what happens on Weibo and on
// the portal, minute by minute, and the ordinary chatter around it. The same
// seed gives the same words in the same order. Every word in the scripts is
// made up; nothing in them was ever said by anybody.
//
// It refuses to run anything: a Player is asked what has happened by now, and
// a replica shows it.
package incident

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"huiying"
	"huiying/internal/drill/replica"
)

//go:embed scripts/*.yaml
var files embed.FS

// The files beside the scripts that are no scripts themselves.
const (
	castFile    = "scripts/cast.yaml"
	chatterFile = "scripts/chatter.yaml"
)

// Script is an incident: its steps in the order of time.
type Script struct {
	Name  string
	Title string        // catalogue key
	Lasts time.Duration // until its last step and some calm after it
	Steps []Step
}

// Step is one thing that happens At after the start, negative before it. Say
// is the catalogue key of the line that tells the audience about it, "" for
// none. The change's own At is filled in when it is played.
type Step struct {
	At     time.Duration
	Say    string
	Change replica.Change
}

// account is a person of the cast as the files write one.
type account struct {
	UID       int64  `yaml:"uid"`
	Name      string `yaml:"name"`
	Verified  string `yaml:"verified"`
	Reason    string `yaml:"reason"`
	Followers int64  `yaml:"followers"`
}

func (a account) replica() replica.Account {
	return replica.Account{UID: a.UID, Name: a.Name, Verified: cmp.Or(a.Verified, "none"), Reason: a.Reason, Followers: a.Followers}
}

type scriptFile struct {
	Name  string     `yaml:"name"`
	Title string     `yaml:"title"`
	Lasts string     `yaml:"lasts"`
	Steps []stepFile `yaml:"steps"`
}

type stepFile struct {
	At      string       `yaml:"at"`
	Say     string       `yaml:"say"`
	Post    *postFile    `yaml:"post"`
	Comment *commentFile `yaml:"comment"`
	Edit    *editFile    `yaml:"edit"`
	Delete  *keyFile     `yaml:"delete"`
	Grow    *growFile    `yaml:"grow"`
	Letter  *letterFile  `yaml:"letter"`
	Answer  *answerFile  `yaml:"answer"`
	Article *articleFile `yaml:"article"`
}

type countsFile struct {
	Reposts  int64 `yaml:"reposts"`
	Comments int64 `yaml:"comments"`
	Likes    int64 `yaml:"likes"`
}

type postFile struct {
	Key    string     `yaml:"key"`
	By     string     `yaml:"by"`
	Of     string     `yaml:"of"`
	Text   string     `yaml:"text"`
	Region string     `yaml:"region"`
	Pinned bool       `yaml:"pinned"`
	Pics   int        `yaml:"pics"`
	Counts countsFile `yaml:"counts"`
}

type commentFile struct {
	Key    string `yaml:"key"`
	On     string `yaml:"on"`
	By     string `yaml:"by"`
	Text   string `yaml:"text"`
	Region string `yaml:"region"`
	Likes  int64  `yaml:"likes"`
}

type editFile struct {
	Key  string `yaml:"key"`
	Text string `yaml:"text"`
}

type keyFile struct {
	Key string `yaml:"key"`
}

type growFile struct {
	Key    string     `yaml:"key"`
	Counts countsFile `yaml:"counts"`
}

type letterFile struct {
	Key   string `yaml:"key"`
	Kind  string `yaml:"kind"`
	Title string `yaml:"title"`
	Text  string `yaml:"text"`
	GBK   bool   `yaml:"gbk"`
}

type answerFile struct {
	Letter string `yaml:"letter"`
	Org    string `yaml:"org"`
	Text   string `yaml:"text"`
}

type articleFile struct {
	Column string `yaml:"column"`
	Title  string `yaml:"title"`
	Source string `yaml:"source"`
	Text   string `yaml:"text"`
}

// Names lists the incidents that can be played.
func Names() []string {
	var names []string
	entries, err := files.ReadDir("scripts")
	if err != nil {
		return nil // cannot happen: the folder is embedded
	}
	for _, e := range entries {
		name := "scripts/" + e.Name()
		if name != castFile && name != chatterFile {
			names = append(names, strings.TrimSuffix(e.Name(), path.Ext(e.Name())))
		}
	}
	return names
}

// Load reads an incident by name; huiying.Invalid with the known names when
// there is none.
func Load(name string) (Script, error) {
	if !slices.Contains(Names(), name) {
		return Script{}, huiying.Errorf(huiying.Invalid, "drill.unknown_incident", name, strings.Join(Names(), ", "))
	}
	raw, err := files.ReadFile("scripts/" + name + ".yaml")
	if err != nil {
		return Script{}, fmt.Errorf("read incident %s: %w", name, err)
	}
	return Parse(raw)
}

// Parse reads a script and checks that every step names people and things that
// are there by then.
func Parse(raw []byte) (Script, error) {
	cast, err := loadCast()
	if err != nil {
		return Script{}, err
	}
	var f scriptFile
	if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
		return Script{}, fmt.Errorf("parse incident: %w", err)
	}
	lasts, err := time.ParseDuration(f.Lasts)
	if err != nil {
		return Script{}, fmt.Errorf("parse incident %s: lasts: %w", f.Name, err)
	}
	s := Script{Name: f.Name, Title: f.Title, Lasts: lasts}
	var faults []error
	for i, step := range f.Steps {
		one, err := step.resolve(cast)
		if err != nil {
			faults = append(faults, fmt.Errorf("incident %s, step %d: %w", f.Name, i+1, err))
			continue
		}
		s.Steps = append(s.Steps, one)
	}
	slices.SortStableFunc(s.Steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	if len(faults) == 0 {
		faults = rehearse(s)
	}
	return s, errors.Join(faults...)
}

func loadCast() (map[string]replica.Account, error) {
	raw, err := files.ReadFile(castFile)
	if err != nil {
		return nil, fmt.Errorf("read the cast: %w", err)
	}
	var f map[string]account
	if err := yaml.UnmarshalWithOptions(raw, &f, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("parse the cast: %w", err)
	}
	cast := make(map[string]replica.Account, len(f))
	for key, a := range f {
		cast[key] = a.replica()
	}
	return cast, nil
}

// rehearse plays the script in an empty world: a step that names what is not
// there is a fault of the script.
func rehearse(s Script) []error {
	w := replica.NewWorld(replica.Options{Now: time.Now})
	start := time.Now()
	var faults []error
	for _, step := range s.Steps {
		c := step.Change
		c.At = start.Add(step.At)
		if err := w.Apply(c); err != nil {
			faults = append(faults, fmt.Errorf("incident %s at %s: %w", s.Name, step.At, err))
		}
	}
	return faults
}

func (f stepFile) resolve(cast map[string]replica.Account) (Step, error) {
	at, err := time.ParseDuration(f.At)
	if err != nil {
		return Step{}, fmt.Errorf("at: %w", err)
	}
	c, err := f.change(cast)
	if err != nil {
		return Step{}, err
	}
	return Step{At: at, Say: f.Say, Change: c}, nil
}

func (f stepFile) change(cast map[string]replica.Account) (replica.Change, error) {
	who := func(key string) (replica.Account, error) {
		a, ok := cast[key]
		if !ok {
			return a, fmt.Errorf("nobody in the cast is %q", key)
		}
		return a, nil
	}
	switch {
	case f.Post != nil:
		by, err := who(f.Post.By)
		return replica.Change{Post: f.Post.replica(by)}, err
	case f.Comment != nil:
		by, err := who(f.Comment.By)
		n := *f.Comment
		return replica.Change{Comment: &replica.Comment{Key: n.Key, On: n.On, By: by, Text: n.Text, Region: n.Region, Likes: n.Likes}}, err
	case f.Edit != nil:
		return replica.Change{Edit: &replica.Edit{Key: f.Edit.Key, Text: f.Edit.Text}}, nil
	case f.Delete != nil:
		return replica.Change{Delete: &replica.Delete{Key: f.Delete.Key}}, nil
	case f.Grow != nil:
		return replica.Change{Grow: &replica.Grow{Key: f.Grow.Key, Counts: replica.Counts(f.Grow.Counts)}}, nil
	case f.Letter != nil:
		n := *f.Letter
		return replica.Change{Letter: &replica.Letter{Key: n.Key, Kind: n.Kind, Title: n.Title, Text: n.Text, GBK: n.GBK}}, nil
	case f.Answer != nil:
		return replica.Change{Answer: &replica.Answer{Letter: f.Answer.Letter, Org: f.Answer.Org, Text: f.Answer.Text}}, nil
	case f.Article != nil:
		n := *f.Article
		return replica.Change{Article: &replica.Article{Column: n.Column, Title: n.Title, Source: n.Source, Text: n.Text}}, nil
	}
	return replica.Change{}, errors.New("nothing happens in it")
}

func (f *postFile) replica(by replica.Account) *replica.Post {
	return &replica.Post{
		Key: f.Key, By: by, Of: f.Of, Text: f.Text, Region: f.Region,
		Pinned: f.Pinned, Pics: f.Pics, Counts: replica.Counts(f.Counts),
	}
}
