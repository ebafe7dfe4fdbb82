package door

import "huiying"

// Rosterers change who is on duty.
func Rosterers() Who { return Roles(huiying.RoleOfficer, huiying.RoleManager, huiying.RoleAdmin) }

// Planners define the rosters themselves.
func Planners() Who { return Roles(huiying.RoleManager, huiying.RoleAdmin) }
