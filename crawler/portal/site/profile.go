// Package site holds descriptions of government portals in YAML, and reads
// lists, letters and articles by them. It refuses unknown keys and says every
// mistake of a description with its place.
package site

import (
	"regexp"

	"github.com/PuerkitoBio/goquery"
)

// Profile describes one site: where its list is, how a row of it and a page
// behind it are read. Every address may be relative to Site.
type Profile struct {
	Name   string   `yaml:"name"`  // [a-z0-9-]{1,64}
	Label  string   `yaml:"label"` // what people call it
	Site   string   `yaml:"site"`  // scheme and host of the real site
	Hosts  []string `yaml:"hosts"` // further hosts its links may lead to
	Kind   string   `yaml:"kind"`  // letter or article
	List   List     `yaml:"list"`
	Detail Detail   `yaml:"detail"`
	ID     Native   `yaml:"id"`
	Dates  []string `yaml:"dates"` // date forms such as "DD/MM/YYYY HH:mm", tried before the usual ones
	Gone   []string `yaml:"gone"`  // sentences that say a page was taken away

	// Statuses are the site's words of how far a letter is beside the usual
	// ones, word → received, handling, answered, or "" for none of them.
	Statuses map[string]string `yaml:"statuses"`

	layouts []string
}

// List describes the list of letters or articles, newest first. Addresses and
// the values of Params may hold {page}, the number of the page; {size}, its
// rows; {start} and {end}, the numbers of its first and last row.
type List struct {
	URL      string            `yaml:"url"`
	FirstURL string            `yaml:"first_url"` // the first page, where its address differs
	First    *int              `yaml:"first"`     // what {page} is on the first page, 1 by default
	Format   string            `yaml:"format"`    // html (default), js-object, jcms, jpaas, aspnet or trs
	Method   string            `yaml:"method"`    // get or post; jcms posts by default, all others get
	Params   map[string]string `yaml:"params"`    // what is sent: in the form of a post, in the query of a get
	Referer  string            `yaml:"referer"`   // the page people see the list on, where the site asks for it
	PerPage  int               `yaml:"per_page"`  // rows a page, 15 by default
	Batch    int               `yaml:"batch"`     // jcms: rows a question, 3 × per_page by default
	Target   string            `yaml:"target"`    // aspnet: the control that turns the page, found by itself by default
	Callback Callback          `yaml:"callback"`  // aspnet: pages come by callback

	Item   string            `yaml:"item"`  // selector of a row, or path of the array; of HTML it may be left out
	Where  map[string]string `yaml:"where"` // js-object: a row whose value differs is not public and is left alone
	Link   Link              `yaml:"link"`  // the address of the page behind a row
	Title  Pick              `yaml:"title"`
	Date   Pick              `yaml:"date"`
	Org    Pick              `yaml:"org"`
	Status Pick              `yaml:"status"`
	Next   Pick              `yaml:"next"`  // HTML: the link to the next page
	Pages  Pick              `yaml:"pages"` // how many pages there are
	Total  Pick              `yaml:"total"` // how many rows there are
}

// Callback is how an ASP.NET page asks for its next rows.
type Callback struct {
	ID    string `yaml:"id"`    // __CALLBACKID
	Param string `yaml:"param"` // __CALLBACKPARAM, such as Load|*|{page}
}

// Link says how a row gives its address: an element's attribute, or a
// template whose {key} are the row's own values, chosen by one of them. In HTML
// the template's {value} is what Select, Attr and Match gave.
type Link struct {
	Select string            `yaml:"select"` // as in Pick; html: the element, "href" being its attribute by default
	Attr   string            `yaml:"attr"`
	Match  string            `yaml:"match"`
	URL    string            `yaml:"url"`
	By     string            `yaml:"by"`   // the key that chooses among URLs
	URLs   map[string]string `yaml:"urls"` // its value → template

	pick Pick
}

// Detail describes the page of one letter or article.
type Detail struct {
	Format  string            `yaml:"format"` // html (default) or js-object
	API     string            `yaml:"api"`    // where its words are asked for, when that is not the page people see; {id} is its number
	Item    string            `yaml:"item"`   // js-object: path of the object, the answer itself or its first element by default
	Where   map[string]string `yaml:"where"`  // js-object: one whose value differs is not public, as if taken away
	Title   Pick              `yaml:"title"`
	Text    Pick              `yaml:"text"`
	Author  Pick              `yaml:"author"`
	Time    Pick              `yaml:"time"`
	Status  Pick              `yaml:"status"` // of a letter: 受理, 办理, 答复
	Number  Pick              `yaml:"number"` // the office's own number of it
	Answers Answers           `yaml:"answers"`
}

// Answers describes the blocks of official answers under a letter.
type Answers struct {
	Item string `yaml:"item"` // selector of one block, or path of the array; without one an object holds one answer itself
	Org  Pick   `yaml:"org"`
	Time Pick   `yaml:"time"`
	Text Pick   `yaml:"text"`
}

// Native says where the site's own id stands in a page's address: a query
// parameter, or the first group of a regular expression.
type Native struct {
	Query string `yaml:"query"`
	Match string `yaml:"match"`

	match *regexp.Regexp
}

// Pick takes one value from a page or a row: the first element of Select
// (the scope itself when empty) whose text matches; of it the attribute Attr
// or the text; of that the first group of Match. In YAML a bare string is
// Select. Of js-object Select is a key or a dotted path, or several with |
// between them, of which the first that says something counts.
type Pick struct {
	Select string `yaml:"select"`
	Attr   string `yaml:"attr"`
	Match  string `yaml:"match"`
	Lines  bool   `yaml:"lines"` // line breaks of the source are the writer's own

	selector goquery.Matcher
	match    *regexp.Regexp
}

// UnmarshalYAML takes the bare string and the map.
func (p *Pick) UnmarshalYAML(unmarshal func(any) error) error {
	var short string
	if unmarshal(&short) == nil {
		*p = Pick{Select: short}
		return nil
	}
	type long Pick
	return unmarshal((*long)(p))
}

func (p Pick) empty() bool { return p.Select == "" && p.Attr == "" && p.Match == "" }

// The formats of a list; html and js-object are those of a page behind a row
// too.
const (
	formatHTML     = "html"
	formatJSObject = "js-object"
	formatJCMS     = "jcms"
	formatJpaas    = "jpaas"
	formatASPNET   = "aspnet"
	formatTRS      = "trs"
)

// defaultPerPage is how many rows the content systems show a page.
const defaultPerPage = 15
