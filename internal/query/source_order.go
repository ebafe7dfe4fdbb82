package query

import (
	"time"

	"huiying"
)

// SourceOrder is how a source is ordered.
type SourceOrder struct {
	File    string // that defines it, "" = a page
	Every   time.Duration
	Slowest time.Duration // 0 = always Every
	Cron    string        // in place of Every
	Asked   time.Time     // when a visit at once was wanted last
	By      string        // by whom
	Waits   bool          // it was not made yet
	Why     error         // why none can be wanted now, nil = it can
}

// NewRate says how often a source is read.
type NewRate struct {
	Source  string
	Every   time.Duration
	Slowest time.Duration // while nothing is new; 0 = always Every
	By      huiying.Actor
}
