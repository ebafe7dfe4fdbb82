// Package tool is the command line's commands: each is one function over
// streams, so that tests call what people call. It wires rooms as app does and
// decides nothing itself.
package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"huiying/internal/locale"
)

// Streams is where a command reads, prints data, and says words.
type Streams struct {
	In    io.Reader
	Out   io.Writer // data
	Err   io.Writer // words
	Words *locale.Catalogue
	Lang  locale.Lang
}

// ErrFailed ends a command whose words have been said already: exit code 1.
var ErrFailed = errors.New("failed")

// UsageError is a wrong use of a command: exit code 2.
type UsageError struct{ Err error }

// Error is the cause's text.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// say prints one sentence of the catalogue.
func (s Streams) say(key string, args ...any) {
	fmt.Fprintln(s.Err, s.Words.Text(s.Lang, key, args...))
}

// line prints one value as a line of JSON.
func (s Streams) line(v any) error {
	enc := json.NewEncoder(s.Out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}
