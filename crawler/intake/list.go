package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"huiying"
	"huiying/internal/locale"
)

// maxList bounds the hand-overs of one list.
const maxList = 5_000

// TakeJSON takes a list in JSON: one huiying.Handover, an array of them, or an
// object with the array under "handovers". Errors: as Take, and
// huiying.Invalid for a body that is none of these; one that does not fit by
// itself stands in the answer.
func (c *Counter) TakeJSON(ctx context.Context, source string, lang locale.Lang, body []byte) (huiying.Intake, error) {
	rows, err := split(body)
	if err != nil {
		return huiying.Intake{}, err
	}
	var list []huiying.Handover
	var at []int // of list in rows
	faults := []huiying.IntakeFault{}
	for i, row := range rows {
		one, err := read(row)
		if err != nil {
			faults = append(faults, huiying.IntakeFault{Index: i, Number: one.Number, Message: c.o.Words.Sentence(lang, err)})
			continue
		}
		list, at = append(list, one), append(at, i)
	}
	out, err := c.Take(ctx, source, lang, list)
	for i := range out.Errors {
		out.Errors[i].Index = at[out.Errors[i].Index]
	}
	out.Errors = append(faults, out.Errors...)
	return out, err
}

// split gives the hand-overs of a body: one object, a list, or an object with
// the list under "handovers".
func split(body []byte) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	var wrapped struct {
		Handovers []json.RawMessage `json:"handovers"`
	}
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	switch {
	case !json.Valid(body):
		return nil, huiying.Errorf(huiying.Invalid, "intake.push_no_json")
	case body[0] == '[':
		if err := json.Unmarshal(body, &rows); err != nil {
			return nil, huiying.Errorf(huiying.Invalid, "intake.push_no_json")
		}
	case body[0] != '{':
		return nil, huiying.Errorf(huiying.Invalid, "intake.push_no_json")
	case json.Unmarshal(body, &wrapped) == nil && wrapped.Handovers != nil:
		rows = wrapped.Handovers
	default:
		rows = []json.RawMessage{body}
	}
	if len(rows) > maxList {
		return nil, huiying.Errorf(huiying.Invalid, "intake.push_long", len(rows), maxList)
	}
	return rows, nil
}

// read reads one hand-over; a field that there is not is a mistake, since it
// may be a deadline under another name.
func read(row json.RawMessage) (huiying.Handover, error) {
	var h huiying.Handover
	dec := json.NewDecoder(bytes.NewReader(row))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&h); err != nil {
		var named struct {
			Number any `json:"number"`
		}
		_ = json.Unmarshal(row, &named) // for the answer only; it may well have no number
		number, _ := named.Number.(string)
		return huiying.Handover{Number: number}, huiying.Errorf(huiying.Invalid, "intake.push_bad_row", strings.TrimPrefix(err.Error(), "json: "))
	}
	return h, nil
}
