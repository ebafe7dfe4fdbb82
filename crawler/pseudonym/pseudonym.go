// Package pseudonym replaces who wrote a post with keyed hashes (网络数据安全管理条例
// §24). It refuses to work with a short key, and keeps no table from which a
// pseudonym could be turned back.
package pseudonym

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"

	"huiying"
)

// MinKey is the shortest key, in bytes.
const MinKey = 16

// Hide gives p with keyed hashes in place of who wrote it: the id becomes "p-"
// and 16 hex digits of an HMAC-SHA256 over platform and id, the name 网民 and
// six letters of it. One person on one platform keeps one pseudonym, and
// without the key nobody can tell whose it is or whether a given person is
// among them. An address that holds the id is replaced by one that does not.
//
// Verified government and media accounts are institutions and keep their
// names, so that the office sees whom it deals with; their ids are hashed like
// all others. Enterprises and organisations may be one person's and are
// hashed. Names that say that there is none (匿名用户) stay and get no id, since
// one pseudonym for all of them would look like one person. The organisation
// of an official answer is no author and stays.
//
// A key shorter than MinKey is an error.
func Hide(p huiying.Post, key []byte) (huiying.Post, error) {
	if len(key) < MinKey {
		return huiying.Post{}, huiying.Errorf(huiying.Internal, "crawler.pseudonym_key", len(key))
	}
	p.URL = address(p)
	p.Author = author(p.Platform, p.Author, key)
	return p, nil
}

// Of is the id that Hide gives an author of a platform, by the platform's own
// id or, where it has none, by the name. A name that says that there is none is
// nobody's: it gives "", as nothing does.
func Of(platform, id, name string, key []byte) string {
	if of := known(id, name); of != "" {
		return idOf(hash(platform, of, key))
	}
	return ""
}

// known is what an author is known by, "" where by nothing.
func known(id, name string) string {
	if id == "" && name != "" && !anonymous(name) {
		return "name:" + name
	}
	return id
}

func idOf(sum []byte) string { return "p-" + hex.EncodeToString(sum[:8]) }

func author(platform string, a huiying.Author, key []byte) huiying.Author {
	if anonymous(a.Name) {
		a.ID = ""
		return a
	}
	of := known(a.ID, a.Name)
	if of == "" {
		return a
	}
	sum := hash(platform, of, key)
	a.ID = idOf(sum)
	if !a.Institution() {
		letters := base32.StdEncoding.EncodeToString(sum[8:12])[:6]
		a.Name = "网民" + strings.ToLower(letters)
	}
	return a
}

func hash(platform, of string, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("huiying/author\x00" + platform + "\x00" + of))
	return mac.Sum(nil)
}

// address gives an address of the post that does not name its author. Weibo's
// own addresses hold the author's number.
func address(p huiying.Post) string {
	if p.Author.ID == "" || !slices.Contains(strings.FieldsFunc(p.URL, func(r rune) bool { return strings.ContainsRune("/?&=#", r) }), p.Author.ID) {
		return p.URL
	}
	native := strings.TrimPrefix(p.ID, huiying.PlatformWeibo+":")
	if p.Platform == huiying.PlatformWeibo && native != "" && strings.Trim(native, "0123456789") == "" {
		return "https://m.weibo.cn/detail/" + native
	}
	return ""
}

func anonymous(name string) bool {
	return slices.Contains([]string{"匿名用户", "匿名网友", "匿名", "网友", "热心网友", "热心市民", "游客"}, name)
}
