package door

import "huiying"

// Screens may look at the big screen: those who see every unit's matters, and
// the walls themselves.
func Screens() Who {
	return Roles(huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager, huiying.RoleDisplay)
}

// Anybody lets everybody pass who is signed in, walls too.
func Anybody() Who { return Who{Walls: true} }
