package purges_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/internal/store/posts"
	"huiying/internal/store/purges"
	"huiying/internal/store/storetest"
)

// BenchmarkRetire takes posts of two revisions and a hundred characters out, and
// tells how many of a thousand transactions held the writer for longer than 32
// and 64 ms, commit included.
func BenchmarkRetire(b *testing.B) {
	clock, reg := storetest.NewClock(), prometheus.NewRegistry()
	o := storetest.Options(clock)
	o.Registerer = reg
	s := storetest.New(b, o)
	old := clock.Now().Add(-keep - time.Hour)
	var list []huiying.Event
	for i := range b.N * 2 {
		at := old.Add(time.Duration(i%2) * time.Minute)
		list = append(list, huiying.NewEvent(huiying.Judgement{
			Level: huiying.LevelBlue, Tags: []huiying.Tag{{Rule: "r", Name: "r", Level: huiying.LevelBlue}}, Places: []string{"滨河镇"},
			Post: huiying.Post{ID: id(i / 2), Source: "weibo", Platform: "weibo", Kind: "post", Text: fmt.Sprint(i%2) + longText, CollectedAt: at, Evidence: id(i / 2), Author: huiying.Author{ID: "p-0000000000000001"}},
		}, at))
	}
	if err := posts.NewArchive(s).SaveEvents(b.Context(), list); err != nil {
		b.Fatal(err)
	}
	of, over32, over64 := transactions(b, reg)
	b.ResetTimer()
	n, err := purges.Retire(b.Context(), s, purges.Retirement{Before: clock.Now().Add(-keep), Began: clock.Now(), By: "system"})
	if err != nil || n != b.N {
		b.Fatal(n, err)
	}
	b.StopTimer()
	of2, more32, more64 := transactions(b, reg)
	b.ReportMetric(1000*(more32-over32)/(of2-of), "over32ms/1000")
	b.ReportMetric(1000*(more64-over64)/(of2-of), "over64ms/1000")
	b.ReportMetric(float64(b.N)/(of2-of), "posts/tx")
}

// transactions counts those of bulk writes, and the ones above 32 and 64 ms.
func transactions(b *testing.B, reg *prometheus.Registry) (all, over32, over64 float64) {
	b.Helper()
	list, err := reg.Gather()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range list {
		for _, m := range f.GetMetric() {
			if f.GetName() != "huiying_store_tx_seconds" || m.GetLabel()[0].GetValue() != "bulk" {
				continue
			}
			all = float64(m.GetHistogram().GetSampleCount())
			over32, over64 = all, all
			for _, bucket := range m.GetHistogram().GetBucket() {
				if bucket.GetUpperBound() == 0.032 {
					over32 = all - float64(bucket.GetCumulativeCount())
				}
				if bucket.GetUpperBound() == 0.064 {
					over64 = all - float64(bucket.GetCumulativeCount())
				}
			}
		}
	}
	return all, over32, over64
}

const longText = "市民反映北门早市摊位占道，早高峰非机动车无法通行，多次联系未果，希望相关部门尽快到现场查看并给出处理时间，也请告知长期的管理办法。市民反映北门早市摊位占道，早高峰非机动车无法通行。"
