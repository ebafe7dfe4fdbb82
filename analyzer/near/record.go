package near

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// version is the first byte of a record.
const version = 1

var errRecord = errors.New("not a record of a near-duplicate")

// Record is a remembered post as bytes, for Restore; nil for one that is not
// remembered. It holds version (one byte), id and original (each a uvarint of
// its length, then its bytes), Unix milliseconds (varint), likeness in percent
// (one byte), the sorted hashes of the text's pieces (four bytes each, little
// endian; the signature follows from them) and a CRC-32 (IEEE) of all that: some
// 420 bytes for 100 characters. It never changes while the post is remembered.
func (x *Index) Record(id string) []byte {
	serial, ok := x.places[id]
	if !ok {
		return nil
	}
	p := &x.posts[serial%x.size]
	out := make([]byte, 0, 32+len(p.id)+len(p.original)+4*len(p.grams))
	out = append(out, version)
	for _, s := range []string{p.id, p.original} {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = append(binary.AppendVarint(out, p.at), p.percent)
	for _, g := range p.grams {
		out = binary.LittleEndian.AppendUint32(out, g)
	}
	return sealed(out)
}

func sealed(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(body, crc32.ChecksumIEEE(body))
}

// Restore adds the posts of records in the order of their times, whatever order
// they come in; of more than the index remembers the newest stay. A post that
// is remembered already stays as it is. Records that cannot be read are left
// out; the error counts them and names the first.
func (x *Index) Restore(records [][]byte) error {
	posts := make([]post, 0, len(records))
	bad, first := 0, error(nil)
	for i, raw := range records {
		if p, err := parse(raw); err == nil {
			posts = append(posts, p)
		} else if bad++; bad == 1 {
			first = fmt.Errorf("record %d: %w", i, err)
		}
	}
	slices.SortStableFunc(posts, func(a, b post) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.id, b.id))
	})
	for _, p := range posts {
		if _, known := x.places[p.id]; !known {
			f, keys := faceOf(p.grams), bands(p.grams)
			f.at = p.at
			x.enter(&p, &f, &keys)
			x.keep(p, f)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d records of near-duplicates cannot be read: %w", bad, len(records), first)
	}
	return nil
}

// parse reads a record.
func parse(raw []byte) (p post, err error) {
	if len(raw) < 5 || raw[0] != version {
		return p, fmt.Errorf("%w of version %d", errRecord, version)
	}
	rest := raw[:len(raw)-4]
	if crc32.ChecksumIEEE(rest) != binary.LittleEndian.Uint32(raw[len(rest):]) {
		return p, fmt.Errorf("%w: its checksum is wrong", errRecord)
	}
	p.id, rest = cutString(rest[1:])
	p.original, rest = cutString(rest)
	at, n := binary.Varint(rest)
	if n <= 0 || len(rest) == n {
		return p, fmt.Errorf("%w: it is cut short", errRecord)
	}
	p.at, p.percent = at, rest[n]
	if p.id == "" || p.id == p.original || p.percent > 100 || (p.percent > 0) != (p.original != "") {
		return p, fmt.Errorf("%w: its original makes no sense", errRecord)
	}
	p.grams, err = gramsOf(rest[n+1:])
	return p, err
}

// cutString takes a string with its length before it off the front; nothing is
// left of bytes that are not that.
func cutString(raw []byte) (s string, rest []byte) {
	length, n := binary.Uvarint(raw)
	if n <= 0 || length > uint64(len(raw)-n) {
		return "", nil
	}
	end := n + int(length)
	return string(raw[n:end]), raw[end:]
}

func gramsOf(raw []byte) ([]uint32, error) {
	if len(raw)%4 != 0 || len(raw) == 0 || len(raw)/4 > maxGrams {
		return nil, fmt.Errorf("%w: %d bytes of hashes", errRecord, len(raw))
	}
	grams := make([]uint32, len(raw)/4)
	for i := range grams {
		grams[i] = binary.LittleEndian.Uint32(raw[4*i:])
		if i > 0 && grams[i] <= grams[i-1] {
			return nil, fmt.Errorf("%w: its hashes are not in order", errRecord)
		}
	}
	return grams, nil
}
