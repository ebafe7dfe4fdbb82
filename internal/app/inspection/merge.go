package inspection

import (
	"encoding/json"
	"fmt"
	"time"

	"huiying"
	"huiying/crawler/patrol"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/wording"
)

// Merge lays the office's own wrong words and the orders of people over the
// definition of an inspection, as it goes to the crawlers. Definitions of other
// kinds, and one to which there is nothing to add, stay as they are.
func Merge(body []byte, wrong []wording.Word, o Orders, now time.Time) ([]byte, error) {
	var src huiying.Source
	if err := json.Unmarshal(body, &src); err != nil {
		return nil, fmt.Errorf("read a source's definition: %w", err)
	}
	except, again := o.lasting(now)
	if src.Kind != patrol.KindName || len(wrong)+len(except)+len(again) == 0 {
		return body, nil
	}
	options := map[string]json.RawMessage{}
	if len(src.Options) > 0 {
		if err := json.Unmarshal(src.Options, &options); err != nil {
			return body, nil //nolint:nilerr // the kind's own check tells what is wrong with them
		}
	}
	var words settings.Words
	if raw, ok := options["words"]; ok {
		if err := json.Unmarshal(raw, &words); err != nil {
			return body, nil //nolint:nilerr // as above
		}
	}
	words.Add = append(words.Add, wrong...)
	for key, value := range map[string]any{"words": words, "except": except, "again": again} {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", key, err)
		}
		options[key] = raw
	}
	var err error
	if src.Options, err = json.Marshal(options); err != nil {
		return nil, fmt.Errorf("write options of %s: %w", src.ID, err)
	}
	return json.Marshal(src)
}

// lasting are the orders that still say something.
func (o Orders) lasting(now time.Time) (except []settings.Exception, again []settings.Again) {
	for _, e := range o.Except {
		if e.Until.After(now) {
			except = append(except, settings.Exception{Check: e.Check, Object: e.Object, Until: e.Until})
		}
	}
	for _, a := range o.Again {
		if now.Sub(a.Asked) < askedFor {
			again = append(again, settings.Again{Check: a.Check, Object: a.Object, Asked: a.Asked})
		}
	}
	return except, again
}
