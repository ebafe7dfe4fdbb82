package site

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"huiying"
)

// nativeArticle are the forms in which content systems write an article's own
// number into its address: TRS t20260102_123456.shtml, JCMS
// art_1621_33445566.html, content_5566778.htm.
var nativeArticle = []*regexp.Regexp{
	regexp.MustCompile(`/t\d{8}_(\d+)(?:_\d+)?\.s?html?(?:$|\?)`),
	regexp.MustCompile(`/art_\d+_(\d+)\.html?(?:$|\?)`),
	regexp.MustCompile(`/content_(\d+)\.html?(?:$|\?)`),
}

// datedArticle are the forms that hold the day of an article in its address:
// t20260102_123456.shtml, /art/2026/1/2/, /202601/02/, /2026-01/02/.
var datedArticle = []*regexp.Regexp{
	regexp.MustCompile(`(?:^|/)t((?:19|20)\d{2})(\d{2})(\d{2})_\d+`),
	regexp.MustCompile(`/art/((?:19|20)\d{2})/(\d{1,2})/(\d{1,2})/`),
	regexp.MustCompile(`/((?:19|20)\d{2})-?(\d{2})/(\d{2})/`),
}

// addressDay is the day that an address names, "" when it names none.
func addressDay(address string) string {
	for _, form := range datedArticle {
		if m := form.FindStringSubmatch(address); m != nil {
			return strings.Join(m[1:], "-")
		}
	}
	return ""
}

// Absolute reports a web address with a host.
func Absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Resolve makes a link absolute against the page it stands on, in canonical
// form: host in lower case, no fragment, no default port.
func Resolve(page, link string) string {
	link = strings.TrimSpace(link)
	if link == "" || strings.HasPrefix(link, "#") || strings.HasPrefix(strings.ToLower(link), "javascript:") {
		return ""
	}
	base, err := url.Parse(page)
	if err != nil {
		return ""
	}
	ref, err := base.Parse(link)
	if err != nil || (ref.Scheme != "http" && ref.Scheme != "https") || ref.Host == "" {
		return ""
	}
	return canonical(ref)
}

func canonical(u *url.URL) string {
	c := *u
	c.Fragment, c.RawFragment, c.User = "", "", nil
	c.Scheme, c.Host = strings.ToLower(c.Scheme), strings.ToLower(c.Host)
	if port := c.Port(); (c.Scheme == "http" && port == "80") || (c.Scheme == "https" && port == "443") {
		c.Host = c.Hostname()
	}
	if c.Path == "" {
		c.Path = "/"
	}
	return c.String()
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// native is the site's own id in an address, "" when it holds none.
func (p Profile) native(address, kind string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if p.ID.Query != "" {
		if id := clean(u.Query().Get(p.ID.Query)); id != "" {
			return id
		}
	}
	if p.ID.match != nil {
		if m := p.ID.match.FindStringSubmatch(address); m != nil && clean(m[1]) != "" {
			return clean(m[1])
		}
	}
	if kind != huiying.KindArticle {
		return ""
	}
	for _, form := range nativeArticle {
		if m := form.FindStringSubmatch(address); m != nil {
			return m[1]
		}
	}
	return ""
}

// clean keeps an id that is made of plain signs.
func clean(id string) string {
	id = strings.TrimSpace(id)
	if id == "" || len(id) > 128 {
		return ""
	}
	for _, r := range id {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.' {
			return ""
		}
	}
	return id
}

// PostID is the id of the post behind an address of the site.
func (p Profile) PostID(address string) string {
	return name(hostOf(address), p.Kind, p.native(address, p.Kind), []byte(address))
}

// name makes an id: the site's own number, else the sha256 of what stands for
// it.
func name(host, kind, native string, instead []byte) string {
	mark := "l"
	if kind == huiying.KindArticle {
		mark = "a"
	}
	if host == "" {
		host = "unknown"
	}
	if native == "" {
		sum := sha256.Sum256(instead)
		native = hex.EncodeToString(sum[:])
	}
	return "portal:" + host + "/" + mark + native
}

// Follows reports whether a link leads to the described site.
func (p Profile) Follows(address string) bool {
	host := hostOf(address)
	return host == hostOf(p.Site) || slices.Contains(p.Hosts, host)
}

// Swap puts the scheme, host and leading path of base in place of those of
// the site, "" base changes nothing.
func Swap(address, base string) string {
	if base == "" {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	b, err := url.Parse(base)
	if err != nil || b.Host == "" {
		return address
	}
	out := *u
	out.Scheme, out.Host = b.Scheme, b.Host
	if prefix := strings.TrimSuffix(b.Path, "/"); prefix != "" {
		out.Path, out.RawPath = prefix+u.Path, ""
	}
	return out.String()
}
