// Package intake takes hand-overs in: sheets laid into a watched folder, and
// what offices push or officers send in by hand goes the same way. Every file
// is taken whole or given back with a sentence for each row that could not be
// taken; it refuses to lose a row, to guess one, and to carry a phone number
// further than the sealed evidence.
package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/intake/handover"
	"huiying/internal/locale"
)

// KindName is the kind of these sources.
const KindName = "intake"

// Options are the settings of a source of hand-overs. Unknown keys are
// refused.
type Options struct {
	Platform   string             `json:"platform"`    // mailbox, hotline or consult
	Folder     string             `json:"folder"`      // watched for sheets; "" = none
	Sheet      string             `json:"sheet"`       // name of the sheet in a workbook; "" = the first one with headings
	Columns    map[string]heading `json:"columns"`     // field → its heading or headings, in place of the built-in ones
	Secret     string             `json:"secret"`      // of signed pushes; "" = none are taken
	SecretFile string             `json:"secret_file"` // the same, in a file

	headings handover.Headings
}

// heading is one name or a list of names.
type heading []string

// UnmarshalJSON implements json.Unmarshaler.
func (h *heading) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*h = heading{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(h))
}

// MinSecret is the shortest secret of pushes, in bytes.
const MinSecret = 16

// Kind is the row of this kind in the table of kinds.
func Kind() crawler.Kind {
	return crawler.Kind{
		Name: KindName, Reader: Reader{words: locale.Load},
		Check: func(s huiying.Source) error { _, err := Settle(s); return err },
	}
}

// Settle reads and checks the options of a source. The error joins a sentence
// for each mistake; none shows a secret.
func Settle(src huiying.Source) (Options, error) {
	var o Options
	raw := src.Options
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, huiying.Errorf(huiying.Invalid, "intake.options_unreadable", src.ID, err)
	}
	own := map[string][]string{}
	for field, names := range o.Columns {
		own[field] = names
	}
	headings, err := handover.BuiltIn().With(own, src.ID)
	o.headings = headings
	return o, errors.Join(append(o.faults(src), err)...)
}

func (o *Options) faults(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	if !slices.Contains(handover.Platforms(), o.Platform) {
		say("intake.bad_platform", o.Platform, strings.Join(handover.Platforms(), ", "))
	}
	if o.Secret != "" && o.SecretFile != "" {
		say("intake.secret_twice")
	}
	if o.SecretFile != "" {
		raw, err := os.ReadFile(o.SecretFile)
		if err != nil {
			say("intake.secret_unread", o.SecretFile, err)
			return out
		}
		o.Secret = strings.TrimSpace(string(raw))
	}
	if (o.Secret != "" || o.SecretFile != "") && len(o.Secret) < MinSecret {
		say("intake.secret_short", len(o.Secret), MinSecret)
	}
	return out
}
