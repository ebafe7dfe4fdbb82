package query

import "time"

// NewBrowser is a browser as it asks to be told.
type NewBrowser struct {
	Account  string
	Channel  string
	Endpoint string
	Key      string
	Auth     string
	Agent    string
	First    bool // before the person's other contacts
}

// Browser is one in which a person has asked to be told. Its keys are not here.
type Browser struct {
	ID       string
	Endpoint string
	Agent    string
	First    bool
	MadeAt   time.Time
	EndedAt  time.Time // zero = it is told
	EndedWhy string    // what the push service answered
}

// PushOffer is what a browser needs to ask to be told.
type PushOffer struct {
	Channel string // "" = nobody is told over browsers here
	Key     string // the service's public key
}
