package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"huiying/crawler/seal"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, seal.KeySize) }

func TestSealRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 0, 4000).Draw(t, "raw")
		sealed, err := seal.Seal(key(1), raw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := seal.Open(key(1), seal.Name(raw), sealed)
		if err != nil || !bytes.Equal(got, raw) {
			t.Fatalf("came back as %x: %v", got, err)
		}
	})
}

func TestSealHidesAndPacks(t *testing.T) {
	raw := []byte(strings.Repeat("某某市民的来信", 1000))
	sealed, err := seal.Seal(key(1), raw)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("来信")) || len(sealed) > len(raw)/10 {
		t.Fatalf("%d of %d bytes, in clear: %v", len(sealed), len(raw), bytes.Contains(sealed, []byte("来信")))
	}
	again, err := seal.Seal(key(1), raw)
	if err != nil || bytes.Equal(again, sealed) {
		t.Fatalf("two seals of one page are alike (%v): the nonce is not fresh", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	raw := []byte("一页")
	sealed, err := seal.Seal(key(1), raw)
	if err != nil {
		t.Fatal(err)
	}
	name := seal.Name(raw)
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for what, try := range map[string]func() ([]byte, error){
		"another key":  func() ([]byte, error) { return seal.Open(key(2), name, sealed) },
		"another name": func() ([]byte, error) { return seal.Open(key(1), seal.Name([]byte("x")), sealed) },
		"changed byte": func() ([]byte, error) { return seal.Open(key(1), name, flipped) },
		"cut":          func() ([]byte, error) { return seal.Open(key(1), name, sealed[:len(sealed)-3]) },
		"nothing":      func() ([]byte, error) { return seal.Open(key(1), name, nil) },
		"in clear":     func() ([]byte, error) { return seal.Open(key(1), name, raw) },
	} {
		if got, err := try(); !errors.Is(err, seal.ErrTampered) || got != nil {
			t.Errorf("%s: got %q, %v", what, got, err)
		}
	}
	if _, err := seal.Open([]byte("short"), name, sealed); err == nil || errors.Is(err, seal.ErrTampered) {
		t.Errorf("a short key: %v", err)
	}
	if got, err := seal.Open(key(1), seal.Object(name), sealed); err != nil || string(got) != "一页" {
		t.Errorf("by the object's name: %q, %v", got, err)
	}
}

type memory struct {
	mu   sync.Mutex
	puts int
	fail error
	m    map[string][]byte
}

func (s *memory) Put(_ context.Context, name string, sealed []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.puts++
	if s.fail != nil {
		return s.fail
	}
	if s.m == nil {
		s.m = map[string][]byte{}
	}
	s.m[name] = sealed
	return nil
}

func TestKeeperStoresOnce(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	store := &memory{}
	k, err := seal.NewKeeper(store, key(1), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	keep := func(s string, fresh bool) string {
		t.Helper()
		name, got, err := k.Keep(t.Context(), []byte(s))
		if err != nil || got != fresh {
			t.Fatalf("%s: fresh %v, %v", s, got, err)
		}
		return name
	}
	name := keep("甲", true)
	keep("甲", false)
	if raw, err := seal.Open(key(1), name, store.m[seal.Object(name)]); err != nil || string(raw) != "甲" {
		t.Fatalf("stored %q, %v", raw, err)
	}
	for i := range 4100 {
		keep(fmt.Sprint(i), true)
	}
	keep("甲", true) // pushed out of the memory, not lost: it is stored again
	now = now.Add(25 * time.Hour)
	keep("甲", true)
	keep("甲", false)
}

func TestKeeperAfterFailure(t *testing.T) {
	store := &memory{fail: errors.New("full")}
	k, err := seal.NewKeeper(store, key(1), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Keep(t.Context(), []byte("甲")); err == nil {
		t.Fatal("a failed put was taken for kept")
	}
	store.fail = nil
	if _, fresh, err := k.Keep(t.Context(), []byte("甲")); err != nil || !fresh {
		t.Fatalf("not put again: %v", err)
	}
	if _, err := seal.NewKeeper(store, []byte("short"), time.Now); err == nil {
		t.Fatal("a short key was taken")
	}
}

func FuzzOpen(f *testing.F) {
	sealed, err := seal.Seal(key(1), []byte("甲"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte{1, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if raw, err := seal.Open(key(1), seal.Name([]byte("乙")), b); err == nil {
			t.Fatalf("opened to %q", raw)
		}
	})
}
