package query

import "huiying"

// Routing is what was decided about telling an alert, and of what.
type Routing struct {
	Facts    huiying.AlertFacts `json:"facts"`
	Tellings []huiying.Telling  `json:"tellings"`
}
