package record

import (
	"context"

	"huiying"
	"huiying/internal/store"
)

// Sign is the HMAC-SHA256 of parts for one purpose, for papers that stand
// beside the record and are signed with its key. The purposes of the record's
// own rows and heads are refused.
func Sign(key []byte, purpose string, parts ...string) (string, error) {
	switch {
	case len(key) == 0:
		return "", huiying.Errorf(huiying.Unavailable, "store.no_record_key")
	case purpose == forStep || purpose == forHead || purpose == forExport:
		return "", huiying.Errorf(huiying.Internal, "error.internal")
	}
	return sign(key, purpose, parts...), nil
}

// Signed reports whether Sign made the signature.
func Signed(key []byte, mac, purpose string, parts ...string) bool {
	return signed(key, mac, purpose, parts...)
}

// SignedStep reports whether we signed the hash of a step.
func SignedStep(key []byte, s huiying.Step) bool { return signed(key, s.MAC, forStep, s.Hash) }

// Newest is the head as it stands now, signed as a head and not as an export;
// the zero Head of an empty record.
func Newest(ctx context.Context, q store.Querier) (Head, error) {
	h, err := readHead(ctx, q)
	return Head{Seq: h.seq, Hash: h.hash, At: store.Time(h.at), MAC: h.mac}, err
}

// SignedHead reports whether we signed a head that Newest gave.
func SignedHead(key []byte, h Head) bool {
	return head{seq: h.Seq, hash: h.Hash, at: store.Micros(h.At), mac: h.MAC}.signedBy(key)
}
