package record_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"huiying"
	"huiying/internal/store"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
	"huiying/internal/store/storetest"
)

// benchStore opens a store whose writer shares a commit among so many.
func benchStore(b *testing.B, group int) *store.Store {
	b.Helper()
	o := storetest.Options(storetest.NewClock())
	o.GroupSize = group
	for _, e := range storetest.Engines() {
		if e.Name == cmp.Or(os.Getenv("HUIYING_BENCH_STORE"), store.SQLite) {
			return e.Open(b, o)
		}
	}
	b.Fatal("HUIYING_BENCH_STORE names no engine")
	return nil
}

func benchEvent(n int64) huiying.Event {
	text := []rune("大厅今天排队的人很多，取号机坏了一台，等了三个小时还没有轮到，希望中心多开两个窗口，也请工作人员引导一下老人。")
	j := huiying.Judgement{
		Post: huiying.Post{
			ID: fmt.Sprintf("weibo:%d", n), Source: "weibo-mentions", Platform: "weibo", Kind: "post", URL: "https://example.test/status",
			Text: string(text) + string(text[:40]), Author: huiying.Author{ID: "h:0011223344556677", Name: "h:8899aabbccddeeff", Verified: "none"},
			PublishedAt: storetest.Start(), CollectedAt: storetest.Start(), Region: "宁夏",
		},
		Keywords: []huiying.Keyword{{Word: "排队", Weight: 7.1}, {Word: "取号机", Weight: 6.2}, {Word: "窗口", Weight: 3.3}},
		Topic:    "t-hall", Level: huiying.LevelOrange, LevelWhy: []string{"r-queue"},
		Tags: []huiying.Tag{{Rule: "r-queue", Name: "排队", Level: huiying.LevelOrange, Matches: []huiying.Match{{Field: "text", Start: 4, End: 6, Text: "排队"}}}},
	}
	return huiying.NewEvent(j, storetest.Start())
}

// raise is the transaction of one alert: post, alert, delivery, and a step of
// the record.
func raise(ctx context.Context, l *record.Ledger, n int64) error {
	return l.InTx(ctx, func(tx *record.Tx) error {
		ev := benchEvent(n)
		if _, err := tx.SaveEvent(ctx, ev); err != nil {
			return err
		}
		a := huiying.Alert{ID: fmt.Sprintf("a-%d", n), PostID: ev.Subject, Rule: "r-queue", Level: huiying.LevelOrange, CaseNo: "HY20261123-0001"}
		if _, err := tx.AddAlert(ctx, a); err != nil {
			return err
		}
		d := huiying.Delivery{ID: fmt.Sprintf("d-%d", n), Alert: a, Person: "u-lin", Channel: "robot"}
		if _, err := tx.Enqueue(ctx, d); err != nil {
			return err
		}
		_, err := tx.Append(ctx, huiying.Step{CaseNo: "HY20261123-0001", At: tx.Now(), Actor: "system", Action: "attach_mention"})
		return err
	})
}

// BenchmarkAlerts is alert transactions a second, durable with synchronous
// FULL, from one caller and from many, one commit each and shared.
func BenchmarkAlerts(b *testing.B) {
	perSecond := map[string]float64{}
	for _, c := range []struct {
		name    string
		group   int
		callers int
	}{
		{"one_caller", 1, 1}, {"32_callers/commit_each", 1, 32}, {"32_callers/group_commit", 64, 32},
	} {
		b.Run(c.name, func(b *testing.B) {
			l := record.New(benchStore(b, c.group))
			var next atomic.Int64
			var callers sync.WaitGroup
			b.ResetTimer()
			for range c.callers {
				callers.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := raise(context.Background(), l, n); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			callers.Wait()
			perSecond[c.name] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond[c.name], "alerts/s")
			if each := perSecond["32_callers/commit_each"]; c.group > 1 && each > 0 {
				b.ReportMetric(perSecond[c.name]/each, "x_commit_each")
			}
		})
	}
}

// BenchmarkArchive is rows a second in the archive, one row a transaction and
// MaxBatch rows.
func BenchmarkArchive(b *testing.B) {
	perSecond := map[int]float64{}
	for _, batch := range []int{1, posts.MaxBatch} {
		b.Run(fmt.Sprintf("batch_%d", batch), func(b *testing.B) {
			archive := posts.NewArchive(benchStore(b, 64))
			events := make([]huiying.Event, b.N)
			for i := range events {
				events[i] = benchEvent(int64(i))
			}
			b.ResetTimer()
			for part := range slices.Chunk(events, batch) {
				if err := archive.SaveEvents(context.Background(), part); err != nil {
					b.Fatal(err)
				}
			}
			perSecond[batch] = float64(b.N) / b.Elapsed().Seconds()
			b.ReportMetric(perSecond[batch], "rows/s")
			if one := perSecond[1]; batch > 1 && one > 0 {
				b.ReportMetric(perSecond[batch]/one, "x_one_by_one")
			}
		})
	}
}

// BenchmarkUrgentBesideBulk is how long an alert transaction takes while the
// archive writes without a pause.
func BenchmarkUrgentBesideBulk(b *testing.B) {
	s := benchStore(b, 64)
	l, archive := record.New(s), posts.NewArchive(s)
	ctx, stop := context.WithCancel(context.Background())
	var bulk sync.WaitGroup
	var rows atomic.Int64
	bulk.Go(func() {
		for ctx.Err() == nil {
			batch := make([]huiying.Event, posts.MaxBatch)
			for i := range batch {
				batch[i] = benchEvent(1<<40 + rows.Add(1))
			}
			if err := archive.SaveEvents(context.Background(), batch); err != nil {
				b.Error(err)
			}
		}
	})
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	for n := range b.N {
		began := time.Now()
		if err := raise(context.Background(), l, int64(n)); err != nil {
			b.Fatal(err)
		}
		took[n] = time.Since(began)
	}
	elapsed := b.Elapsed().Seconds()
	b.StopTimer()
	stop()
	bulk.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50_ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99_ms")
	b.ReportMetric(float64(rows.Load())/elapsed, "bulk_rows/s")
}

// BenchmarkVerify is steps a second through Verify.
func BenchmarkVerify(b *testing.B) {
	s := benchStore(b, 64)
	l := record.New(s)
	const caseCount = 500
	for i := range caseCount {
		inTx(b, l, func(ctx context.Context, tx *record.Tx) error {
			no, err := openCase(ctx, tx, fmt.Sprintf("t-%d", i))
			for n := 0; n < 9 && err == nil; n++ {
				err = act(ctx, tx, no, "note", huiying.StateHandling, map[string]string{"note": "已联系"})
			}
			return err
		})
	}
	b.ResetTimer()
	for b.Loop() {
		if report := verify(b, l, record.Exported{}); !report.Clean() {
			b.Fatal(report.Findings)
		}
	}
	b.ReportMetric(float64(b.N)*caseCount*10/b.Elapsed().Seconds(), "steps/s")
}
