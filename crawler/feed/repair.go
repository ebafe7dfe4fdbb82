package feed

import (
	"bytes"
	"regexp"

	"github.com/mmcdole/gofeed"

	"huiying/crawler"
)

// read gives the entries of a feed. A broken feed is mended in steps, the
// gentlest first.
func read(body []byte) (f *gofeed.Feed, ok bool) {
	body, _ = crawler.Decode(body, "")
	body = plainProlog(bytes.TrimSpace(body))
	for _, m := range []func([]byte) []byte{same, escaped, visible, closed} {
		if body = m(body); body == nil {
			break
		}
		if f, ok := try(body); ok {
			return f, true
		}
	}
	return nil, false
}

func same(b []byte) []byte { return b }

// try reads what is well-formed enough. The library meets foreign bytes here,
// so that a panic of it is the feed's fault and not ours.
func try(body []byte) (f *gofeed.Feed, ok bool) {
	defer func() {
		if recover() != nil {
			f, ok = nil, false
		}
	}()
	f, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil || f == nil {
		return nil, false
	}
	return f, true
}

var prolog = regexp.MustCompile(`^(?s)<\?xml[^>]{0,300}\?>`)

// plainProlog puts a prolog that tells the truth before the decoded feed, and
// drops what stands before the first tag or brace.
func plainProlog(body []byte) []byte {
	if at := bytes.IndexAny(body, "<{"); at > 0 {
		body = body[at:]
	}
	if len(body) == 0 || body[0] != '<' {
		return body
	}
	body = prolog.ReplaceAll(body, nil)
	return append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), body...)
}

var ampersand = regexp.MustCompile(`&(?:#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};)?`)

// escaped writes out ampersands that begin no reference, outside CDATA.
func escaped(body []byte) []byte {
	return outsideCDATA(body, func(part []byte) []byte {
		return ampersand.ReplaceAllFunc(part, func(m []byte) []byte {
			if len(m) > 1 {
				return m
			}
			return []byte("&amp;")
		})
	})
}

// outsideCDATA changes everything but CDATA sections.
func outsideCDATA(body []byte, change func([]byte) []byte) []byte {
	var out []byte
	for {
		from := bytes.Index(body, []byte("<![CDATA["))
		if from < 0 {
			return append(out, change(body)...)
		}
		out = append(out, change(body[:from])...)
		to := bytes.Index(body[from:], []byte("]]>"))
		if to < 0 {
			return append(out, body[from:]...)
		}
		out = append(out, body[from:from+to+3]...)
		body = body[from+to+3:]
	}
}

// visible drops the characters that XML does not allow.
func visible(body []byte) []byte {
	return bytes.Map(func(r rune) rune {
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r', r == 0xfffe, r == 0xffff, r >= 0xd800 && r <= 0xdfff:
			return -1
		}
		return r
	}, body)
}

var tagName = regexp.MustCompile(`<(rss|rdf:RDF|feed|channel)[\s>]`)

// closed cuts a feed behind its last whole entry and closes what is open
// there; nil when it has no whole entry.
func closed(body []byte) []byte {
	cut := -1
	for _, end := range []string{"</item>", "</entry>"} {
		if at := bytes.LastIndex(body, []byte(end)); at >= 0 {
			cut = max(cut, at+len(end))
		}
	}
	if cut < 0 {
		return nil
	}
	out := bytes.Clone(body[:cut])
	var open [][]byte
	for _, m := range tagName.FindAllSubmatch(out, 10) {
		if !bytes.Contains(out, append(append([]byte("</"), m[1]...), '>')) {
			open = append(open, m[1])
		}
	}
	for i := len(open) - 1; i >= 0; i-- {
		out = append(append(append(out, "</"...), open[i]...), '>')
	}
	return out
}
