package drill_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal"
	"huiying/crawler/weibo"
	"huiying/internal/drill"
)

// clock is a time that moves only when told.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// fetcher asks without pacing.
type fetcher struct {
	client *http.Client
	now    func() time.Time
}

func (f *fetcher) Fetch(ctx context.Context, r crawler.Request) (crawler.Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return crawler.Page{}, err
	}
	req.Header = r.Header.Clone()
	resp, err := f.client.Do(req)
	if err != nil {
		return crawler.Page{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return crawler.Page{}, err
	}
	p := crawler.Page{Document: crawler.Document{Body: raw, URL: r.URL, FetchedAt: f.now()}, Status: resp.StatusCode, Header: resp.Header}
	p.Answer, p.Detail = crawler.Classify(resp.StatusCode, r.URL, resp.Header, raw)
	return p, nil
}

// shelf is a sink that keeps the newest revision of every post, as the archive
// does, and may lose one for ever.
type shelf struct {
	posts map[string]huiying.Post
	lose  string // part of the text of a post to lose
	lost  string // its id
}

func (s *shelf) Accept(_ context.Context, p huiying.Post) error {
	if s.lose != "" && s.lost == "" && strings.Contains(p.Text, s.lose) {
		s.lost = p.ID
	}
	if p.ID != s.lost {
		s.posts[p.ID] = p
	}
	return nil
}

func (s *shelf) truth() *truth {
	tr := &truth{}
	for id, p := range s.posts {
		tr.archived = append(tr.archived, drill.Archived{
			ID: id, Edited: p.Edited, Deleted: p.Deleted, Answers: len(p.Answers), Level: huiying.LevelNone, Rule: huiying.Untagged,
		})
	}
	return tr
}

func (s *shelf) find(t *testing.T, part string) huiying.Post {
	t.Helper()
	for _, p := range s.posts {
		if strings.Contains(p.Title+"\n"+p.Text, part) {
			return p
		}
	}
	t.Fatalf("no post says %q", part)
	return huiying.Post{}
}

// crawl reads every source of the drill for a while with the real readers.
func crawl(t *testing.T, o drill.Options, sink *shelf, rounds int) (*drill.Drill, map[string]crawler.Answer) {
	t.Helper()
	c := &clock{at: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	o.Now = c.now
	d := begin(t, o)
	defs := definitions(t, d)
	profiles := map[string]portal.Profile{}
	for name, raw := range defs.Profiles {
		p, err := portal.ParseProfile(raw)
		if err != nil {
			t.Fatal(err)
		}
		profiles[name] = p
	}
	kinds := map[string]crawler.Kind{"weibo": weibo.Kind(), "portal": portal.Kind(profiles)}
	fetch := &fetcher{client: &http.Client{Transport: &http.Transport{}}, now: c.now}
	defer fetch.client.CloseIdleConnections()
	cursors := map[string][]byte{}
	answers := map[string]crawler.Answer{}
	d.Begin()
	for range rounds {
		c.add(2 * time.Second)
		for _, s := range defs.Sources {
			if err := kinds[s.Kind].Check(s); err != nil {
				t.Fatal(err)
			}
			report, err := kinds[s.Kind].Reader.Read(t.Context(), crawler.Visit{
				Source: s, Cursor: cursors[s.ID], Fetch: fetch, Sink: sink, Now: c.now, Zone: time.FixedZone("", 8*3600),
			})
			if err != nil {
				t.Fatalf("%s: %v", s.ID, err)
			}
			cursors[s.ID], answers[s.ID] = report.Cursor, report.Answer
		}
	}
	return d, answers
}

func score(t *testing.T, d *drill.Drill, s *shelf) drill.Scoreboard {
	t.Helper()
	b, err := d.Score(t.Context(), s.truth())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestTheRealReadersReadTheReplicas plays a minute of every incident to the
// real parsers: nothing is lost, and what they read is what was written.
func TestTheRealReadersReadTheReplicas(t *testing.T) {
	for _, name := range []string{"queue", "system-down"} {
		s := &shelf{posts: map[string]huiying.Post{}}
		d, answers := crawl(t, drill.Options{Incident: name, Seed: 7}, s, 30)
		if b := score(t, d, s); b.Lost != 0 || b.Duplicated != 0 || b.PostsServed < 50 {
			t.Errorf("%s: %s", name, b.Table(catalogue(t), "en"))
		}
		for id, want := range map[string]crawler.Answer{
			"drill-hall": crawler.AnswerOK, "drill-media": crawler.AnswerOK, "drill-search": crawler.AnswerOK,
			"drill-letters": crawler.AnswerOK, "drill-notices": crawler.AnswerOK, "drill-login-wall": crawler.AnswerLoginWall,
		} {
			if answers[id] != want {
				t.Errorf("%s: %s answers %s, want %s", name, id, answers[id], want)
			}
		}
		if got := answers["drill-turned-away"]; got.Answered() {
			t.Errorf("%s: a 432 reads as %s", name, got)
		}
	}
}

func TestWhatTheReadersMakeOfIt(t *testing.T) {
	s := &shelf{posts: map[string]huiying.Post{}}
	crawl(t, drill.Options{Seed: 7}, s, 30)
	first := s.find(t, "中卫市政务大厅今天是怎么了")
	if !first.Edited || first.Region != "宁夏" || !strings.HasSuffix(first.Text, "被旁边的人扶到长椅上坐着。") || first.Engagement.Reposts < 10_000 {
		t.Errorf("the edited post: %+v", first)
	}
	long := s.find(t, "把今天在中卫政务大厅的经过从头记一遍")
	if long.Truncated || !strings.HasSuffix(long.Text, "月底要提前排好班。") || strings.Count(long.Text, "\n") != 5 {
		t.Errorf("the long post: %q", long.Text)
	}
	repost := s.find(t, "多位网友说政务大厅今早排长队")
	if repost.Kind != huiying.KindRepost || repost.ParentID != first.ID || repost.Author.Verified != "media" {
		t.Errorf("the repost: %+v", repost)
	}
	famous := s.find(t, "昨晚的黄河大桥灯光秀")
	if e := famous.Engagement; e.Reposts != 12_000 || !e.AtLeast || e.Likes != 100_000 {
		t.Errorf("counts %+v", e)
	}
	gbk := s.find(t, "外地身份证能不能在中卫换领")
	if !strings.Contains(gbk.Text, "要不要回老家开证明") || len(gbk.Answers) != 0 {
		t.Errorf("the GBK letter: %+v", gbk)
	}
	letter := s.find(t, "政务大厅排队两小时没人解释")
	if len(letter.Answers) != 1 || letter.Answers[0].Org != "中卫市政务服务中心大厅管理科" || letter.PublishedPrecision != huiying.PrecisionDay {
		t.Errorf("the answered letter: %+v", letter)
	}
	notice := s.find(t, "关于延长大厅服务时间的公告")
	if notice.Kind != huiying.KindArticle || !strings.Contains(notice.Text, "午间不休息") {
		t.Errorf("the notice: %+v", notice)
	}
	reply := s.find(t, "留一个综合窗口，急事可以先打电话约")
	if reply.Kind != huiying.KindReply || reply.Author.Verified != "government" {
		t.Errorf("the reply to a comment: %+v", reply)
	}
	deleted := 0
	for _, p := range s.posts {
		if p.Deleted {
			deleted++
		}
	}
	if deleted < 2 {
		t.Errorf("%d deleted posts, want the rumour and the original of a repost", deleted)
	}
}

// TestOneDroppedPostIsOneLost loses one post for ever, a tagged one and one of
// the chatter, as `--fault drop-one` does.
func TestOneDroppedPostIsOneLost(t *testing.T) {
	for _, part := range []string{"老人排队时晕倒了", "早安，沙坡头"} {
		s := &shelf{posts: map[string]huiying.Post{}, lose: part}
		d, _ := crawl(t, drill.Options{Seed: 7}, s, 20)
		if b := score(t, d, s); b.Lost != 1 || b.LostWhat[0] != "post "+s.lost || b.Duplicated != 0 {
			t.Errorf("%s: lost %v", part, b.LostWhat)
		}
	}
}
