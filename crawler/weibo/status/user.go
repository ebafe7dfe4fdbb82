package status

import "huiying"

// User is the author of a post or comment.
type User struct {
	ID           Word  `json:"id"`
	IDStr        Word  `json:"idstr"`
	ScreenName   Word  `json:"screen_name"`
	Name         Word  `json:"name"`
	Verified     Flag  `json:"verified"`
	VerifiedType Whole `json:"verified_type"`
}

// Verified types as the site numbers them; what is not listed (200 and 220
// are rank badges) is no verification.
const (
	typePersonal     = 0
	typeGovernment   = 1
	typeEnterprise   = 2
	typeMedia        = 3
	typeCampus       = 4
	typeSite         = 5
	typeApp          = 6
	typeOrganisation = 7
)

// Kinds of verification, as huiying.Author.Verified names them.
const (
	VerifiedNone         = "none"
	VerifiedPerson       = "person"
	VerifiedGovernment   = "government"
	VerifiedEnterprise   = "enterprise"
	VerifiedMedia        = "media"
	VerifiedCampus       = "campus"
	VerifiedOrganisation = "organisation"
)

// Author is the user as a post carries it; of an absent user only that nobody
// vouches for them.
func (u User) Author() huiying.Author {
	id, name := u.ID, u.ScreenName
	if id == "" {
		id = u.IDStr
	}
	if name == "" {
		name = u.Name
	}
	return huiying.Author{ID: string(id), Name: string(name), Verified: u.verified()}
}

func (u User) verified() string {
	if !u.VerifiedType.Set {
		if u.Verified {
			return VerifiedPerson
		}
		return VerifiedNone
	}
	switch u.VerifiedType.N {
	case typePersonal:
		return VerifiedPerson
	case typeGovernment:
		return VerifiedGovernment
	case typeEnterprise, typeSite, typeApp:
		return VerifiedEnterprise
	case typeMedia:
		return VerifiedMedia
	case typeCampus:
		return VerifiedCampus
	case typeOrganisation:
		return VerifiedOrganisation
	}
	return VerifiedNone
}
