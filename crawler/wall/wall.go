// Package wall recognises what sites send in place of content: sign-in gates,
// block pages, envelopes of JSON APIs that say no, maintenance pages. It looks
// at decoded bytes and addresses only and refuses to help anyone past a wall:
// it names it, so that the source can be stopped. Names of captcha products
// (geetest, yidun) are no marks, since normal pages carry them.
package wall

import (
	"bytes"
	"net/url"
	"strings"
)

// Class is what was met; the words are those of crawler.Answer.
type Class string

// The classes. "" stands for nothing special.
const (
	Empty       Class = "empty"
	Deleted     Class = "deleted"
	LoginWall   Class = "login-wall"
	Blocked     Class = "blocked"
	RateLimited Class = "rate-limited"
	Forbidden   Class = "forbidden"
	Maintenance Class = "maintenance"
)

// Read looks at a whole decoded body: a JSON object as an envelope, markup as
// a page. class is "" when the body says nothing special; why is what gave it
// away.
func Read(body []byte) (class Class, why string) {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return "", ""
	}
	switch body[0] {
	case '{':
		return envelopeClass(body)
	case '<':
		return pageClass(body)
	}
	return "", ""
}

// gateHost is a place that stands before content.
type gateHost struct {
	host  string // itself and what is under it
	path  string // prefix, "" for any
	class Class
}

func gates() []gateHost {
	return []gateHost{
		{"passport.weibo.com", "", LoginWall},
		{"passport.weibo.cn", "", LoginWall},
		{"login.sina.com.cn", "", LoginWall},
		{"passport.sina.cn", "", LoginWall},
		{"login.weibo.cn", "", LoginWall},
		{"weibo.com", "/login.php", LoginWall},
		{"weibo.com", "/newlogin", LoginWall},
		{"security.weibo.com", "", Blocked},
		{"passport.baidu.com", "", LoginWall},
		{"wappass.baidu.com", "", Blocked},
	}
}

// Gate says what an address is that stands before content, "" for any other.
func Gate(address string) (class Class, host string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", ""
	}
	name := strings.ToLower(u.Hostname())
	for _, g := range gates() {
		if (name == g.host || strings.HasSuffix(name, "."+g.host)) && strings.HasPrefix(u.Path, g.path) {
			return g.class, name + g.path
		}
	}
	return "", ""
}
