// Package cluster_test runs the bus on three NATS servers. It stands apart
// because a clustered server may leave a goroutine behind when it is shut down,
// which the checks of the other packages would blame on us.
package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"huiying"
	"huiying/internal/bus"
)

// cluster starts three servers as deploy/nats-cluster.conf describes them.
func cluster(t *testing.T) []*server.Server {
	t.Helper()
	ports := make([]int, 3)
	var routes []*url.URL
	var taken []net.Listener
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, l) // all are taken before one is given back
		ports[i] = l.Addr().(*net.TCPAddr).Port
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
	}
	for _, l := range taken {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return startCluster(t, ports, routes)
}

func startCluster(t *testing.T, ports []int, routes []*url.URL) []*server.Server {
	t.Helper()
	var servers []*server.Server
	for i, port := range ports {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("nats-%d", i+1), Host: "127.0.0.1", Port: server.RANDOM_PORT,
			JetStream: true, JetStreamMaxStore: 1 << 40, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "huiying", Host: "127.0.0.1", Port: port}, Routes: routes,
		})
		if err != nil {
			t.Fatal(err)
		}
		go s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		servers = append(servers, s)
	}
	eventually(t, "a leader of three", func() bool {
		for _, s := range servers {
			if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == 3 {
				return true
			}
		}
		return false
	})
	return servers
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited 60 s for: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func post(n int) huiying.Post {
	return huiying.Post{ID: fmt.Sprintf("weibo:%d", n), Source: "weibo-mentions", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
		Text: fmt.Sprint("第 ", n, " 条"), CollectedAt: time.Date(2026, 11, 23, 1, 2, 9, 0, time.UTC)}
}

// leader is the server that leads the stream of posts.
func leader(t *testing.T, urls string) string {
	t.Helper()
	conn, err := nats.Connect(urls)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	var info *jetstream.StreamInfo
	// A busy cluster may lose a question to its own elections: it is asked again.
	eventually(t, "the leader of POSTS", func() bool {
		s, err := js.Stream(t.Context(), "POSTS")
		if err != nil {
			t.Log(err)
			return false
		}
		info = s.CachedInfo()
		return info.Cluster != nil && info.Cluster.Leader != ""
	})
	if info.Config.Replicas != 3 {
		t.Fatalf("POSTS is not replicated: %+v", info)
	}
	return info.Cluster.Leader
}

// One of three servers may die: publishing and consuming go on.
func TestClusterLosesAServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers; left out with -short")
	}
	servers := cluster(t)
	var list []string
	for _, s := range servers {
		list = append(list, s.ClientURL())
	}
	urls := strings.Join(list, ",")
	b, err := bus.Open(t.Context(), bus.Options{URL: urls})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	handled := map[string]bool{}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(handled) }
	done := make(chan error, 1)
	go func() {
		done <- b.ConsumePosts(context.Background(), bus.Consumer{Name: "analyzer"}, func(_ context.Context, p huiying.Post) error {
			mu.Lock()
			defer mu.Unlock()
			handled[p.ID] = true
			return nil
		})
	}()
	publish := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			err := b.PublishPost(ctx, post(n))
			cancel()
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	publish(0, 50)
	eventually(t, "50 posts", func() bool { return count() == 50 })
	name := leader(t, urls)
	for _, s := range servers {
		if s.Name() == name {
			s.Shutdown()
			s.WaitForShutdown()
		}
	}
	start := time.Now()
	publish(50, 51)
	t.Logf("the first post after the leader's end took %v", time.Since(start))
	publish(51, 100)
	eventually(t, "100 posts", func() bool { return count() == 100 })
	if err := errors.Join(b.Close(), <-done); err != nil {
		t.Error(err)
	}
}
