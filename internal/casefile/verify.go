package casefile

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"huiying"
)

// Kind says what is wrong with a case file.
type Kind string

// The kinds of findings.
const (
	KindSection   Kind = "section"   // a section is not what the statement says
	KindStatement Kind = "statement" // the statement is not signed by the record's key
	KindEdited    Kind = "edited"    // a row is not what was hashed
	KindUnsigned  Kind = "unsigned"  // a row is not signed by the record's key
	KindOrder     Kind = "order"     // rows are missing, of another case, or out of order
	KindState     Kind = "state"     // the case does not say what its rows say
	KindWords     Kind = "words"     // words are not those of the digest, or not in the file
	KindFile      Kind = "file"      // the list of attachments is not that of the case
	KindHead      Kind = "head"      // the head is not signed, or older than the case
)

// Finding is one place where the file was changed.
type Finding struct {
	Kind    Kind
	Section string         // of the file
	N       int            // step of the case, 0 when it is not about one
	Err     *huiying.Error // the sentence
}

// Report is the outcome of Verify.
type Report struct {
	CaseNo   string
	Steps    int
	Words    int // that were compared with their digests
	Signed   bool
	Findings []Finding
	Notices  []*huiying.Error // what limits the check without being a fault
}

// Clean reports whether nothing was found.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

func (r *Report) add(f Finding, key string, args ...any) {
	f.Err = huiying.Errorf(huiying.Conflict, key, args...)
	r.Findings = append(r.Findings, f)
}

// Rules are how the record is made, by those who make it.
type Rules struct {
	Hash  func(huiying.Step) (string, error)
	Fold  func([]huiying.Step) (huiying.Case, error)
	Words func(field string) bool // a step names words by digest there
	Seals Seals                   // nil when there is no key
}

// Seals knows the signatures of one key.
type Seals interface {
	Step(s huiying.Step) bool
	Head(h Head) bool
	File(mac, purpose string, parts ...string) bool
}

// Verify checks a case file by itself. huiying.Invalid means that it is none;
// what was changed in it is in the report. Without the key it finds what does
// not fit together, not a file that was written anew as a whole.
func Verify(raw []byte, rules Rules) (Report, error) {
	f, o, err := read(raw)
	if err != nil {
		return Report{}, err
	}
	v := &verifier{f: f, o: o, rules: rules}
	v.report.CaseNo, v.report.Steps, v.report.Signed = f.Case.No, len(f.Steps), rules.Seals != nil
	if rules.Seals == nil {
		v.report.Notices = append(v.report.Notices, huiying.Errorf(huiying.Invalid, "casefile.no_key"))
	}
	for _, check := range []func(){v.sections, v.steps, v.state, v.words, v.files, v.head} {
		check()
	}
	return v.report, nil
}

type verifier struct {
	f      File
	o      object
	rules  Rules
	report Report
	bent   bool // rows were named already; what follows from them is not
}

// sections compares every section with the statement, and the statement with
// its signature.
func (v *verifier) sections() {
	said, found := v.f.Statement.Sections, v.o.digests()
	names := map[string]bool{}
	for _, m := range []map[string]string{said, found} {
		for name := range m {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if said[name] != found[name] {
			v.report.add(Finding{Kind: KindSection, Section: name}, "casefile.section", name)
		}
	}
	if v.rules.Seals != nil && !v.rules.Seals.File(v.f.Statement.MAC, Format, parts(said)...) {
		v.report.add(Finding{Kind: KindStatement, Section: statement}, "casefile.statement")
	}
}

// steps checks every row by its hash and signature, and that they follow one
// another.
func (v *verifier) steps() {
	if len(v.f.Steps) == 0 {
		v.bent = true
		v.report.add(Finding{Kind: KindOrder, Section: "steps"}, "casefile.no_steps")
		return
	}
	before := huiying.Step{}
	for i, s := range v.f.Steps {
		at := Finding{Section: "steps", N: i + 1}
		hash, err := v.rules.Hash(s)
		switch {
		case err != nil || hash != s.Hash:
			at.Kind, v.bent = KindEdited, true
			v.report.add(at, "casefile.edited", i+1, s.Seq)
		case v.rules.Seals != nil && !v.rules.Seals.Step(s):
			at.Kind, v.bent = KindUnsigned, true
			v.report.add(at, "casefile.unsigned", i+1, s.Seq)
		case !follows(before, s, i+1) || s.CaseNo != v.f.Case.No:
			at.Kind, v.bent = KindOrder, true
			v.report.add(at, "casefile.order", i+1, s.N, s.CaseNo)
		}
		before = s
	}
}

// follows reports whether s is the case's n-th row and can stand behind the one
// before: the record has one row to a number, and where two numbers are
// neighbours the second names the hash of the first.
func follows(before, s huiying.Step, n int) bool {
	if s.N != n || s.Seq <= before.Seq {
		return false
	}
	return n == 1 || s.Seq != before.Seq+1 || s.Prev == before.Hash
}

// state compares the case with what its rows make of it.
func (v *verifier) state() {
	if v.bent {
		return
	}
	folded, err := v.rules.Fold(v.f.Steps)
	if err != nil {
		v.report.add(Finding{Kind: KindState, Section: "case"}, "casefile.no_fold", err)
		return
	}
	if names := differing(folded, v.f.Case); len(names) > 0 {
		v.report.add(Finding{Kind: KindState, Section: "case"}, "casefile.state", strings.Join(names, ", "))
	}
}

// differing names the JSON fields in which two cases differ.
func differing(a, b huiying.Case) []string {
	left, errLeft := fields(a)
	right, errRight := fields(b)
	if errLeft != nil || errRight != nil {
		return []string{"case"}
	}
	var names []string
	for name := range right {
		if _, there := left[name]; !there {
			left[name] = nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if string(left[name]) != string(right[name]) {
			names = append(names, name)
		}
	}
	return names
}

func fields(c huiying.Case) (map[string]json.RawMessage, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("encode case: %w", err)
	}
	var out map[string]json.RawMessage
	return out, json.Unmarshal(raw, &out)
}

// key is a place in the record at which words are named.
type key struct {
	n     int
	field string
}

// words compares the words with the digests that the rows name, and misses
// those that are not there.
func (v *verifier) words() {
	there := map[key]Words{}
	for _, w := range v.f.Words {
		at := key{w.N, w.Field}
		if _, twice := there[at]; twice || !v.names(w) {
			v.report.add(Finding{Kind: KindWords, Section: "words", N: w.N}, "casefile.words_strange", w.N, w.Field)
		}
		there[at] = w
		v.word(w)
	}
	for _, s := range v.f.Steps {
		for _, field := range slices.Sorted(maps.Keys(s.Payload)) {
			if _, has := there[key{s.N, field}]; !has && v.rules.Words(field) {
				v.report.add(Finding{Kind: KindWords, Section: "words", N: s.N}, "casefile.words_missing", s.N, field)
			}
		}
	}
}

// names reports whether the row that the words are of names their digest.
func (v *verifier) names(w Words) bool {
	i := slices.IndexFunc(v.f.Steps, func(s huiying.Step) bool { return s.N == w.N })
	return i >= 0 && v.rules.Words(w.Field) && v.f.Steps[i].Payload[w.Field] == w.Digest
}

func (v *verifier) word(w Words) {
	at := Finding{Kind: KindWords, Section: "words", N: w.N}
	purged := slices.ContainsFunc(v.f.Purges, func(p Purge) bool { return slices.Contains(p.Texts, w.Digest) && p.At.Equal(w.PurgedAt) })
	switch {
	case w.State == Kept && huiying.Digest(w.Text) == w.Digest:
		v.report.Words++
	case w.State == Kept:
		v.report.add(at, "casefile.words_other", w.N, w.Field)
	case w.State == Masked && strings.ContainsRune(w.Text, Mask):
	case w.State == Purged && w.Text == "" && purged:
	default:
		v.report.add(at, "casefile.words_lost", w.N, w.Field)
	}
}

// files compares the list of attachments with that of the case.
func (v *verifier) files() {
	same := slices.EqualFunc(v.f.Attachments, v.f.Case.Files, func(a Attachment, f huiying.File) bool {
		named := a.Name == "" || huiying.Digest(a.Name) == f.Name || strings.ContainsRune(a.Name, Mask)
		return a.Digest == f.Digest && named && a.Type == f.Type && a.Size == f.Size && a.By == f.By && a.At.Equal(f.At)
	})
	if !same {
		v.report.add(Finding{Kind: KindFile, Section: "attachments"}, "casefile.files")
	}
	for _, a := range v.f.Attachments {
		purged := slices.ContainsFunc(v.f.Purges, func(p Purge) bool { return slices.Contains(p.Files, a.Digest) })
		if !a.Kept && !purged {
			v.report.add(Finding{Kind: KindFile, Section: "attachments"}, "casefile.file_lost", a.Digest)
		}
	}
}

// head checks that the record had come at least to the case's last row.
func (v *verifier) head() {
	if len(v.f.Steps) == 0 {
		return
	}
	h, last := v.f.Head, v.f.Steps[len(v.f.Steps)-1]
	switch {
	case v.rules.Seals != nil && !v.rules.Seals.Head(h):
		v.report.add(Finding{Kind: KindHead, Section: "head"}, "casefile.head_unsigned", h.Seq)
	case h.Seq < last.Seq || h.Seq == last.Seq && h.Hash != last.Hash:
		v.report.add(Finding{Kind: KindHead, Section: "head"}, "casefile.head_other", h.Seq, last.Seq)
	}
}

// Mask stands for every masked character.
const Mask = '＊'
