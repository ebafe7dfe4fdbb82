package casework

import (
	"context"
	"errors"

	"huiying"
	"huiying/notifier/casework/machine"
)

// Remark is something about the words of a reply that their author should
// see before anybody reviews them.
type Remark struct {
	Kind  string // personal_data, wrong_word, sensitive, unanswered
	Start int    // half-open rune offsets in the text; both 0 for the whole
	End   int
	Say   error // a sentence; it repeats no personal data
	Stops bool  // the words cannot go to review like this
}

// Inspector looks at words before they are reviewed.
type Inspector interface {
	Inspect(ctx context.Context, c huiying.Case, text string) ([]Remark, error)
}

// Inspect gives the remarks on words of the case, for whoever writes them.
func (e *Engine) Inspect(ctx context.Context, c huiying.Case, text string) ([]Remark, error) {
	if e.inspect == nil {
		return nil, nil
	}
	return e.inspect.Inspect(ctx, c, text)
}

// examine refuses to send words to review with a remark that stops them, or
// with others that their author has not ticked as read.
func (e *Engine) examine(ctx context.Context, a machine.Attempt) error {
	if a.Row.Action != machine.ActionSubmit {
		return nil
	}
	remarks, err := e.Inspect(ctx, a.Case, a.Fields[machine.FieldText])
	if err != nil || len(remarks) == 0 {
		return err
	}
	var stops, reads []error
	for _, r := range remarks {
		if r.Stops {
			stops = append(stops, r.Say)
		} else {
			reads = append(reads, r.Say)
		}
	}
	if len(stops) > 0 {
		return huiying.Errorf(huiying.Invalid, "case.remarks.stop", a.Case.No, errors.Join(stops...))
	}
	if machine.Ticked(a.Fields[machine.FieldChecked]) {
		return nil
	}
	return huiying.Errorf(huiying.Conflict, "case.remarks.read", a.Case.No, errors.Join(reads...))
}
