package app_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// TestSetUpInBrowser leads an administrator in a real browser from the empty
// page of a new installation to the receipt of a test alert: nothing is laid
// out before but the channel, which the configuration holds.
func TestSetUpInBrowser(t *testing.T) {
	script := needScript(t, "setup.mjs")
	site, hook := column(t), newReceiver(t)
	s := newStage(t)
	s.write(office, fmt.Sprintf(`
office: {name: 示例市政务服务中心, contact: 0000-12345}
data: data
listen: %s
public_url: http://%s
crawler: {host_delay: 50ms, allow_private: [127.0.0.1]}
units: [{id: u-hall, name: 政务大厅}]
channels: [{id: hook, kind: webhook, url: "%s", secret: 0123456789abcdef}]
`, s.listen, s.listen, hook.URL))
	s.up()
	setup := regexp.MustCompile(`http://\S+/setup/\S+`)
	link := regexp.MustCompile(`"link":"([^"]+)"`)
	s.play(script, map[string]any{"site": site.URL + "/feed.xml"}, func(w wish) any {
		switch w.Ask {
		case "setup":
			return map[string]string{"link": setup.FindString(s.output.tail())}
		case "drill":
			for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
				for _, body := range hook.with("【演练】") {
					if m := link.FindStringSubmatch(body); m != nil {
						return map[string]string{"link": m[1]}
					}
				}
			}
			t.Fatal("no drill has come")
		}
		t.Fatalf("the script asks for %q", w.Ask)
		return nil
	})
	s.end()
	verifyRecord(t, catalogue(t), filepath.Join(s.dir, office))
}
