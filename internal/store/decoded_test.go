package store

import (
	"errors"
	"strconv"
	"strings"
	"testing"
)

// What is decoded is that of the text asked with, is decoded once as long as it
// is asked for, and is not kept for ever.
func TestDecoded(t *testing.T) {
	times := 0
	bad := errors.New("no number")
	d := NewDecoded(10, func(text string) (int, error) {
		times++
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return 0, bad
		}
		return n, nil
	})
	get := func(row int64, text string, want int) {
		t.Helper()
		if got, err := d.Get(row, text); err != nil || got != want {
			t.Fatalf("row %d is %d (%v), want %d", row, got, err, want)
		}
	}
	for range 3 {
		get(1, "7", 7)
	}
	get(1, "8", 8)
	if times != 2 {
		t.Errorf("two texts are decoded %d times", times)
	}
	for range 2 {
		if _, err := d.Get(2, "x"); !errors.Is(err, bad) {
			t.Errorf("a text that is none: %v", err)
		}
	}
	if times != 4 {
		t.Errorf("an error is kept: decoded %d times", times)
	}
	for row := int64(10); row < 50; row++ {
		get(row, "1", 1)
		get(1, "8", 8) // is asked for, so it stays
	}
	if times != 44 || len(d.young)+len(d.aged) > 20 {
		t.Errorf("decoded %d times, %d kept", times, len(d.young)+len(d.aged))
	}
	large := strings.Repeat(" ", decodedLarge) + "5"
	get(3, large, 5)
	get(3, large, 5)
	if times != 46 {
		t.Errorf("a large text is kept: decoded %d times", times)
	}
}
