package storetest_test

import (
	"testing"

	"huiying/internal/store"
	"huiying/internal/store/storetest"
)

// The run says which engines it tested.
func TestEngines(t *testing.T) {
	ran := 0
	for _, e := range storetest.Engines() {
		if e.Skip != "" {
			t.Logf("store engine %s: skipped: %s", e.Name, e.Skip)
			continue
		}
		t.Logf("store engine %s: tested", e.Name)
		ran++
	}
	if ran == 0 {
		t.Fatal("no engine can be tested here")
	}
	storetest.Each(t, func(t *testing.T, s *store.Store, _ *storetest.Clock) {
		if s.SchemaVersion() != store.NewestSchema() {
			t.Fatalf("schema version %d, newest %d", s.SchemaVersion(), store.NewestSchema())
		}
	})
}
