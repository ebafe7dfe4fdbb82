package channel

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode"

	"huiying"
	"huiying/internal/locale"
)

// Codes is what a provider's error codes mean. Such a provider answers HTTP 200
// and puts the code into the body.
type Codes struct {
	Provider string                // catalogue key of its name
	Field    string                // of the code in the body
	Said     string                // of its own words there
	Later    map[int]time.Duration // codes that a wait may cure, and the least wait
}

// Judge reads an answer whose status was fine. A body without a code is no
// acceptance: something else answered.
func (c Codes) Judge(a Answer) Outcome {
	provider := locale.Key(c.Provider)
	var body map[string]json.RawMessage
	var code *int
	if json.Unmarshal(a.Body, &body) != nil || json.Unmarshal(body[c.Field], &code) != nil || code == nil {
		return Outcome{Result: Retry, Code: strconv.Itoa(a.Status), Reason: huiying.Errorf(huiying.Unavailable, "channel.unreadable", provider)}
	}
	if *code == 0 {
		return Outcome{Result: Accepted, Code: "0"}
	}
	var words string
	_ = json.Unmarshal(body[c.Said], &words) // without words the code alone is told
	return c.refuse(*code, words)
}

func (c Codes) refuse(code int, words string) Outcome {
	o := Outcome{Result: Refused, Code: strconv.Itoa(code)}
	provider := locale.Key(c.Provider)
	if wait, passing := c.Later[code]; passing {
		o.Result, o.RetryAfter = Retry, wait
		o.Reason = huiying.Errorf(huiying.Unavailable, "channel.busy", provider, code, Said(words))
		return o
	}
	o.Reason = huiying.Errorf(huiying.Invalid, "channel.refused", provider, code, Said(words))
	return o
}

// Said is a provider's own words as they may be kept and shown: short, on one
// line, and without long runs of letters and digits, which are keys, tokens or
// telephone numbers.
func Said(words string) string {
	const most, longest = 120, 16
	var out, run []rune
	digits := 0
	flush := func() {
		if len(run) > longest || digits >= 7 {
			run = []rune("***")
		}
		out, run, digits = append(out, run...), nil, 0
	}
	for _, r := range words {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-'):
			if run = append(run, r); unicode.IsDigit(r) {
				digits++
			}
			continue
		case unicode.IsControl(r) || r == unicode.ReplacementChar:
			r = ' '
		}
		flush()
		out = append(out, r)
	}
	flush()
	if len(out) > most {
		out = append(out[:most], '…')
	}
	return string(out)
}
