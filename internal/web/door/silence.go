package door

import "huiying"

// Silencers keep people from being told of alerts for a while, and look at how
// alerts are told.
func Silencers() Who { return Roles(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin) }
