package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// Of RFC 8188: one record holds the message, of at most so many bytes, which is
// what push services must take.
const (
	recordSize = 4096
	saltSize   = 16
	authSize   = 16
	pointSize  = 65 // of an uncompressed point of P-256
	tagSize    = 16
	headSize   = saltSize + 4 + 1 + pointSize
)

// maxPlain is how much text fits into the record: without its head, the mark of
// its end and the tag.
const maxPlain = recordSize - headSize - 1 - tagSize

// once is what is made anew for every message.
type once struct {
	key  *ecdh.PrivateKey
	salt []byte
}

func newOnce() (once, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return once{}, fmt.Errorf("make a key: %w", err)
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails (crypto/rand)
	return once{key, salt}, nil
}

// seal encrypts a text for a browser as RFC 8291 says: a key agreed with the
// browser's, mixed with its secret, and one record of aes128gcm.
func seal(plain []byte, to keys, with once) ([]byte, error) {
	if len(plain) > maxPlain {
		return nil, fmt.Errorf("a text of %d bytes, %d fit", len(plain), maxPlain)
	}
	shared, err := with.key.ECDH(to.public)
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	ours := with.key.PublicKey().Bytes()
	material, err := derive(shared, to.auth, "WebPush: info\x00"+string(to.public.Bytes())+string(ours), 32)
	if err != nil {
		return nil, err
	}
	key, err := derive(material, with.salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := derive(material, with.salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make the cipher: %w", err)
	}
	body := make([]byte, 0, headSize+len(plain)+1+tagSize)
	body = append(body, with.salt...)
	body = binary.BigEndian.AppendUint32(body, recordSize)
	body = append(append(body, pointSize), ours...)
	const last = 2 // the record is the last one, and has no padding
	return gcm.Seal(body, nonce, append(append([]byte{}, plain...), last), nil), nil
}

func derive(secret, salt []byte, info string, size int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, salt, info, size)
	if err != nil {
		return nil, fmt.Errorf("derive a key: %w", err)
	}
	return key, nil
}

// keys are a browser's: the point that is agreed with, and the secret that the
// push service does not know.
type keys struct {
	public *ecdh.PublicKey
	auth   []byte
}

// readKeys reads them as a browser gives them, in base64 for addresses.
func readKeys(p256dh, auth string) (keys, error) {
	point, err := base64.RawURLEncoding.DecodeString(p256dh)
	if err != nil {
		return keys{}, fmt.Errorf("the key: %w", err)
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return keys{}, fmt.Errorf("the key: %w", err)
	}
	secret, err := base64.RawURLEncoding.DecodeString(auth)
	if err != nil || len(secret) != authSize {
		return keys{}, fmt.Errorf("the secret has %d bytes, %d are needed", len(secret), authSize)
	}
	return keys{public, secret}, nil
}
