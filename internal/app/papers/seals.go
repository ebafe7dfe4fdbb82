package papers

import (
	"huiying"
	"huiying/internal/casefile"
	"huiying/internal/store/record"
	"huiying/notifier/casework"
	"huiying/notifier/casework/machine"
)

// Seals knows the signatures of a record's key; nil when there is no key.
func Seals(key []byte) casefile.Seals {
	if len(key) == 0 {
		return nil
	}
	return seals(key)
}

type seals []byte

func (k seals) Step(s huiying.Step) bool { return record.SignedStep(k, s) }

func (k seals) Head(h casefile.Head) bool {
	return record.SignedHead(k, record.Head{Seq: h.Seq, Hash: h.Hash, At: h.At, MAC: h.MAC})
}

func (k seals) File(mac, purpose string, parts ...string) bool {
	return record.Signed(k, mac, purpose, parts...)
}

// Rules are how records of this program are made.
func Rules(key []byte) casefile.Rules {
	return casefile.Rules{Hash: record.Hash, Fold: casework.Fold, Words: machine.Words, Seals: Seals(key)}
}
