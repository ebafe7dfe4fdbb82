// Package analyzer takes a post and gives an event: tags of the rules that
// hold, keywords, places, personal data, topic and level, each with its
// reasons. Text is cleaned, folded and cut once; every step shares the cut. A
// step that fails is named in the event and the rest goes on: a post is never
// lost for it. The analyzer touches no SQL and no network; what it remembers
// of topics goes through an interface. It judges matters, never persons.
package analyzer

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/analyzer/catalogue"
	"huiying/analyzer/gather"
	"huiying/analyzer/rule"
	"huiying/internal/locale"
)

// Options are the parts an Analyzer is made of. Only what is needed must be
// given.
type Options struct {
	// Dictionary is a folder with the segmenter's dictionary files; "" = those
	// inside the binary, else those of the module.
	Dictionary string
	// DictDir is an existing folder to unpack the embedded dictionaries into;
	// "" = a folder under the user's cache.
	DictDir string
	// UserDictionary is the path of the file with the user's words ("word
	// [frequency [tag]]" lines); "" = none.
	UserDictionary string
	// Lexicon is the office's own words beside those of the files.
	Lexicon Lexicon
	// Gojieba has gojieba itself cut the text instead of our repetition of it.
	Gojieba bool
	// Cutting is told of every post before its text is cut; nil = nobody. Tests
	// end the process there, as a library in C++ can.
	Cutting func(huiying.Post)
	// Rules tag posts; nil = none.
	Rules *rule.File
	// Policy is the table of levels: what raises the level of a post.
	Policy []rule.Raise
	// ThreeLevels is the local scheme of three: what would be blue is yellow.
	ThreeLevels bool
	// Places are names noted in the event where they stand as whole words, beside
	// those of the table of places.
	Places []string
	// Area is the code of the office's area in the table of places (640500); ""
	// = none. PlacesFile is the path of the office's own rows of the table.
	Area, PlacesFile string
	// Models is a folder of models of the office's own ("huiying model train"),
	// each instead of that inside the binary; "" = none.
	Models string
	// Public are telephone numbers of the office itself, which nobody masks.
	Public []string
	// Units are the office's, Items its service items (事项目录); both may be
	// missing.
	Units []Unit
	Items []catalogue.Item
	// Gatherer says where posts belong; nil = a room of the analyzer's own, of
	// which nothing is kept.
	Gatherer Gatherer
	// Words renders reasons; nil = the embedded catalogue.
	Words *locale.Catalogue
	// Lang is the language of reasons; "" = Chinese.
	Lang locale.Lang
	// Now is the time of events; nil = time.Now.
	Now func() time.Time
	// Zone is the office zone; nil = UTC.
	Zone       *time.Location
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Gatherer says where posts belong; package gather has one.
type Gatherer interface {
	// Gather gives the topics of posts, one after the other. huiying.Unavailable:
	// ask again.
	Gather(ctx context.Context, list []gather.Matter) ([]gather.Found, error)
	// Raise notes the levels of posts of topics. huiying.Unavailable: ask again.
	Raise(ctx context.Context, ups ...gather.Rising) error
}

// Unit is a unit of the office as posts speak of it.
type Unit struct {
	ID, Name          string
	Aliases, Keywords []string
	Departments       []string // classes of the routing model it is responsible for
}

// LoadRules reads a rules file; the error joins every mistake with line and
// column.
func LoadRules(data []byte) (*rule.File, error) { return rule.ParseFile(data) }
