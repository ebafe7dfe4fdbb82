// Package seal keeps fetched bytes so that they prove where a post came from
// and can be read by nobody who lacks the key: compressed, then AES-256-GCM.
// It refuses to hold anything in clear, and gives bytes back only when they
// are, byte for byte, those that their name promises.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// KeySize is the length of a key in bytes (AES-256).
const KeySize = 32

// version is the first byte of a sealed blob: gzip, then AES-256-GCM with a
// 12-byte nonce in front and the name as additional data.
const version = 1

// MaxOpened bounds what Open unpacks, in bytes.
const MaxOpened = 64 << 20

// prefix of a name as posts carry it (huiying.Post.Evidence).
const prefix = "sha256:"

// ErrTampered is wrapped by errors of Open about bytes that were not sealed
// with this key under this name, or were changed since.
var ErrTampered = errors.New("the sealed bytes do not fit key and name")

// Name is the name of raw bytes: "sha256:" and 64 hex digits.
func Name(raw []byte) string {
	sum := sha256.Sum256(raw)
	return prefix + hex.EncodeToString(sum[:])
}

// Object is the part of a name that stores of objects take as a key: the hex
// digits alone.
func Object(name string) string { return strings.TrimPrefix(name, prefix) }

// Seal compresses and encrypts raw. The name is Name(raw); it is bound into
// the blob, so that one blob cannot be passed off as another. The key has
// KeySize bytes.
func Seal(key, raw []byte) (sealed []byte, err error) {
	s, err := newSealer(key)
	if err != nil {
		return nil, err
	}
	return s.seal(raw, Name(raw))
}

// sealer seals again and again with one key. A compressor's tables are larger
// than most pages, so they are used again; the fastest level costs a tenth of
// the best one and packs pages nearly as small.
type sealer struct {
	aead  cipher.AEAD
	packs sync.Pool // of *packer
}

// packer is a compressor and where it writes.
type packer struct {
	w   *gzip.Writer
	out bytes.Buffer
}

func newSealer(key []byte) (*sealer, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &sealer{aead: aead}, nil
}

func (s *sealer) packer() (*packer, error) {
	if p, ok := s.packs.Get().(*packer); ok {
		p.out.Reset()
		p.w.Reset(&p.out)
		return p, nil
	}
	p := &packer{}
	var err error
	if p.w, err = gzip.NewWriterLevel(&p.out, gzip.BestSpeed); err != nil {
		return nil, fmt.Errorf("compress evidence: %w", err)
	}
	return p, nil
}

func (s *sealer) seal(raw []byte, name string) (sealed []byte, err error) {
	p, err := s.packer()
	if err != nil {
		return nil, err
	}
	defer s.packs.Put(p)
	_, err = p.w.Write(raw)
	if err = errors.Join(err, p.w.Close()); err != nil {
		return nil, fmt.Errorf("compress evidence: %w", err)
	}
	size := s.aead.NonceSize()
	out := make([]byte, 1+size, 1+size+p.out.Len()+s.aead.Overhead())
	out[0] = version
	if _, err := rand.Read(out[1:]); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	return s.aead.Seal(out, out[1:], p.out.Bytes(), []byte(name)), nil
}

// Open gives back the raw bytes that were sealed under name ("sha256:…", or
// the hex digits alone). Errors wrap ErrTampered unless the key is of the
// wrong size.
func Open(key []byte, name string, sealed []byte) (raw []byte, err error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	name = prefix + Object(name)
	if len(sealed) < 1+aead.NonceSize() || sealed[0] != version {
		return nil, fmt.Errorf("open %s: no sealed blob: %w", name, ErrTampered)
	}
	nonce, body := sealed[1:1+aead.NonceSize()], sealed[1+aead.NonceSize():]
	packed, err := aead.Open(nil, nonce, body, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, ErrTampered)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", name, ErrTampered)
	}
	raw, err = io.ReadAll(io.LimitReader(r, MaxOpened+1))
	if err != nil || len(raw) > MaxOpened || Name(raw) != name {
		return nil, fmt.Errorf("unpack %s: %w", name, ErrTampered)
	}
	return raw, nil
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("the evidence key has %d bytes instead of %d", len(key), KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("read the evidence key: %w", err)
	}
	return cipher.NewGCM(block)
}
