// Package lexicon is the page of the lexicon: the office's own words with who
// added them, when and why, what lies beneath them read-only with the file's
// name, versions to go back to, files in and out, and what words would make of
// a text before they are added. It decides nothing about words.
package lexicon

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
	"huiying/internal/web/door"
	"huiying/internal/web/frame"
)

// Options is what the page works with; all are required.
type Options struct {
	Frame *frame.Frame
	Words api.Lexicon
}

// Pages answers the page.
type Pages struct {
	*frame.Frame
	o Options
}

// New makes the page.
func New(o Options) *Pages { return &Pages{o.Frame, o} }

// maxShown is how many of the office's own words of a list, and of conflicts,
// are shown at once.
const maxShown = 200

// View is the page.
type View struct {
	Tabs      []Tab
	List      query.WordList
	Find      string
	Shown     []query.Word // of the office's own, those that hold Find
	Found     int
	May       May
	Typed     Typed
	Answer    *query.WordAnswer
	Refused   string               // add or import, which conflicts kept from being done
	Conflicts []query.WordConflict // the first of these
	Of        int                  // conflicts there are
	Fields    []string             // of a word of the list
	Levels    []string
	Columns   string // of a file
}

// Tab leads to a list.
type Tab struct {
	ID, Href string
	N        int
	Active   bool
}

// May is what whoever looks may do.
type May struct{ Write, Return bool }

// Typed is what was typed, of a form that was refused or answered.
type Typed struct {
	Text, Right, Level, Except, Frequency, Tag, Note, Try, With, Without string
}

// Show shows a list.
func (p *Pages) Show(w http.ResponseWriter, r *http.Request) error {
	list := r.URL.Query().Get("list")
	if list == "" {
		list = query.ListWords
	}
	return p.show(w, r, list, View{}, nil)
}

// show shows v, completed by what is kept.
func (p *Pages) show(w http.ResponseWriter, r *http.Request, list string, v View, problem error) error {
	v.Find = strings.TrimSpace(r.URL.Query().Get("q"))
	all, err := p.o.Words.Lexicon(r.Context())
	if err != nil {
		return err
	}
	for _, l := range all {
		n := len(l.Words)
		if !l.Editable {
			for _, s := range l.Sources {
				n += s.Of
			}
		}
		v.Tabs = append(v.Tabs, Tab{ID: l.ID, Href: "/lexicon?list=" + l.ID, N: n, Active: l.ID == list})
	}
	if v.List, err = p.o.Words.List(r.Context(), list, v.Find); err != nil {
		return err
	}
	for _, word := range slices.Backward(v.List.Words) { // the newest first
		if v.Find == "" || strings.Contains(word.Text, v.Find) || strings.Contains(word.Right, v.Find) {
			if v.Found++; len(v.Shown) < maxShown {
				v.Shown = append(v.Shown, word)
			}
		}
	}
	a := frame.Must(r)
	v.May = May{Write: door.RuleWriters().Lets(a), Return: door.RulePublishers().Lets(a)}
	v.Fields, v.Levels, v.Columns = fields(list), levels(list), columns(list)
	base := p.Base(r, "web.nav.lexicon")
	base.Main, base.Problem = v, problem
	return p.Frame.Answer(w, r, "lexicon", base)
}

// fields are what a word of a list has beside its text.
func fields(list string) []string {
	switch list {
	case query.ListWords:
		return []string{"frequency", "tag"}
	case query.ListWrong:
		return []string{"right", "level", "except"}
	case query.ListSensitive:
		return []string{"level", "except"}
	}
	return nil
}

func levels(list string) []string {
	switch list {
	case query.ListWrong:
		return []string{"common", "serious"}
	case query.ListSensitive:
		return []string{"own", "dismissive", "absolute", "hostile", "blame", "hollow"}
	}
	return nil
}

func columns(list string) string {
	return strings.Join(append(append([]string{"text"}, fields(list)...), "why"), ",")
}

func typed(r *http.Request) Typed {
	f := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return Typed{
		Text: f("text"), Right: f("right"), Level: f("level"), Except: f("except"), Frequency: f("frequency"), Tag: f("tag"),
		Note: f("note"), Try: r.PostFormValue("try"), With: f("with"), Without: f("without"),
	}
}

// word is the word that was typed.
func (t Typed) word() (query.Word, error) {
	w := query.Word{Text: t.Text, Right: t.Right, Level: t.Level, Tag: t.Tag, Except: words(t.Except)}
	if t.Frequency != "" {
		n, err := strconv.Atoi(t.Frequency)
		if err != nil {
			return w, huiying.Errorf(huiying.Invalid, "lexicon.bad_frequency", t.Frequency)
		}
		w.Frequency = n
	}
	return w, nil
}

// words are the words of a field, apart by blanks or list marks.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\r\n,，、;；|", r) })
}

// inMemory is how much of an upload stays in memory.
const inMemory = 2 << 20

// Change adds words, takes some out, or brings a file in.
func (p *Pages) Change(w http.ResponseWriter, r *http.Request) error {
	list := r.PathValue("list")
	if err := r.ParseMultipartForm(inMemory); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return err
	}
	if r.MultipartForm != nil {
		defer func() { _ = r.MultipartForm.RemoveAll() }() // temporary files; the answer does not depend on it
	}
	v := View{Typed: typed(r)}
	seen, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return p.show(w, r, list, v, huiying.Errorf(huiying.Invalid, "web.error.no_action"))
	}
	c := query.WordChange{List: list, Note: v.Typed.Note, Seen: seen, Accept: r.PostFormValue("accept") != "", Actor: frame.Must(r).Actor()}
	do, done := r.PostFormValue("do"), "lexicon_added"
	switch do {
	case "add":
		err = p.add(r, c, v.Typed)
	case "remove":
		c.Remove, done = r.PostForm["remove"], "lexicon_removed"
		_, err = p.o.Words.Change(r.Context(), c)
	case "import":
		done = "lexicon_imported"
		err = p.bringIn(r, c)
	default:
		err = huiying.Errorf(huiying.Invalid, "web.error.no_action")
	}
	if odds, ok := errors.AsType[*query.AtOdds](err); ok {
		v.Refused, v.Of, v.Conflicts = do, len(odds.Conflicts), odds.Conflicts[:min(maxShown, len(odds.Conflicts))]
	}
	return p.answer(w, r, list, done, v, err)
}

func (p *Pages) add(r *http.Request, c query.WordChange, t Typed) error {
	word, err := t.word()
	if err != nil {
		return err
	}
	c.Add = []query.Word{word}
	if c.List == query.ListStops || c.List == query.ListPlaces {
		c.Add = nil
		for _, text := range words(t.Text) {
			c.Add = append(c.Add, query.Word{Text: text})
		}
	}
	_, err = p.o.Words.Change(r.Context(), c)
	return err
}

func (p *Pages) bringIn(r *http.Request, c query.WordChange) error {
	file, _, err := r.FormFile("file")
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "lexicon.no_file")
	}
	_, _, err = p.o.Words.Import(r.Context(), file, c)
	return errors.Join(err, file.Close())
}

func (p *Pages) answer(w http.ResponseWriter, r *http.Request, list, done string, v View, err error) error {
	switch {
	case err == nil:
		return frame.Done(w, r, "/lexicon?list="+url.QueryEscape(list)+"&done="+done)
	case frame.Ours(err):
		return err
	case huiying.ErrorCode(err) == huiying.NotFound && !slices.Contains(query.Lists(), list):
		return err
	}
	return p.show(w, r, list, v, err)
}

// Return goes back to a version.
func (p *Pages) Return(w http.ResponseWriter, r *http.Request) error {
	list := r.PathValue("list")
	n := query.WordReturn{List: list, Note: strings.TrimSpace(r.PostFormValue("note")), Actor: frame.Must(r).Actor()}
	var err error
	if n.Seen, err = strconv.Atoi(r.PostFormValue("version")); err == nil {
		n.Back, err = strconv.Atoi(r.PostFormValue("back"))
	}
	if err != nil {
		return p.show(w, r, list, View{}, huiying.Errorf(huiying.Invalid, "web.error.no_action"))
	}
	_, err = p.o.Words.Return(r.Context(), n)
	return p.answer(w, r, list, "lexicon_back", View{}, err)
}

// Try says what words would make of a text. It keeps nothing; it is a POST
// because texts do not belong in addresses.
func (p *Pages) Try(w http.ResponseWriter, r *http.Request) error {
	list := r.PathValue("list")
	v := View{Typed: typed(r)}
	q := query.WordQuestion{List: list, Text: v.Typed.Try, Remove: words(v.Typed.Without)}
	for _, text := range words(v.Typed.With) {
		word := query.Word{Text: text}
		if wrong, right, ok := strings.Cut(text, "→"); ok && list == query.ListWrong {
			word = query.Word{Text: wrong, Right: right}
		}
		q.Add = append(q.Add, word)
	}
	a, err := p.o.Words.Try(r.Context(), q)
	if err == nil {
		v.Answer = &a
		return p.show(w, r, list, v, nil)
	}
	return p.answer(w, r, list, "", v, err)
}

// Export gives a list as a file; who took it is in the log of access.
func (p *Pages) Export(w http.ResponseWriter, r *http.Request) error {
	f, err := p.o.Words.Export(r.Context(), r.PathValue("list"), frame.Must(r).Actor())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+path.Base(f.Name)+`"`)
	_, err = w.Write(f.Body)
	return err
}
