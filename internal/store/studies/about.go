package studies

import (
	"encoding/json"

	"huiying"
)

// about is what of a judgement is studied, in the order of the query.
type about struct {
	precision   string
	words       []string // key words
	intent      *huiying.Intent
	sentiment   *huiying.Sentiment
	duplicateOf string
	engagement  huiying.Engagement
}

func readAbout(raw string) (a about, err error) {
	var parts []json.RawMessage
	if err := json.Unmarshal([]byte(raw), &parts); err != nil {
		return a, err
	}
	var words []huiying.Keyword
	for i, to := range []any{&a.precision, &words, &a.intent, &a.sentiment, &a.duplicateOf, &a.engagement} {
		if i < len(parts) {
			if err := json.Unmarshal(parts[i], to); err != nil {
				return a, err
			}
		}
	}
	for _, w := range words {
		if w.Word != "" {
			a.words = append(a.words, w.Word)
		}
	}
	return a, nil
}
