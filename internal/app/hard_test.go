package app

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/config"
	"huiying/internal/locale"
	"huiying/internal/store/posts"
)

// startQuiet runs the service without sources, pages on a free port.
func startQuiet(t *testing.T, data string) *App {
	t.Helper()
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Data, c.Listen = data, "127.0.0.1:0"
	a, err := New(Options{Config: c, Words: words, OwnURL: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatalf("%s\n%v", words.Sentence(locale.English, err), err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return a
}

// TestHardPosts sends posts no honest site sends through the whole service:
// each arrives in the archive, cut or cleaned where it must be, and nothing
// comes to a halt.
func TestHardPosts(t *testing.T) {
	t.Parallel()
	a := startQuiet(t, filepath.Join(t.TempDir(), "data"))
	sink := busSink{a.bus}
	huge := strings.Repeat("政务大厅排队的人真多。", 5<<20/33)
	texts := map[string]string{
		"weibo:1": "坏字节\xff\xfe在中间",
		"weibo:2": "空\x00字符",
		"weibo:3": huge,
		"weibo:4": "",
		"weibo:5": strings.Repeat("𠮷👨‍👩‍👧", 2000),
		"weibo:6": "寻常的一条",
	}
	for id, text := range texts {
		p := huiying.Post{
			ID: id, Source: "hard", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost,
			Text: text, PublishedAt: time.Now(), CollectedAt: time.Now(),
		}
		if err := sink.Accept(t.Context(), p); err != nil {
			t.Errorf("%s was not accepted: %v", id, err)
		}
	}
	for id := range texts {
		got := waitArchived(t, a, id)
		p := got.Judgement.Post
		if id == "weibo:3" && (!p.Truncated || len(p.Text) > huiying.MaxText) {
			t.Errorf("%s: %d bytes, truncated %v", id, len(p.Text), p.Truncated)
		}
		if id == "weibo:6" && (p.Text != texts[id] || len(got.Judgement.Failed) > 0) {
			t.Errorf("%s came through as %+v", id, got.Judgement)
		}
	}
	if dead, err := a.bus.Dead(t.Context(), "", 100); err != nil || len(dead) > 0 {
		t.Errorf("dead letters: %v %v", dead, err)
	}
}

func waitArchived(t *testing.T, a *App, id string) posts.Stored {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		got, err := posts.Get(ctx, a.store.Reader(), id)
		if err == nil {
			return got
		}
		if huiying.ErrorCode(err) != huiying.NotFound {
			t.Fatalf("%s: %v", id, err)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s was not archived in 30 s", id)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestSecondProcess refuses another service on the same folder, and a command
// that would write behind the first one's back.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	first := startQuiet(t, data)
	c := config.Default()
	c.Data, c.Listen = data, "127.0.0.1:0"
	second, err := New(Options{Config: c, Words: first.words})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Start(t.Context()); key(t, err) != "app.locked" {
		t.Errorf("a second service started: %v", err)
	}
	if _, _, err := OpenForWriting(t.Context(), Where{Data: data}); key(t, err) != "app.locked" {
		t.Errorf("a command wrote behind the service's back: %v", err)
	}
	beside, err := OpenArchive(t.Context(), Where{Data: data})
	if err != nil {
		t.Fatalf("reading beside the service: %v", err)
	}
	if err := beside.Close(); err != nil {
		t.Error(err)
	}
}
