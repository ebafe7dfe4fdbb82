package bus_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"huiying/internal/bus"
)

// policies are the ways to fsync that are compared; the first is the measure
// of the others.
var policies = []struct {
	name     string
	always   bool
	interval time.Duration
}{
	{"1s", false, time.Second},
	{"10s", false, 10 * time.Second},
	{"2m", false, 2 * time.Minute},
	{"always", true, time.Second},
}

// ways are how a publisher waits for its acknowledgements.
var ways = []struct {
	name string
	run  func(b *testing.B, to *bus.Bus, body []byte)
}{
	{"one", func(b *testing.B, to *bus.Bus, body []byte) {
		for n := 0; b.Loop(); n++ {
			if err := to.Publish(b.Context(), "huiying.post.weibo.bench", fmt.Sprint(n), body); err != nil {
				b.Fatal(err)
			}
		}
	}},
	{"eight-workers", func(b *testing.B, to *bus.Bus, body []byte) {
		var workers sync.WaitGroup
		for w := range 8 {
			workers.Go(func() {
				for n := w; n < b.N; n += 8 {
					if err := to.Publish(context.Background(), "huiying.post.weibo.bench", fmt.Sprint("w", b.N, "-", n), body); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		workers.Wait()
	}},
	{"batches-of-200", func(b *testing.B, to *bus.Bus, body []byte) {
		for n := 0; n < b.N; n += 200 {
			batch := make([]bus.Outgoing, min(200, b.N-n))
			for i := range batch {
				batch[i] = bus.Outgoing{Subject: "huiying.post.weibo.bench", ID: fmt.Sprint("b", b.N, "-", n+i), Body: body}
			}
			if err := to.PublishAll(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
		}
	}},
}

// BenchmarkPublish measures each fsync policy, and prints its speed as a share
// of the first policy's in the same run.
func BenchmarkPublish(b *testing.B) {
	body := make([]byte, 600)
	for _, way := range ways {
		var base float64
		for _, p := range policies {
			b.Run(way.name+"/"+p.name, func(b *testing.B) {
				to := open(b, bus.Options{Dir: b.TempDir(), SyncAlways: p.always, SyncInterval: p.interval})
				b.ResetTimer()
				way.run(b, to, body)
				rate := float64(b.N) / b.Elapsed().Seconds()
				if p.name == policies[0].name {
					base = rate
				}
				b.ReportMetric(rate, "msg/s")
				b.ReportMetric(rate/base, "of-1s")
			})
		}
	}
}

// BenchmarkRoundTrip is publishing with eight workers and handling in the same
// process, as the service does.
func BenchmarkRoundTrip(b *testing.B) {
	to := open(b, bus.Options{Dir: b.TempDir()})
	ctx, cancel := context.WithCancel(context.Background())
	handled := make(chan struct{}, b.N)
	done := make(chan error, 1)
	go func() {
		done <- to.Consume(ctx, bus.Consumer{Name: "bench", Workers: 2, Subjects: [][]string{{"huiying.post.>"}}}, func(context.Context, bus.Message) error {
			handled <- struct{}{}
			return nil
		})
	}()
	b.ResetTimer()
	ways[1].run(b, to, make([]byte, 600))
	for range b.N {
		<-handled
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	b.StopTimer()
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
}
