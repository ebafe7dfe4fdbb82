package door

import "huiying"

// Overseers look at the score cards of units; a responder at the own unit's.
func Overseers() Who {
	return Roles(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin, huiying.RoleResponder)
}

// Scorers write the formula of the score cards.
func Scorers() Who { return Roles(huiying.RoleManager, huiying.RoleAdmin) }
