package tool

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
	"huiying/crawler/portal/site"
	"huiying/internal/app"
	"huiying/internal/config"
)

// TryOptions says which page to read, and as a page of what.
type TryOptions struct {
	Source     string // a source of ConfigFile
	ConfigFile string
	Profile    string // or a site description
	Kind       string // and the kind of source
	Surface    string // "" = find out
	URL        string // the page to ask for, or of the saved File
	File       string
	JSON       bool
}

// tried is what Try prints.
type tried struct {
	Surface string           `json:"surface"`
	Answer  crawler.Answer   `json:"answer"`
	Detail  string           `json:"detail,omitempty"`
	Next    string           `json:"next,omitempty"`
	Total   int64            `json:"total,omitempty"`
	Posts   []triedPost      `json:"posts"`
	Fields  []site.Field     `json:"fields,omitempty"` // what each selector of the description found
	Others  []triedOtherwise `json:"others,omitempty"` // what other surfaces of the kind made of it
}

type triedOtherwise struct {
	Surface string         `json:"surface"`
	Answer  crawler.Answer `json:"answer"`
	Posts   int            `json:"posts"`
}

// triedPost is one post with what it lacks.
type triedPost struct {
	huiying.Post
	TextLength int      `json:"text_length"` // characters
	Missing    []string `json:"missing"`
}

// Try reads one page, asked for politely or saved, and shows every field of
// every post and which selectors found nothing. Nothing is stored.
func Try(ctx context.Context, s Streams, o TryOptions) error {
	t, err := newTrial(o)
	if err != nil {
		return err
	}
	detail, err := t.document(ctx, s)
	if err != nil {
		return err
	}
	out, err := t.read()
	if err != nil {
		return err
	}
	out.Detail = detail
	if o.JSON {
		err = s.line(out)
	} else {
		out.print(s)
	}
	if err == nil && !out.Answer.Answered() {
		return ErrFailed
	}
	return err
}

// trial is one document and what may read it.
type trial struct {
	o      TryOptions
	config config.Config
	kind   crawler.Kind
	extra  map[string]portal.Profile
	doc    crawler.Document
	answer crawler.Answer // by the fetcher, "" of a file
}

func newTrial(o TryOptions) (*trial, error) {
	t := &trial{o: o, config: config.Default()}
	usage := func(key string, args ...any) error { return &UsageError{huiying.Errorf(huiying.Invalid, key, args...)} }
	if o.URL == "" && o.File == "" {
		return nil, usage("cli.try_nothing")
	}
	name, kind := o.Profile, cmp.Or(o.Kind, "portal")
	var err error
	switch {
	case o.Source != "" && o.ConfigFile == "":
		return nil, usage("cli.try_config", o.Source)
	case o.Source == "" && o.Profile == "" && o.Kind == "":
		return nil, usage("cli.try_as")
	case o.ConfigFile != "":
		if t.config, err = config.Load(o.ConfigFile); err != nil {
			return nil, err
		}
		if t.extra, err = app.LoadProfiles(t.config.Profiles); err != nil {
			return nil, err
		}
	}
	if o.Source != "" {
		src, err := app.FindSource(t.config, o.Source)
		if err != nil {
			return nil, err
		}
		kind = src.Kind
		var has struct{ Profile string }
		_ = json.Unmarshal(src.Options, &has) // the kind checks its options itself
		name = cmp.Or(name, has.Profile)
	}
	if kind == "portal" {
		var more map[string]portal.Profile
		if name, more, err = profiles(name); err != nil {
			return nil, err
		}
		t.extra = merged(t.extra, more)
	}
	t.doc.Profile = name
	return t, t.choose(kind)
}

func merged(a, b map[string]portal.Profile) map[string]portal.Profile {
	out := map[string]portal.Profile{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

func (t *trial) choose(name string) error {
	var known []string
	for _, k := range app.Kinds(t.extra) {
		if k.Name == name {
			t.kind = k
			return nil
		}
		known = append(known, k.Name)
	}
	return &UsageError{huiying.Errorf(huiying.Invalid, "cli.no_kind", name, strings.Join(known, " "))}
}

// document reads the file or asks for the page.
func (t *trial) document(ctx context.Context, s Streams) (detail string, err error) {
	zone, err := t.config.Zone()
	if err != nil {
		return "", err
	}
	profile := t.doc.Profile
	defer func() { t.doc.Zone, t.doc.Profile, t.doc.Source = zone, profile, cmp.Or(t.o.Source, "try") }()
	if t.o.File != "" {
		body, err := os.ReadFile(t.o.File)
		if err != nil {
			return "", huiying.Errorf(huiying.Invalid, "config.unreadable", t.o.File, err)
		}
		t.doc = crawler.Document{Body: body, URL: t.o.URL, FetchedAt: time.Now()}
		return "", nil
	}
	page, err := app.Ask(ctx, app.AskOptions{
		Config: t.config, Source: t.o.Source, Kind: t.kind.Name, URL: t.o.URL,
		Sink: &printer{s: s, zone: zone}, Logger: logger(s.Err, slog.LevelWarn),
	})
	t.doc, t.answer = page.Document, page.Answer
	return page.Detail, err
}

// read parses the document by every surface of the kind and shows the one that
// made most of it.
func (t *trial) read() (tried, error) {
	var best tried
	if t.answer != "" && (!t.answer.Answered() && t.answer != crawler.AnswerMalformed || t.answer == crawler.AnswerDeleted) {
		return tried{Answer: t.answer, Posts: []triedPost{}}, nil
	}
	names := slices.Sorted(maps.Keys(t.kind.Surfaces))
	if t.o.Surface != "" {
		if t.kind.Surfaces[t.o.Surface] == nil {
			return best, &UsageError{huiying.Errorf(huiying.Invalid, "cli.no_surface", t.o.Surface, strings.Join(names, " "))}
		}
		names = []string{t.o.Surface}
	}
	top := -1
	var others []triedOtherwise
	for _, name := range names {
		if t.other(name) {
			continue
		}
		parsed, err := t.kind.Surfaces[name](t.doc)
		if err != nil {
			return best, err
		}
		others = append(others, triedOtherwise{name, parsed.Answer, len(parsed.Posts)})
		if n := worth(name, parsed); n > top {
			top, best = n, made(name, parsed, t.doc.Zone)
		}
	}
	best.Others = slices.DeleteFunc(others, func(x triedOtherwise) bool { return x.Surface == best.Surface })
	if t.kind.Name == "portal" {
		best.Fields = portal.Explain(t.extra, t.doc, best.Surface)
	}
	return best, nil
}

// other reports the surface of letters for a site of articles, and the other
// way round.
func (t *trial) other(name string) bool {
	if t.kind.Name != "portal" || t.o.Surface != "" || t.doc.Profile == "" || name == "portal.list" {
		return false
	}
	return name != "portal."+portal.KindOf(t.extra, t.doc.Profile)
}

// worth ranks what a surface made of a document: a letter with its words, an
// article whose address or tags number it, then whatever gave most posts with
// words, then rows of a list, then anything else that is an answer.
func worth(name string, parsed crawler.Parsed) int {
	if len(parsed.Posts) == 0 {
		if parsed.Answer == crawler.AnswerMalformed {
			return 0
		}
		return 1
	}
	words := 0
	for _, p := range parsed.Posts {
		if p.Text != "" {
			words++
		}
	}
	p := parsed.Posts[0]
	_, native, _ := strings.Cut(p.ID, "/")
	switch {
	case name == "portal.letter", name == "portal.article" && len(native) < 60:
		return 1_000_000
	case name == "portal.article":
		return 11
	case name == "portal.list":
		return 10 + min(len(parsed.Posts), 1000)
	}
	return 10 + 2*words + len(parsed.Posts)
}

func made(name string, parsed crawler.Parsed, zone *time.Location) tried {
	out := tried{Surface: name, Answer: parsed.Answer, Next: parsed.Next, Total: parsed.Total, Posts: []triedPost{}}
	for _, p := range parsed.Posts {
		out.Posts = append(out.Posts, triedPost{Post: p.In(zone), TextLength: utf8.RuneCountInString(p.Text), Missing: missing(p)})
	}
	return out
}

// missing names the fields of a post that a person would look for in vain.
func missing(p huiying.Post) []string {
	out := []string{}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"url", p.URL != ""}, {"title", p.Title != "" || p.Kind == huiying.KindPost || p.Kind == huiying.KindComment || p.Kind == huiying.KindReply || p.Kind == huiying.KindRepost},
		{"text", p.Text != ""}, {"published_at", !p.PublishedAt.IsZero()}, {"author", p.Author.Name != "" || p.Author.ID != ""},
		{"status", p.Status != "" || p.Kind != huiying.KindLetter}, {"answers", len(p.Answers) > 0 || p.Kind != huiying.KindLetter},
	} {
		if !f.has {
			out = append(out, f.name)
		}
	}
	return out
}

// begins is how much of a text is printed.
const begins = 80

func (t tried) print(s Streams) {
	say := func(name, format string, args ...any) {
		fmt.Fprintf(s.Out, "%-14s %s\n", name, fmt.Sprintf(format, args...))
	}
	say("surface", "%s", t.Surface)
	say("answer", "%s %s", t.Answer, t.Detail)
	say("posts", "%d (total %d, next %q)", len(t.Posts), t.Total, t.Next)
	for i, p := range t.Posts {
		fmt.Fprintf(s.Out, "\n#%d\n", i+1)
		say("id", "%s", p.ID)
		say("url", "%s", p.URL)
		say("title", "%s", p.Title)
		say("published_at", "%s (%s)", when(p.PublishedAt), p.PublishedPrecision)
		say("author", "%s %s", p.Author.Name, p.Author.Verified)
		say("status", "%s %s", p.Status, p.Number)
		say("text", "%d: %s", p.TextLength, start(p.Text))
		for _, a := range p.Answers {
			say("answer", "%s %s %d: %s", a.Org, when(a.At), utf8.RuneCountInString(a.Text), start(a.Text))
		}
		e := p.Engagement
		say("engagement", "reposts %d comments %d likes %d views %d", e.Reposts, e.Comments, e.Likes, e.Views)
		say("missing", "%s", strings.Join(p.Missing, " "))
	}
	for _, f := range t.Fields {
		if f.Found == 0 {
			fmt.Fprintln(s.Out, s.Words.Text(s.Lang, "cli.try_selector", f.Name, f.Select, f.Asked))
		}
	}
	for _, x := range t.Others {
		fmt.Fprintln(s.Out, s.Words.Text(s.Lang, "cli.try_other", x.Surface, string(x.Answer), x.Posts))
	}
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func start(text string) string {
	line := strings.ReplaceAll(text, "\n", " ")
	if r := []rune(line); len(r) > begins {
		return string(r[:begins]) + "…"
	}
	return line
}
