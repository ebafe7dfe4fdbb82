package users

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"huiying"
)

// Cost is what one password check takes (argon2id, RFC 9106).
type Cost struct {
	Memory  uint32 // KiB
	Time    uint32 // passes
	Threads uint8
}

// DefaultCost is the second recommended setting of RFC 9106 cut to 32 MiB: the
// office's machine also runs everything else, and checks run one at a time.
func DefaultCost() Cost { return Cost{Memory: 32 << 10, Time: 3, Threads: 2} }

const (
	saltLen = 16
	keyLen  = 32
)

// Limits of passwords, in characters.
const (
	MinPassword = 10
	MaxPassword = 200
)

// checkPassword says in a sentence why a password may not be used.
func checkPassword(account, password string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < MinPassword:
		return huiying.Errorf(huiying.Invalid, "account.password_short", MinPassword)
	case n > MaxPassword:
		return huiying.Errorf(huiying.Invalid, "account.password_long", MaxPassword)
	case strings.EqualFold(password, account), strings.Count(password, password[:1]) == len(password):
		return huiying.Errorf(huiying.Invalid, "account.password_simple")
	}
	return nil
}

// hash derives a password's record: $argon2id$v=19$m=…,t=…,p=…$salt$key.
func (c Cost) hash(password string) string {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails (crypto/rand)
	key := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, keyLen)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.Memory, c.Time, c.Threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// matches checks a password against its record with the record's own cost. A
// record it cannot read matches nothing.
func matches(record, password string) bool {
	parts := strings.Split(record, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false
	}
	var version int
	var c Cost
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil || c.Time == 0 || c.Threads == 0 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) == 0 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, c.Time, c.Memory, c.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// newToken makes a secret of 256 bits for a cookie or a link.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

// digest is how a token is kept: whoever reads the database cannot sign in
// with what stands there.
func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
