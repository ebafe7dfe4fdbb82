package near_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying/analyzer/near"
)

// An index that was restored, from records in any order, answers as the one
// they are from.
func TestRestore(t *testing.T) {
	s, x := newSource(12), near.New(300)
	var texts [][]rune
	minute := 0
	text := func() []rune {
		if len(texts) > 0 && s.IntN(2) == 0 {
			return s.edited(texts[s.IntN(len(texts))], 5)
		}
		texts = append(texts, s.text(12+s.IntN(100)))
		return texts[len(texts)-1]
	}
	for ; minute < 1000; minute++ {
		x.Seen(fmt.Sprint("weibo:", minute), text(), monday.Add(time.Duration(minute)*time.Minute))
	}
	var records [][]byte
	for _, id := range x.Held() {
		records = append(records, x.Record(id))
	}
	s.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
	y := near.New(300)
	if err := y.Restore(records); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(x.Held(), y.Held()) {
		t.Fatal("other posts are remembered, or in another order")
	}
	duplicates := 0
	for ; minute < 2000; minute++ {
		id, text, at := fmt.Sprint("weibo:", minute-s.IntN(2)*s.IntN(300)), text(), monday.Add(time.Duration(minute)*time.Minute)
		original, likeness, ok := x.Seen(id, text, at)
		o, l, k := y.Seen(id, text, at)
		if o != original || l != likeness || k != ok || !bytes.Equal(x.Record(id), y.Record(id)) {
			t.Fatalf("%s: %q %.2f %t, restored %q %.2f %t", id, original, likeness, ok, o, l, k)
		}
		if ok {
			duplicates++
		}
	}
	if duplicates < 100 {
		t.Errorf("only %d duplicates", duplicates)
	}
}

// Of more records than an index remembers the newest stay, and a post that it
// remembers stays as it is.
func TestRestoreKeepsTheNewest(t *testing.T) {
	x, s := near.New(20), newSource(13)
	var records [][]byte
	for i := range 10 {
		id := fmt.Sprint("weibo:", 9-i)
		x.Seen(id, s.text(40), monday.Add(time.Duration(i)*time.Minute))
		records = append(records, x.Record(id))
	}
	slices.Reverse(records)
	y := near.New(4)
	if err := y.Restore(records); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(y.Held(), " "); got != "weibo:3 weibo:2 weibo:1 weibo:0" {
		t.Errorf("restored %s", got)
	}
	if err := x.Restore(records); err != nil || len(x.Held()) != 10 {
		t.Errorf("restored over itself: %v, %d posts", err, len(x.Held()))
	}
}

func TestNoRecord(t *testing.T) {
	x := near.New(10)
	x.Seen("short", normal("太短了"), monday)
	if raw := x.Record("short"); raw != nil {
		t.Errorf("a post that was not judged has the record %x", raw)
	}
}

// body is a record without its checksum.
func body(id, original string, percent byte, hashes ...uint32) []byte {
	out := []byte{1}
	for _, s := range []string{id, original} {
		out = append(binary.AppendUvarint(out, uint64(len(s))), s...)
	}
	out = append(binary.AppendVarint(out, monday.UnixMilli()), percent)
	for _, h := range hashes {
		out = binary.LittleEndian.AppendUint32(out, h)
	}
	return out
}

func TestCorruptRecords(t *testing.T) {
	many := make([]uint32, 399)
	for i := range many {
		many[i] = uint32(i)
	}
	whole := near.Sealed(body("weibo:2", "weibo:1", 87, 1, 2, 1<<31))
	bad := map[string][]byte{
		"nothing":                 nil,
		"a checksum alone":        near.Sealed(nil),
		"another version":         near.Sealed(append([]byte{2}, body("a", "", 0, 1)[1:]...)),
		"no id":                   near.Sealed(body("", "", 0, 1)),
		"its own original":        near.Sealed(body("a", "a", 90, 1)),
		"likeness to nobody":      near.Sealed(body("a", "", 90, 1)),
		"an original not alike":   near.Sealed(body("a", "b", 0, 1)),
		"more than alike":         near.Sealed(body("a", "b", 101, 1)),
		"no likeness":             near.Sealed(body("a", "", 0)[:len(body("a", "", 0))-1]),
		"no hashes":               near.Sealed(body("a", "", 0)),
		"half a hash":             near.Sealed(append(body("a", "", 0, 1), 0, 0)),
		"hashes out of order":     near.Sealed(body("a", "", 0, 2, 1)),
		"a hash twice":            near.Sealed(body("a", "", 0, 1, 1)),
		"too many hashes":         near.Sealed(body("a", "", 0, many...)),
		"an endless length":       near.Sealed(append([]byte{1}, bytes.Repeat([]byte{0xff}, 30)...)),
		"an id beyond its record": near.Sealed([]byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}),
	}
	for i := range whole {
		bad[fmt.Sprint("cut at ", i)] = whole[:i]
		changed := slices.Clone(whole)
		changed[i] ^= 0x10
		bad[fmt.Sprint("changed at ", i)] = changed
	}
	for name, raw := range bad {
		x := near.New(10)
		err := x.Restore([][]byte{whole, raw, near.Sealed(body("weibo:3", "", 0, many[:398]...))})
		if err == nil || !strings.Contains(err.Error(), "1 of 3 records") || !strings.Contains(err.Error(), "record 1:") {
			t.Errorf("%s: got the error %v", name, err)
		}
		if got := strings.Join(x.Held(), " "); got != "weibo:2 weibo:3" {
			t.Errorf("%s: restored %s", name, got)
		}
		if !bytes.Equal(x.Record("weibo:2"), whole) {
			t.Errorf("%s: the record became %x", name, x.Record("weibo:2"))
		}
	}
}

// FuzzRestore reads any bytes, as they are and under a right checksum.
func FuzzRestore(f *testing.F) {
	f.Add(body("weibo:2", "weibo:1", 87, 1, 2, 1<<31))
	f.Add(body("portal:x", "", 0, 0))
	f.Add(append([]byte{1}, bytes.Repeat([]byte{0xff}, 30)...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, record := range [][]byte{raw, near.Sealed(slices.Clone(raw))} {
			x := near.New(3)
			if err := x.Restore([][]byte{record}); err != nil {
				if x.Len() != 0 {
					t.Fatalf("%v, but there is a post", err)
				}
				continue
			}
			x.Seen("another", normal(story), monday)
			id := x.Held()[0]
			y := near.New(3)
			if err := y.Restore([][]byte{x.Record(id)}); err != nil || !bytes.Equal(x.Record(id), y.Record(id)) {
				t.Fatalf("%v: %x became %x", err, x.Record(id), y.Record(id))
			}
		}
	})
}
