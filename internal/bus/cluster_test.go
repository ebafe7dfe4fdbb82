package bus_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

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
			JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
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

// One of three servers may die: publishing and consuming go on.
func TestClusterLosesAServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers; left out with -short")
	}
	servers := cluster(t)
	var urls []string
	for _, s := range servers {
		urls = append(urls, s.ClientURL())
	}
	o := options(t)
	o.Dir, o.URL = "", strings.Join(urls, ",")
	b := open(t, o)
	handled := newSeen()
	stop := consumePosts(t, b, "analyzer", func(_ context.Context, p huiying.Post) error { handled.add(p.ID); return nil })
	publish := func(from, to int) {
		t.Helper()
		for n := from; n < to; n++ {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			err := b.PublishPost(ctx, post(n))
			cancel()
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	publish(0, 50)
	leader := bus.Leader(t.Context(), b, "POSTS")
	if leader == "" {
		t.Fatal("POSTS has no leader: it is not replicated")
	}
	for _, s := range servers {
		if s.Name() == leader {
			s.Shutdown()
			s.WaitForShutdown()
		}
	}
	start := time.Now()
	publish(50, 51)
	t.Logf("the first post after the leader's end took %v", time.Since(start))
	publish(51, 100)
	eventually(t, "100 posts", func() bool { return handled.len() == 100 })
	stop()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
