package settings

import (
	"encoding/json"
	"os"
	"slices"
	"time"

	"huiying"
	"huiying/crawler/patrol/wording"
)

// FileWords are the words of a source with those of its file.
type FileWords struct {
	Words
	OfFile []wording.Word
	Idle   bool // the source does not look for wrong words
}

// All are the words that the source looks for.
func (w FileWords) All() []wording.Word {
	out := slices.DeleteFunc(wording.Builtin(), func(b wording.Word) bool { return slices.Contains(w.Off, b.Wrong) })
	return slices.Concat(out, w.OfFile, w.Add)
}

// ReadWords reads what a source says of wrong words, and their file.
func ReadWords(src huiying.Source) (out FileWords, err error) {
	var o Options
	if len(src.Options) > 0 {
		if err := json.Unmarshal(src.Options, &o); err != nil {
			return out, huiying.Errorf(huiying.Invalid, "patrol.options_unreadable", src.ID, err)
		}
	}
	out.Words, out.Idle = o.Words, !o.Does(PartWording)
	if o.Words.File == "" {
		return out, nil
	}
	raw, err := os.ReadFile(o.Words.File)
	if err != nil {
		return out, huiying.Errorf(huiying.Invalid, "patrol.words_unreadable", o.Words.File, err)
	}
	out.OfFile, err = wording.Parse(o.Words.File, raw)
	return out, err
}

// Exception keeps an incident from being told until a time.
type Exception struct {
	Check  string    `json:"check"`
	Object string    `json:"object"` // what it is about, as the incident names it
	Until  time.Time `json:"until"`
}

// Again asks for an incident to be looked at anew, once, after a time.
type Again struct {
	Check  string    `json:"check"`
	Object string    `json:"object"`
	Asked  time.Time `json:"asked"`
}

// Excepted reports whether an incident is excepted at a time.
func (o *Options) Excepted(check, object string, at time.Time) bool {
	return slices.ContainsFunc(o.Except, func(e Exception) bool {
		return e.Check == check && e.Object == object && at.Before(e.Until)
	})
}
