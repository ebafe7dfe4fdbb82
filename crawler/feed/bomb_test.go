package feed_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"huiying/crawler"
	"huiying/crawler/feed"
)

// A feed that names entities of its own neither grows in memory nor reads a file
// of the machine.
func TestEntities(t *testing.T) {
	laid := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(laid, []byte("WHAT LIES ON THE MACHINE"), 0o600); err != nil {
		t.Fatal(err)
	}
	var laughs strings.Builder
	laughs.WriteString(`<!ENTITY a0 "哈">`)
	for n := range 12 {
		was, is := string(rune('a'+n)), string(rune('a'+n+1))
		laughs.WriteString(`<!ENTITY ` + is + `0 "` + strings.Repeat("&"+was+"0;", 10) + `">`)
	}
	for name, body := range map[string]string{
		"grows": `<?xml version="1.0"?><!DOCTYPE r [` + laughs.String() + `]><rss version="2.0"><channel><title>t</title><item><title>&m0;</title><link>http://x.example/1</link><description>&m0;</description></item></channel></rss>`,
		"reads": `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://` + laid + `">]><rss version="2.0"><channel><title>t</title><item><title>&x;</title><link>http://x.example/1</link><description>&x;</description></item></channel></rss>`,
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := feed.Parse(crawler.Document{URL: "http://x.example/feed.xml", Body: []byte(body)})
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
			t.Errorf("%s: took %d bytes", name, grown)
		}
		for _, p := range got.Posts {
			if strings.Contains(p.Title+p.Text, "WHAT LIES") || len(p.Title+p.Text) > 10_000 {
				t.Errorf("%s: %.200s", name, p.Title+p.Text)
			}
		}
		t.Logf("%s: %d posts, %v", name, len(got.Posts), err)
	}
}
