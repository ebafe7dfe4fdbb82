package webpush

import "crypto/ecdh"

// MaxPlain is how much text fits.
const MaxPlain = maxPlain

// Seal encrypts with a key and a salt that are given.
func Seal(plain []byte, p256dh, auth string, key *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	to, err := readKeys(p256dh, auth)
	if err != nil {
		return nil, err
	}
	return seal(plain, to, once{key, salt})
}
