package forum

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/forum/discuz"
	"huiying/crawler/forum/tieba"
)

// Options are the settings of a forum source. Unknown keys are refused.
type Options struct {
	Software    string   `json:"software"`     // discuz or tieba
	Site        string   `json:"site"`         // where a Discuz forum lives, https://bbs.example.cn/; not for tieba
	Forums      []string `json:"forums"`       // boards: fid of Discuz, names of Tieba
	Pages       int      `json:"pages"`        // list pages a board and visit, 2 by default
	Threads     int      `json:"threads"`      // threads that are read a visit, 40 by default
	ThreadPages int      `json:"thread_pages"` // pages a thread and visit, 3 by default
}

// Kinds of software and bounds of the settings.
const (
	softwareDiscuz = "discuz"
	softwareTieba  = "tieba"
	tiebaSite      = "https://tieba.baidu.com/"
	defaultPages   = 2
	defaultThreads = 40
	defaultDepth   = 3
	maxForums      = 50
	maxPages       = 20
	maxThreads     = 500
)

// Check says every mistake of a source's options, as sentences.
func Check(src huiying.Source) error {
	_, err := settle(src)
	return err
}

func settle(src huiying.Source) (Options, error) {
	o := Options{Pages: defaultPages, Threads: defaultThreads, ThreadPages: defaultDepth}
	raw := bytes.TrimSpace(src.Options)
	if len(raw) == 0 {
		raw = []byte("{}")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, huiying.Errorf(huiying.Invalid, "forum.options_unreadable", src.ID, err)
	}
	if o.Software == softwareTieba && o.Site == "" {
		o.Site = tiebaSite
	}
	if o.Site != "" && !strings.HasSuffix(o.Site, "/") {
		o.Site += "/"
	}
	return o, errors.Join(o.faults(src)...)
}

func (o Options) faults(src huiying.Source) []error {
	var out []error
	say := func(key string, args ...any) {
		out = append(out, huiying.Errorf(huiying.Invalid, key, append([]any{src.ID}, args...)...))
	}
	if o.Software != softwareDiscuz && o.Software != softwareTieba {
		say("forum.software", o.Software)
	}
	if !absolute(o.Site) || (o.Software == softwareTieba && o.Site != tiebaSite) {
		say("forum.bad_site", o.Site)
	}
	if src.BaseURL != "" && !absolute(src.BaseURL) {
		say("forum.bad_base_url", src.BaseURL)
	}
	if len(o.Forums) == 0 || len(o.Forums) > maxForums {
		say("forum.forums", maxForums)
	}
	for _, f := range o.Forums {
		if _, err := strconv.ParseUint(f, 10, 63); f == "" || (o.Software == softwareDiscuz && err != nil) {
			say("forum.forum", f)
		}
	}
	for _, b := range []struct {
		key        string
		value, top int
	}{{"pages", o.Pages, maxPages}, {"threads", o.Threads, maxThreads}, {"thread_pages", o.ThreadPages, maxPages}} {
		if b.value < 1 || b.value > b.top {
			say("forum.number", b.key, b.top)
		}
	}
	return out
}

func absolute(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// listURL is a page of a board; token is the parser's token of it, "" for the
// first.
func (o Options) listURL(board, token string) string {
	address := o.Site + "forum.php?mod=forumdisplay&fid=" + board
	if o.Software == softwareTieba {
		address = o.Site + "f?ie=utf-8&kw=" + url.QueryEscape(board)
	}
	return with(address, "&", token)
}

// threadURL is a page of a thread whose own address is given.
func (o Options) threadURL(address, token string) string {
	if o.Software == softwareTieba {
		return with(address, "?", token)
	}
	return with(address, "&", token)
}

func with(address, mark, token string) string {
	if token == "" {
		return address
	}
	return address + mark + token
}

// token names the n-th page of a thread.
func (o Options) token(n int) string {
	switch {
	case n <= 1:
		return ""
	case o.Software == softwareTieba:
		return "pn=" + strconv.Itoa(n)
	}
	return "page=" + strconv.Itoa(n)
}

// parsers are the two surfaces a visit reads.
func (o Options) parsers() (list, thread crawler.Parse) {
	if o.Software == softwareTieba {
		return tieba.Surfaces()["tieba.list"], tieba.Surfaces()["tieba.thread"]
	}
	return discuz.ReadForum, discuz.ReadThread
}
