package wall

import (
	"bytes"
	"strings"
)

// hints are looked for before a page is read closely; most pages hold none.
func hints() []string {
	return []string{
		"受限", "拒绝", "您的访问", "存在异常", "帐号异常", "账号异常", "网络繁忙", "安全验证", "访问验证", "异常访问", "频繁", "登录", "维护", "升级", "关闭",
		"Sina Visitor System", "visitor/visitor", "passport.weibo", "login.sina.com.cn",
	}
}

// scanner finds whether a page holds any hint. Chinese ones are found in one
// pass over the page, by their first character.
type scanner struct {
	first [1 << 12]bool // by the low bits of a first character's second and third byte
	wide  []string
	ascii [][]byte
}

func newScanner(list []string) *scanner {
	s := &scanner{}
	for _, h := range list {
		if h[0] < 0x80 {
			s.ascii = append(s.ascii, []byte(h))
			continue
		}
		s.wide = append(s.wide, h)
		s.first[low(h[1], h[2])] = true
	}
	return s
}

func low(b, c byte) int { return int(b&0x3f)<<6 | int(c&0x3f) }

func (s *scanner) finds(page []byte) bool {
	for i := 0; i+2 < len(page); i++ {
		if page[i] < 0xe3 {
			continue
		}
		if s.first[low(page[i+1], page[i+2])] && s.begins(page[i:]) {
			return true
		}
		i += 2
	}
	for _, h := range s.ascii {
		if bytes.Contains(page, h) {
			return true
		}
	}
	return false
}

func (s *scanner) begins(page []byte) bool {
	for _, h := range s.wide {
		if len(page) >= len(h) && strings.HasPrefix(string(page[:len(h)]), h) {
			return true
		}
	}
	return false
}

// known is the scanner of hints; it never changes.
var known = newScanner(hints())
