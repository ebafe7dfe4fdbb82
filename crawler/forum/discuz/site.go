package discuz

import (
	"net/url"
	"path"
	"regexp"
	"strings"

	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// forum is one installation: its host, and where it lives on it.
type forum struct {
	host string
	root *url.URL // ends in "/"
	doc  crawler.Document
}

func site(base *url.URL, d crawler.Document) forum {
	root := *base
	root.RawQuery, root.Fragment = "", ""
	switch {
	case strings.Contains(root.Path, "/api/mobile/"):
		root.Path, _, _ = strings.Cut(root.Path, "api/mobile/")
	case !strings.HasSuffix(root.Path, "/"):
		root.Path = path.Dir(root.Path)
		if !strings.HasSuffix(root.Path, "/") {
			root.Path += "/"
		}
	}
	return forum{host: root.Host, root: &root, doc: d}
}

// id is the identity of what has a native id here.
func (f forum) id(letter, native string) string { return board.ID(f.host, letter, native) }

// threadURL is where a thread is read.
func (f forum) threadURL(tid string) string {
	if f.host == "" || tid == "" {
		return ""
	}
	return board.Resolve(f.root, "forum.php?mod=viewthread&tid="+tid)
}

// floorURL is where one floor is read.
func (f forum) floorURL(tid, pid string) string {
	if f.host == "" || tid == "" || pid == "" {
		return ""
	}
	return board.Resolve(f.root, "forum.php?mod=redirect&goto=findpost&ptid="+tid+"&pid="+pid)
}

var (
	tidQuery  = regexp.MustCompile(`(?:^|[?&;])(?:tid|ptid)=(\d+)`)
	tidStatic = regexp.MustCompile(`(?:^|/)(?:thread-|viewthread-tid-)(\d+)`)
	uidQuery  = regexp.MustCompile(`(?:^|[?&;])uid=(\d+)`)
	uidStatic = regexp.MustCompile(`(?:^|/)space-uid-(\d+)`)
	pidQuery  = regexp.MustCompile(`(?:^|[?&;])pid=(\d+)`)
	pageQuery = regexp.MustCompile(`(?:^|[?&;])page=(\d+)`)
	// thread-<tid>-<page>-<list page>.html and forum-<fid>-<page>.html
	pageStatic = regexp.MustCompile(`(?:^|/)(?:thread-\d+|forum-\w+)-(\d+)`)
)

// in is the native id that the first fitting form finds in an address.
func in(address string, forms ...*regexp.Regexp) string {
	for _, f := range forms {
		if m := f.FindStringSubmatch(address); m != nil {
			return board.Digits(m[1])
		}
	}
	return ""
}

func tidOf(address string) string { return in(address, tidQuery, tidStatic) }
func uidOf(address string) string { return in(address, uidQuery, uidStatic) }
func pageOf(address string) string {
	return in(address, pageQuery, pageStatic)
}
