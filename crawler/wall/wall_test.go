package wall_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"huiying/crawler/wall"
)

func TestGate(t *testing.T) {
	for address, want := range map[string]wall.Class{
		"https://passport.weibo.com/visitor/visitor?a=b": wall.LoginWall,
		"https://visitor.passport.weibo.cn/x":            wall.LoginWall,
		"HTTPS://LOGIN.SINA.COM.CN/sso":                  wall.LoginWall,
		"https://login.sina.com.cn:443/sso":              wall.LoginWall,
		"https://weibo.com/login.php?url=x":              wall.LoginWall,
		"https://www.weibo.com/newlogin":                 wall.LoginWall,
		"https://security.weibo.com/captcha":             wall.Blocked,
		"https://weibo.com/1/A1b2":                       "",
		"https://m.weibo.cn/api/x?url=passport.weibo.cn": "",
		"https://notpassport.weibo.community/x":          "",
		"https://mypassport.weibo.com.example.org/":      "",
		"/visitor/visitor":                               "",
		"::":                                             "",
		"":                                               "",
	} {
		if got, _ := wall.Gate(address); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
}

// A wall is told from content by how much else the page says: the same words
// over a growing letter stop being a wall.
func TestReadWeighsThePage(t *testing.T) {
	text := strings.Repeat("字", 500)
	for n, want := range map[int]wall.Class{0: wall.Blocked, 200: wall.Blocked, 500: ""} {
		page := "<html><body><p>访问受限</p><p>" + string([]rune(text)[:n]) + "</p></body></html>"
		if got, _ := wall.Read([]byte(page)); got != want {
			t.Errorf("with %d other characters: got %q, want %q", n, got, want)
		}
	}
}

func TestReadLooksAtTheRightPlaces(t *testing.T) {
	for name, tc := range map[string]struct {
		page string
		want wall.Class
	}{
		"in a link":        {`<html><a href=x>请先登录</a></html>`, ""},
		"in a script":      {`<html><script>var m = "访问受限"</script></html>`, ""},
		"in an option":     {`<html><select><option>系统维护</select></html>`, ""},
		"in a comment":     {`<html><!-- 访问受限 --></html>`, ""},
		"inside a text":    {`<html><p>页面提示：访问受限</p></html>`, ""},
		"behind marks":     {`<html><p>「访问受限」！</p></html>`, wall.Blocked},
		"with spaces":      {`<html><p> 抱歉 ， 网络繁忙</p></html>`, wall.Blocked},
		"second title":     {`<html><title>首页</title><title>访问受限</title></html>`, ""},
		"gate in a link":   {`<html><a href="https://passport.weibo.com/">微博</a></html>`, ""},
		"gate in a script": {`<html><script>location="https://passport.weibo.com/"</script></html>`, wall.LoginWall},
		"past the head":    {`<html>` + strings.Repeat(" ", 300<<10) + `<p>访问受限</p></html>`, ""},
		"two objects":      {`{"ok":-100} {"ok":1}`, ""},
	} {
		if got, why := wall.Read([]byte(tc.page)); got != tc.want {
			t.Errorf("%s: got %q (%s), want %q", name, got, why, tc.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"ok":0,"url":"https://a"}`, `<title>访问受限`, `<html><script>visitor/visitor`, `<?xml?><rss>维护`, `{"ok":null,"data":{},"errno":1e400}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		class, why := wall.Read(body)
		if (class == "") != (why == "") && class != wall.Empty {
			t.Fatalf("%q: %q because of %q", body, class, why)
		}
		if utf8.Valid(body) && !utf8.ValidString(why) {
			t.Fatalf("%q: because of %q", body, why)
		}
	})
}

func FuzzGate(f *testing.F) {
	for _, s := range []string{"https://passport.weibo.com/x", "//weibo.com/login.php", "http://[::1]:80/", "https://WAPPASS.baidu.com.", "%zz", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		class, host := wall.Gate(address)
		if (class == "") != (host == "") {
			t.Fatalf("%q: %q because of %q", address, class, host)
		}
		if strings.ContainsAny(host, "?@#") {
			t.Fatalf("%q: %q may hold a secret", address, host)
		}
	})
}
