package query

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// LoginIDLen is how many digits of a token's digest name a login on pages.
const LoginIDLen = 16

// LoginID is the Login.ID of a token: enough of its digest to name the login,
// too little to be kept as it.
func LoginID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])[:LoginIDLen]
}

// Entered is what a sign-in came to: a login, or a step that wants the code of
// the second factor first.
type Entered struct {
	Session string    // token for the cookie; "" = not yet
	Until   time.Time // when the login ends
	Step    string    // token for the form that asks for the code
	Browser string    // token by which this browser is known from now on; "" = it is not to be
}

// Ways of signing in.
const (
	ByPassword = "password"
	ByLink     = "link"
	BySSO      = "sso"
)

// Factor is a person's second factor.
type Factor struct {
	Since        time.Time // zero = none that counts
	RecoveryLeft int
}

// Enrolment is what an authenticator needs to know.
type Enrolment struct {
	Secret string // in groups of four, for those who type
	URI    string // otpauth://…, for the picture
}

// PasswordChange is a person changing their own password.
type PasswordChange struct {
	Account  string
	Old, New string
	Keep     string // token of the login that stays
}
