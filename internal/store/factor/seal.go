package factor

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
)

// errTampered says that a sealed secret does not belong to this key and person.
var errTampered = errors.New("the sealed secret does not fit key and account")

// sealed encrypts a secret for one account (AES-256-GCM, the account as
// additional data), so that a row copied to another account opens nothing.
func (b *Book) sealed(account string, secret []byte) ([]byte, error) {
	aead, err := b.aead()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // never fails (crypto/rand)
	return aead.Seal(nonce, nonce, secret, []byte(account)), nil
}

func (b *Book) open(account string, blob []byte) ([]byte, error) {
	aead, err := b.aead()
	if err != nil {
		return nil, err
	}
	if len(blob) < aead.NonceSize() {
		return nil, errTampered
	}
	secret, err := aead.Open(nil, blob[:aead.NonceSize()], blob[aead.NonceSize():], []byte(account))
	if err != nil {
		return nil, errTampered
	}
	return secret, nil
}

func (b *Book) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(b.key)
	if err != nil {
		return nil, fmt.Errorf("key of second factors: %w", err)
	}
	return cipher.NewGCM(block)
}

// digest is how a recovery code is kept. It is keyed: fifty bits alone could be
// found again from a stolen database.
func (b *Book) digest(account, code string) string {
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte(account + "\x00" + code))
	return hex.EncodeToString(mac.Sum(nil))
}
