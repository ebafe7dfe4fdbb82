package query

import (
	"time"

	"huiying"
)

// Attending is what a person does with an alert beside acknowledging it.
type Attending struct {
	Alert   huiying.Alert
	Action  string // hand_on, snooze, false_alarm
	To      string // the person or unit it is handed to
	Minutes int    // until one is reminded: 15, 30, 60
	Reason  string
	By      Account
	Over    huiying.Contact // how the alert reached the person; zero = their first contact
}

// Attended is what came of it.
type Attended struct {
	At     time.Time // of the reminder
	Sooner bool      // than was asked: before the next step of the escalation
}

// AttendTarget is who an alert may be handed to.
type AttendTarget struct {
	ID   string
	Name string
	Unit bool
}

// AttendMinutes are the times after which one can be reminded.
func AttendMinutes() []int { return []int{15, 30, 60} }
