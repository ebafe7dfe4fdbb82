package factor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // what every authenticator computes (RFC 6238)
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// What an authenticator is told, and what they all take for granted.
const (
	digits    = 6
	period    = 30 * time.Second
	secretLen = 20 // bytes: the length of the hash, as RFC 4226 wants it
)

// around is how many steps before and after now a code may be of: the person
// needs a moment, and clocks differ.
const around = 1

// skewed is how far off a clock may be and still be told so: ten minutes.
const skewed = 20

// stepOf numbers the period that t lies in.
func stepOf(t time.Time) int64 { return t.Unix() / int64(period/time.Second) }

// codeOf is the code of one step (RFC 4226 section 5.3) with n digits.
func codeOf(secret []byte, step int64, n int) string {
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(counter[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	value := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	text := strconv.FormatUint(uint64(value), 10)
	text = strings.Repeat("0", max(0, n-len(text))) + text
	return text[len(text)-n:]
}

// find looks for the step within span of now that a code is of.
func find(secret []byte, now time.Time, code string, span int64) (step int64, found bool) {
	at := stepOf(now)
	for s := at - span; s <= at+span; s++ {
		if subtle.ConstantTimeCompare([]byte(codeOf(secret, s, digits)), []byte(code)) == 1 {
			step, found = s, true
		}
	}
	return step, found
}

func newSecret() []byte {
	b := make([]byte, secretLen)
	rand.Read(b) // never fails (crypto/rand)
	return b
}

// written is a secret as people type it.
func written(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// address is what the picture holds: the otpauth URI of a secret. What every
// authenticator takes for granted is left out, and the office is named once: a
// Chinese name takes nine signs a character, and a coarse picture scans better.
func address(secret []byte, office, account string) string {
	q := url.Values{"secret": {written(secret)}, "issuer": {office}}
	// Authenticators want %20 where a query has +.
	return "otpauth://totp/" + url.PathEscape(account) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// grouped sets a text in groups of four.
func grouped(text string) string {
	var b strings.Builder
	for i, r := range text {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
