package replica_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"huiying/internal/drill/replica"
)

// TestFeedServesWhatWasAppended appends from several sides while it is read,
// and pages back to the beginning afterwards.
func TestFeedServesWhatWasAppended(t *testing.T) {
	f, err := replica.NewFeed(t.Context(), replica.FeedOptions{PerPage: 200})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var wait sync.WaitGroup
	for side := range 4 {
		wait.Go(func() {
			for i := range 250 {
				if _, err := f.Append(fmt.Sprintf("第%d路第%d条", side, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	readBack(t, client, f)
	wait.Wait()
	got := readBack(t, client, f)
	slices.Reverse(got)
	if want := f.Published(); !slices.Equal(got, want) || f.Len() != 1000 {
		t.Errorf("paged back to %d posts, the list has %d", len(got), len(want))
	}
	if served := f.World.Served(); len(served) != 1000 {
		t.Errorf("served %d", len(served))
	}
}

func readBack(t *testing.T, client *http.Client, f *replica.Feed) []string {
	t.Helper()
	var out []string
	more := ""
	for {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL+timelineURL(f.UID(), more), nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			OK   int
			Data struct {
				CardlistInfo struct {
					SinceID json.Number `json:"since_id"`
				}
				Cards []struct{ Mblog struct{ ID string } }
			}
		}
		if err := json.Unmarshal(body(t, resp), &answer); err != nil {
			t.Fatal(err)
		}
		for _, c := range answer.Data.Cards {
			out = append(out, "weibo:"+c.Mblog.ID)
		}
		if answer.Data.CardlistInfo.SinceID == "" {
			return out
		}
		more = "&since_id=" + strings.TrimSpace(answer.Data.CardlistInfo.SinceID.String())
	}
}

func BenchmarkTimelineOfManyPosts(b *testing.B) {
	s := newStage(b, 200)
	for i := range 50_000 {
		s.post("", fmt.Sprint("话", i))
	}
	b.ResetTimer()
	for b.Loop() {
		get(b, s.weibo, timelineURL(office.UID, ""), "")
	}
}
