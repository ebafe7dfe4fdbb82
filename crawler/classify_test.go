package crawler_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"huiying/crawler"
	"huiying/crawler/wall"
)

func gbk(t testing.TB, s string) string {
	t.Helper()
	out, err := simplifiedchinese.GBK.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// page is an HTML page of our own with a title, some links around, and a text.
func page(title, text string) string {
	return `<!DOCTYPE html><html><head><meta charset="utf-8"><title>` + title + `</title><script>var geetest={},CAPTCHA_TYPE="yidun";</script></head><body>` +
		`<a href="/">首页 请先登录 系统维护</a><div>` + text + `</div><a href="/about">关于</a></body></html>`
}

func TestClassify(t *testing.T) {
	long := strings.Repeat("大厅里今天人很多，等了三个小时才办完，希望多开窗口。", 20)
	for _, tc := range []struct {
		name   string
		status int
		url    string
		body   string
		want   crawler.Answer
		detail string
	}{
		{"no login, sign-in address", 200, "", `{"ok":-100,"url":"https://passport.weibo.com/sso/signin?entry=x"}`, crawler.AnswerLoginWall, "ok:-100"},
		{"no login, other address", 200, "", `{"ok":"-100","url":"https://weibo.com/login.php?url=x"}`, crawler.AnswerLoginWall, "ok:-100"},
		{"432", 432, "", ``, crawler.AnswerBlocked, "HTTP 432"},
		{"432 with a friendly body", 432, "", `{"ok":1,"data":{"cards":[{}]}}`, crawler.AnswerBlocked, "HTTP 432"},
		{"418", 418, "", `x`, crawler.AnswerRateLimited, "HTTP 418"},
		{"414 on a short address", 414, "https://s.weibo.com/weibo?q=x", `<h1>Request-URI Too Large</h1>`, crawler.AnswerRateLimited, "HTTP 414"},
		{"414 on a long address", 414, "https://s.weibo.com/weibo?q=" + strings.Repeat("x", 3000), ``, crawler.AnswerForbidden, "HTTP 414"},
		{"429", 429, "", ``, crawler.AnswerRateLimited, "HTTP 429"},
		{"account wall", 403, "", `{"ok":0,"message":"前方有点拥堵，请登录后使用"}`, crawler.AnswerLoginWall, "前方有点拥堵，请登录后使用"},
		{"wrong kind of request", 403, "", `{"error":"Forbidden"}`, crawler.AnswerForbidden, "Forbidden"},
		{"plain 403", 403, "", `<html><body>nginx</body></html>`, crawler.AnswerForbidden, "HTTP 403"},
		{"403 with an empty list", 403, "", `{"ok":0,"msg":"这里还没有内容"}`, crawler.AnswerForbidden, "HTTP 403"},
		{"empty account", 200, "", `{"ok":0,"msg":"这里还没有内容","data":{"cards":[]}}`, crawler.AnswerEmpty, "这里还没有内容"},
		{"ok:0 alone", 200, "", `{"ok":0}`, crawler.AnswerEmpty, "ok:0"},
		{"deleted", 200, "", `{"ok":0,"errno":"20101","msg":"该微博不存在"}`, crawler.AnswerDeleted, "error 20101"},
		{"deleted, number", 400, "", `{"ok":0,"errno":20101}`, crawler.AnswerDeleted, "error 20101"},
		{"captcha for a human", 200, "", `{"ok":0,"url":"https://security.example/captcha?x=1"}`, crawler.AnswerBlocked, "url without data"},
		{"envelope that leads to a gate", 200, "", `{"ok":0,"url":"https://passport.weibo.cn/signin/login"}`, crawler.AnswerLoginWall, "passport.weibo.cn"},
		{"ended at the passport host", 200, "https://passport.weibo.com/visitor/visitor?entry=miniblog", `<html></html>`, crawler.AnswerLoginWall, "passport.weibo.com"},
		{"sent to the login host", 302, "https://login.sina.com.cn/sso/login.php", ``, crawler.AnswerLoginWall, "login.sina.com.cn"},
		{"sent to the security host", 302, "https://security.weibo.com/captcha/geetest", ``, crawler.AnswerBlocked, "security.weibo.com"},
		{"unchanged", 304, "", ``, crawler.AnswerEmpty, "HTTP 304"},
		{"redirect loop", 302, "https://example.org/a", ``, crawler.AnswerMalformed, "HTTP 302"},
		{"visitor gate", 200, "https://weibo.com/x", gbk(t, `<html><head><meta charset="gb2312"><title>Sina Visitor System</title></head><body><span id="message">正在验证</span><script>var u="https://x/visitor/visitor?a=incarnate"</script></body></html>`), crawler.AnswerLoginWall, "visitor gate"},
		{"visitor gate without its title", 200, "", `<html><body><script>location="/visitor/visitor?a=enter"</script></body></html>`, crawler.AnswerLoginWall, "visitor gate"},
		{"forwarding script", 200, "", `<html><script>location.replace("https://passport.weibo.com/sso")</script></html>`, crawler.AnswerLoginWall, "passport.weibo.com"},
		{"refresh", 200, "", `<html><head><meta http-equiv="refresh" content="0;url=https://login.sina.com.cn/x"></head></html>`, crawler.AnswerLoginWall, "login.sina.com.cn"},
		{"block page by title", 200, "", page("访问受限 某某网", ""), crawler.AnswerBlocked, "访问受限 某某网"},
		{"block page in GBK that says utf-8", 200, "", gbk(t, page("404错误", "抱歉，您的帐号存在异常，暂时无法登录。")), crawler.AnswerBlocked, "抱歉，您的帐号存在异常，暂时无法登录。"},
		{"the other writing", 200, "", page("提示", "抱歉，您的账号存在异常"), crawler.AnswerBlocked, "抱歉，您的账号存在异常"},
		{"busy network", 200, "", page("提示", "抱歉，网络繁忙"), crawler.AnswerBlocked, "抱歉，网络繁忙"},
		{"too often", 200, "", page("提示", "您的访问过于频繁，请稍后再试"), crawler.AnswerRateLimited, "您的访问过于频繁，请稍后再试"},
		{"forum login wall", 200, "", page("提示信息 - 论坛", `<div id="messagetext"><p>抱歉，您尚未登录，没有权限访问该版块</p></div>`), crawler.AnswerLoginWall, "抱歉，您尚未登录，没有权限访问该版块"},
		{"sign-in form", 200, "", page("用户登录-某某平台", `<input type=password name=p>`), crawler.AnswerLoginWall, "用户登录-某某平台"},
		{"maintenance, 200", 200, "", page("公告", "系统维护中，预计六点恢复"), crawler.AnswerMaintenance, "系统维护中，预计六点恢复"},
		{"maintenance, picture only", 200, "", `<html><head><title>某论坛例行维护</title></head><body><img src=x></body></html>`, crawler.AnswerMaintenance, "某论坛例行维护"},
		{"502", 502, "", `<h1>Bad Gateway</h1>`, crawler.AnswerMaintenance, "HTTP 502"},
		{"503", 503, "", ``, crawler.AnswerMaintenance, "HTTP 503"},
		{"404", 404, "", page("404", "您要的页面不存在"), crawler.AnswerDeleted, "HTTP 404"},
		{"410", 410, "", ``, crawler.AnswerDeleted, "HTTP 410"},
		{"401", 401, "", ``, crawler.AnswerLoginWall, "HTTP 401"},
		{"405", 405, "", ``, crawler.AnswerForbidden, "HTTP 405"},
		{"no body", 200, "", "  \n", crawler.AnswerMalformed, "HTTP 200 without a body"},
		{"open platform: too many", 403, "", `{"error":"User requests out of rate limit!","error_code":10023,"request":"/2/x.json"}`, crawler.AnswerRateLimited, "error 10023"},
		{"open platform: expired", 403, "", `{"error":"expired_token","error_code":"21327"}`, crawler.AnswerLoginWall, "error 21327"},
		{"open platform: other", 400, "", `{"request":"/2/x.json","error_code":"20502","error":"Need something."}`, crawler.AnswerForbidden, "error 20502"},

		{"content with captcha products", 200, "https://weibo.com/1/x", page("大厅", long), crawler.AnswerOK, ""},
		{"timeline", 200, "", `{"ok":1,"data":{"cards":[{"mblog":{"text":"访问受限，请登录"}}]}}`, crawler.AnswerOK, ""},
		{"bare post", 200, "", `{"ok":1,"mid":"1","url":"https://x","text":"维护"}`, crawler.AnswerOK, ""},
		{"another site's object", 200, "", `{"title":"甲","url":"https://example.org/a"}`, crawler.AnswerOK, ""},
		{"another site's zero", 200, "", `{"error_code":0,"error_msg":"","comments":[]}`, crawler.AnswerOK, ""},
		{"list", 200, "", `[{"ok":-100}]`, crawler.AnswerOK, ""},
		{"JavaScript object", 200, "", `{page:{pageNo:1},result:[{letterTitle:'访问受限'}]}`, crawler.AnswerOK, ""},
		{"letter about a wall", 200, "", page("来信", "我登录时总提示访问受限，帐号存在异常，怎么办？"), crawler.AnswerOK, ""},
		{"article titled like a wall", 200, "", `<html><head><meta name="ArticleTitle" content="x"><title>系统维护公告</title></head><body>系统维护将于周六进行。</body></html>`, crawler.AnswerOK, ""},
		{"long page that begins so", 200, "", page("系统维护问答", "系统维护"+long), crawler.AnswerOK, ""},
		{"thread that invites to sign in", 200, "", page("求助贴", "窗口几点上班？<p>您需要登录后才可以回帖</p>"), crawler.AnswerOK, ""},
		{"site with a sign-in link", 200, "", page("首页", "办事指南<a>请登录</a>"), crawler.AnswerOK, ""},
		{"feed", 200, "", `<?xml version="1.0"?><rss><channel><title>维护</title><item><title>访问受限的说明</title></item></channel></rss>`, crawler.AnswerOK, ""},
		{"saved, no status", 0, "", page("大厅", long), crawler.AnswerOK, ""},
	} {
		got, detail := crawler.Classify(tc.status, tc.url, nil, []byte(tc.body))
		if got != tc.want || detail != tc.detail {
			t.Errorf("%s: got %s (%q), want %s (%q)", tc.name, got, detail, tc.want, tc.detail)
		}
	}
}

// A page may be as odd as it likes; looking at it stays quick.
func TestClassifyIsLinear(t *testing.T) {
	for _, piece := range []string{"<a>登录", "<a>", "<script>a</script>", "<title>", "登录<p>", "<meta>", "<input type=password>", "{\"ok\":", "<select>登录</a>"} {
		begun := time.Now()
		crawler.Classify(200, "", nil, []byte("<html>"+strings.Repeat(piece, 1<<20/len(piece))))
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("1 MB of %q took %s", piece, took)
		}
	}
}

// The words of package wall are those of Answer.
func TestWallSpeaksOfAnswers(t *testing.T) {
	for class, answer := range map[wall.Class]crawler.Answer{
		wall.Empty: crawler.AnswerEmpty, wall.Deleted: crawler.AnswerDeleted, wall.LoginWall: crawler.AnswerLoginWall, wall.Blocked: crawler.AnswerBlocked,
		wall.RateLimited: crawler.AnswerRateLimited, wall.Forbidden: crawler.AnswerForbidden, wall.Maintenance: crawler.AnswerMaintenance,
	} {
		if string(class) != string(answer) {
			t.Errorf("%q is not %q", class, answer)
		}
	}
}

// The saved responses of the reference, where they lie beside the module.
func TestClassifySavedPages(t *testing.T) {
	root := "../../shared/fixtures"
	files, err := filepath.Glob(root + "/*/*")
	if err != nil || len(files) == 0 {
		t.Skip("no saved pages beside the module (../shared/fixtures)")
	}
	want := map[string]crawler.Answer{
		"weibo-antibot/access_denied.html":       crawler.AnswerBlocked,
		"weibo-antibot/account_blocked_gbk.html": crawler.AnswerBlocked,
		"discuz/desktop_prompt_login.html":       crawler.AnswerLoginWall,
		"discuz/maintenance.html":                crawler.AnswerMaintenance,
		"weibo-m/getIndex_ok0_empty.json":        crawler.AnswerEmpty,
		"weibo-openapi/error_20502.json":         crawler.AnswerForbidden,
	}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(filepath.ToSlash(f), root+"/")
		expected := crawler.AnswerOK
		if a, special := want[name]; special {
			expected = a
		}
		if got, detail := crawler.Classify(200, "", http.Header{}, body); got != expected {
			t.Errorf("%s: got %s (%s), want %s", name, got, detail, expected)
		}
	}
}

// The small envelopes of the reference.
func TestClassifySavedEnvelopes(t *testing.T) {
	raw, err := os.ReadFile("../../shared/fixtures/weibo-ajax/envelopes_2026_transcribed.json")
	if err != nil {
		t.Skipf("no saved envelopes: %v", err)
	}
	var envelopes map[string]json.RawMessage
	if err := json.Unmarshal(raw, &envelopes); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		status int
		answer crawler.Answer
	}{
		"needs_visitor": {200, crawler.AnswerLoginWall}, "login_wall_http403": {403, crawler.AnswerLoginWall}, "deleted_post": {200, crawler.AnswerDeleted},
		"bad_request_http403": {403, crawler.AnswerForbidden}, "show": {200, crawler.AnswerOK}, "longtext_empty": {200, crawler.AnswerOK},
	} {
		if got, detail := crawler.Classify(want.status, "", nil, envelopes[name]); got != want.answer {
			t.Errorf("%s: got %s (%s), want %s", name, got, detail, want.answer)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{`{"ok":-100}`, `{"ok":{},"msg":[],"error":1e99}`, `<title>访问受限`, "<script>visitor/visitor", gbk(f, "<p>抱歉，网络繁忙"), `<a><a><title></a>`} {
		f.Add(200, "https://passport.weibo.com/x", []byte(s))
		f.Add(403, "::", []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, url string, body []byte) {
		answer, detail := crawler.Classify(status, url, nil, body)
		if answer == "" || !utf8.ValidString(detail) && utf8.ValidString(url) {
			t.Fatalf("%d %q %q: %q %q", status, url, body, answer, detail)
		}
		if answer.Answered() && status >= 400 && answer != crawler.AnswerDeleted {
			t.Fatalf("a %d is %s", status, answer)
		}
	})
}

func BenchmarkClassifyPage(b *testing.B) {
	body := []byte(page("来信 登录", strings.Repeat("<p>大厅里今天人很多，等了三个小时才办完。</p>", 1000)))
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if a, _ := crawler.Classify(200, "", nil, body); a != crawler.AnswerOK {
			b.Fatal(a)
		}
	}
}

func ExampleClassify() {
	answer, detail := crawler.Classify(200, "https://m.weibo.cn/api", nil, []byte(`{"ok":-100,"url":"https://passport.weibo.com/sso/signin"}`))
	fmt.Println(answer, detail)
	// Output: login-wall ok:-100
}
