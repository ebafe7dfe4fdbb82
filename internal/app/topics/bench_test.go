package topics_test

import (
	"fmt"
	"testing"

	"huiying/internal/bus"
)

// BenchmarkGather asks the room for posts that belong to eight topics: here, and
// from another process over the message server.
func BenchmarkGather(b *testing.B) {
	home := start(b, bus.Options{Dir: b.TempDir(), Listen: "127.0.0.1:0"})
	if _, err := one(b, home.desk, say(0)); err != nil {
		b.Fatal(err)
	}
	away := start(b, bus.Options{URL: "nats://" + home.bus.Addr()})
	for name, p := range map[string]*process{"here": home, "over the wire": away} {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				m := say(i)
				m.ID = fmt.Sprint(name, i, b.N)
				if _, err := one(b, p.desk, m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
