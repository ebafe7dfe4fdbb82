package huiying

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of failure an error is; each surface maps it once (HTTP
// status, exit code, metric label).
type Code string

// The codes. Anything that carries no code is Internal, and people see only
// that something failed, never the cause.
const (
	Invalid      Code = "invalid"      // the input is wrong; the sentence says where and what to do
	NotFound     Code = "not_found"    // no such thing
	Conflict     Code = "conflict"     // somebody else changed it first, or the step is not legal now
	Forbidden    Code = "forbidden"    // the person lacks the role
	Unauthorized Code = "unauthorized" // nobody is signed in
	Unavailable  Code = "unavailable"  // try again later
	Internal     Code = "internal"     // our fault
)

// Error is a failure told to people: a code for programs and a catalogue key
// with arguments for the sentence (internal/locale renders it in Chinese or
// English). Err is the cause, for logs only.
type Error struct {
	Code Code
	Key  string // catalogue key, such as "rule.unclosed"
	Args []any  // arguments of the sentence, in the catalogue's order
	Err  error  // the cause; may be nil
}

// Errorf makes an Error of one sentence of the catalogue. An argument of type
// error becomes the cause as well.
func Errorf(code Code, key string, args ...any) *Error {
	e := &Error{Code: code, Key: key, Args: args}
	for _, a := range args {
		if cause, ok := a.(error); ok && e.Err == nil {
			e.Err = cause
		}
	}
	return e
}

// Error is the text for logs; people read the catalogue's sentence.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", e.Key, e.Code)
	for _, a := range e.Args {
		fmt.Fprintf(&b, " %v", a)
	}
	if e.Err != nil && !containsErr(e.Args) {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func containsErr(args []any) bool {
	for _, a := range args {
		if _, ok := a.(error); ok {
			return true
		}
	}
	return false
}

// ErrorCode is the code of the first Error in err's chain, Internal for any
// other error, and "" for nil.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}
