// Package record keeps who did what to which case so that nobody can change it
// quietly. Every step is chained to the one before by its hash, and signed
// with a key that the database does not hold; the newest step is signed once
// more as the head, and heads are exported outside the database. It never
// changes or deletes a row, and Verify names every place where somebody else
// did.
package record

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"huiying"
	"huiying/internal/store"
)

// What a signature is for, so that one cannot stand for another.
const (
	forStep   = "huiying.record.step.v1"
	forHead   = "huiying.record.head.v1"
	forExport = "huiying.record.export.v1"
)

// brokenPrefix begins Prev of a step that was recorded after a head that was
// not ours: the step is kept, and so is what was found.
const brokenPrefix = "broken:"

// row is a step as it is stored: the payload as the text that was hashed.
type row struct {
	seq     int64
	caseNo  string
	n       int
	at      int64
	actor   string
	action  string
	from    string
	to      string
	payload string
	prev    string
	hash    string
	mac     string
}

// rowOf writes a step the one way it is hashed.
func rowOf(s huiying.Step) (row, error) {
	payload, err := canonical(s.Payload)
	if err != nil {
		return row{}, err
	}
	return row{
		seq: s.Seq, caseNo: s.CaseNo, n: s.N, at: store.Micros(s.At), actor: s.Actor, action: s.Action,
		from: string(s.From), to: string(s.To), payload: payload, prev: s.Prev, hash: s.Hash, mac: s.MAC,
	}, nil
}

func (r row) step() (huiying.Step, error) {
	s := huiying.Step{
		Seq: r.seq, CaseNo: r.caseNo, N: r.n, At: store.Time(r.at), Actor: r.actor, Action: r.action,
		From: huiying.CaseState(r.from), To: huiying.CaseState(r.to), Prev: r.prev, Hash: r.hash, MAC: r.mac,
	}
	if err := json.Unmarshal([]byte(r.payload), &s.Payload); err != nil {
		return s, fmt.Errorf("step %d: decode payload: %w", r.seq, err)
	}
	return s, nil
}

// canonical writes a payload as JSON without spaces, its keys in order and
// nothing escaped that JSON does not ask for; none is {}.
func canonical(payload map[string]string) (string, error) {
	if payload == nil {
		payload = map[string]string{}
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(payload); err != nil {
		return "", fmt.Errorf("encode payload: %w", err)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// Hash is the hash of a step: sha256 over every field but Hash and MAC, each
// with its length first, so that no two steps are written alike. It is how a
// program of another office can check the record.
func Hash(s huiying.Step) (string, error) {
	r, err := rowOf(s)
	if err != nil {
		return "", err
	}
	return r.sum(), nil
}

func (r row) sum() string {
	h := sha256.New()
	fields(h, forStep, strconv.FormatInt(r.seq, 10), r.caseNo, strconv.Itoa(r.n), strconv.FormatInt(r.at, 10),
		r.actor, r.action, r.from, r.to, r.payload, r.prev)
	return hex.EncodeToString(h.Sum(nil))
}

// sign is the HMAC-SHA256 of parts for one purpose.
func sign(key []byte, purpose string, parts ...string) string {
	h := hmac.New(sha256.New, key)
	fields(h, append([]string{purpose}, parts...)...)
	return hex.EncodeToString(h.Sum(nil))
}

func signed(key []byte, mac, purpose string, parts ...string) bool {
	return hmac.Equal([]byte(mac), []byte(sign(key, purpose, parts...)))
}

func fields(h hash.Hash, parts ...string) {
	for _, p := range parts {
		io.WriteString(h, strconv.Itoa(len(p))+":"+p) // a hash never fails to be written
	}
}

// head is the newest step as record_head names it.
type head struct {
	seq  int64
	hash string
	mac  string
	at   int64
}

// parts of a head that are signed. seq is also the count: rows are numbered
// without gaps.
func (h head) parts() []string {
	return []string{strconv.FormatInt(h.seq, 10), h.hash, strconv.FormatInt(h.at, 10)}
}

func (h head) signedBy(key []byte) bool { return signed(key, h.mac, forHead, h.parts()...) }
