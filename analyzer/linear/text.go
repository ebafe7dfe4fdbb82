package linear

import (
	"cmp"
	"embed"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"huiying"
	"huiying/analyzer/fold"
)

// Open reads one model; within are those of the binary, under weights/.
func Open(folder, name string, within embed.FS) (*Model, error) {
	file := name + ".model"
	var body []byte
	err := os.ErrNotExist
	if folder != "" {
		file = filepath.Join(folder, file)
		body, err = os.ReadFile(file)
	}
	if errors.Is(err, os.ErrNotExist) {
		body, err = within.ReadFile("weights/" + name + ".model")
	}
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "learn.bad_model", file, err)
	}
	m, err := Decode(body)
	if err == nil && m.Name != name {
		err = errors.New("it answers " + m.Name)
	}
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "learn.bad_model", file, err)
	}
	return m, nil
}

// Text is a post made ready: its features, its folded fields and the words they
// were cut into, the title first.
type Text struct {
	Features *Features
	Fields   [2]*fold.Text
	Words    [2][]fold.Span
}

// Reasons appends reasons to out, which is empty, as they stand in the post as
// received.
func (t Text) Reasons(out []huiying.Why, found []Reason) []huiying.Why {
	// In the order of the text, which costs the least, then by weight.
	slices.SortFunc(found, func(a, b Reason) int {
		return cmp.Or(a.Field-b.Field, int(a.Span.Start-b.Span.Start))
	})
	out = slices.Grow(out, len(found))
	for _, r := range found {
		f := t.Fields[r.Field]
		w := huiying.Why{Text: f.Slice(f.At(r.Span)), Weight: Rounded(r.Weight)}
		at := len(out)
		for at > 0 && out[at-1].Weight < w.Weight {
			at--
		}
		if !slices.ContainsFunc(out, func(o huiying.Why) bool { return o.Text == w.Text }) {
			out = slices.Insert(out, at, w)
		}
	}
	return out
}

// Rounded keeps three decimals: more is noise in messages.
func Rounded(x float64) float64 { return float64(int(x*1000+0.5)) / 1000 }
