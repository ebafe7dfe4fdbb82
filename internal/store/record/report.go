package record

import (
	"time"

	"huiying"
)

// Kind says what is wrong at one place of the record.
type Kind string

// The kinds of findings.
const (
	KindEdited      Kind = "edited"             // a row is not what was hashed
	KindRewritten   Kind = "rewritten"          // hashes were recomputed, but not signed by us: from this row on
	KindSwapped     Kind = "swapped"            // a row stands in the place of another
	KindMissing     Kind = "missing"            // rows are missing inside
	KindTail        Kind = "missing_last"       // the last rows are missing
	KindHead        Kind = "head"               // the head is missing, not ours, or of another row
	KindSpliced     Kind = "spliced"            // a genuine row follows one it did not follow when it was written
	KindBroken      Kind = "broken"             // the service itself found the record changed when it wrote this row
	KindCaseGone    Kind = "case_gone"          // a whole case is gone
	KindStepMissing Kind = "step_missing"       // a case lacks steps
	KindCaseDiffers Kind = "case_differs"       // a case does not say what its steps say
	KindCaseEmpty   Kind = "case_without_steps" // a case that nobody recorded
	KindOrphan      Kind = "steps_without_case" // steps of a case that is not there
	KindCounter     Kind = "counter"            // the counter of case numbers was set back
	KindText        Kind = "text"               // words that are not those the record names
	KindTextGone    Kind = "text_gone"          // words or an attachment are gone and no purge says so
	KindFile        Kind = "file"               // an attachment that is not the one the record names
	KindPurge       Kind = "purge"              // a row about a purge is not ours, or rows between are missing
	KindReplay      Kind = "replay"             // the record ends before a head that was exported: an old copy
	KindContradicts Kind = "contradicts"        // the record has another step where a head was exported
	KindExport      Kind = "export"             // an exported head is not ours, or lines between are missing
)

// Finding is one place where the record was changed.
type Finding struct {
	Kind   Kind
	Seq    int64          // the row, or the first of the rows; 0 when it is not about a row
	Last   int64          // the last of the rows, or the other of two
	CaseNo string         // "" when it is not about one case
	N      int            // the step of the case, 0 when it is not about one
	Err    *huiying.Error // the sentence
}

// Report is the outcome of Verify.
type Report struct {
	Steps    int
	Cases    int
	Texts    int
	Heads    int // exported heads that were compared
	FirstAt  time.Time
	LastAt   time.Time
	Findings []Finding
	More     int              // findings of a kind that has too many to list
	Notices  []*huiying.Error // what limits the check without being a fault
}

// Clean reports whether nothing was found.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// maxOfKind is how many findings of one kind are listed.
const maxOfKind = 100

func (r *Report) add(f Finding, key string, args ...any) {
	same := 0
	for _, g := range r.Findings {
		if g.Kind == f.Kind {
			same++
		}
	}
	if same >= maxOfKind {
		r.More++
		return
	}
	f.Err = huiying.Errorf(huiying.Conflict, key, args...)
	r.Findings = append(r.Findings, f)
}

func (r *Report) notice(key string, args ...any) {
	r.Notices = append(r.Notices, huiying.Errorf(huiying.Invalid, key, args...))
}
