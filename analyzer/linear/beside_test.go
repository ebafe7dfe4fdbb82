package linear

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"huiying/analyzer/fold"
)

// Models that are joined say the same of every text, for the same reasons, and
// are written the same, whatever their sizes.
func TestJoin(t *testing.T) {
	words := strings.Fields("窗口 排队 没人 不 办理 路灯 谢谢 [doge] 3天 @某人 http://a.example/b ， 。")
	for _, bits := range [][3]int{{besideBits + 2, besideBits, besideBits}, {9, 8, 10}, {10, 9, 8}} {
		var apart, joined [3]*Model
		for i, classes := range []int{3, 7, 4} {
			apart[i], joined[i] = random(classes, bits[i], uint64(i)), random(classes, bits[i], uint64(i))
		}
		Join(joined[0], joined[1], joined[2])
		if joined[0].beside == nil {
			t.Fatalf("models of %v bits are not joined", bits)
		}
		r := rand.New(rand.NewPCG(3, 3))
		var f, g Features
		for range 200 {
			var text strings.Builder
			for range r.IntN(300) {
				text.WriteString(words[r.IntN(len(words))])
			}
			folded := fold.New(text.String())
			cut := [][]fold.Span{{{Start: 0, End: int32(len(folded.Runes) / 2)}, {Start: int32(len(folded.Runes) / 2), End: int32(len(folded.Runes))}}}
			f.Read(folded)
			g.Read(folded)
			for i := range apart {
				a, b := apart[i].Judge(&f, nil), joined[i].Judge(&g, nil)
				var x, y Explainer
				if !reflect.DeepEqual(a, b) || !slices.Equal(x.Explain(apart[i], &f, a.Class, 3, cut), y.Explain(joined[i], &g, a.Class, 3, cut)) {
					t.Fatalf("%v bits, model %d, %q: %+v apart, %+v joined", bits, i, text.String(), a, b)
				}
			}
		}
		if bits[first] > 16 {
			continue // large to write
		}
		for i := range apart {
			var a, b bytes.Buffer
			if err := errors.Join(apart[i].Encode(&a), joined[i].Encode(&b)); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%v bits: model %d is written in another way when it is joined (%v)", bits, i, err)
			}
		}
	}
}

// What does not fit, or is joined already, stays as it is.
func TestJoinRefuses(t *testing.T) {
	narrow, wide := random(3, 8, 1), random(7, 8, 2)
	for _, c := range [][3]*Model{
		{random(7, 8, 1), wide, random(7, 8, 3)},
		{random(3, besideBits+3, 1), wide, random(7, 8, 3)},
		{narrow, random(7, besideBits+1, 1), wide},
	} {
		if Join(c[0], c[1], c[2]); c[0].beside != nil || c[1].beside != nil {
			t.Errorf("%d classes of %d bits are joined", len(c[0].Classes), c[0].Bits)
		}
	}
	Join(narrow, wide, random(7, 8, 3))
	at := &narrow.beside[0]
	if Join(random(3, 8, 1), wide, random(7, 8, 3)); at != &narrow.beside[0] || wide.beside == nil || at != &wide.beside[0] {
		t.Error("a model that is joined was joined again")
	}
}
