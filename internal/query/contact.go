package query

import (
	"time"

	"huiying"
	"huiying/internal/locale"
)

// The limits of codes that show that a contact is a person's own.
const (
	ContactCodeFor    = 10 * time.Minute // a code is good for
	ContactCodeTries  = 5                // right or wrong
	ContactCodesAHour = 3                // for one person and channel
)

// ContactCode is a code that was just made, and the contact it is for. The code
// is shown to nobody but the one whom that contact reaches.
type ContactCode struct {
	Contact huiying.Contact
	Code    string
}

// PendingCode is a code that may still be entered.
type PendingCode struct {
	Until time.Time
	Left  int // tries
}

// CodeTo says over which channel a person asks for a code.
type CodeTo struct {
	Channel string
	By      huiying.Person
	Lang    locale.Lang // of the answer
}
