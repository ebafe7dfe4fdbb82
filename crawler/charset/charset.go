// Package charset reads the bytes of Chinese pages as text whatever they
// declare. It refuses nothing: what fits no charset becomes U+FFFD.
package charset

import (
	"bytes"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Decode gives a body as valid UTF-8 without NUL, and the name of the charset
// it was read by. What the bytes are goes before what the page declares,
// because Chinese pages declare wrongly in both directions: a byte order mark,
// then valid UTF-8, then GB18030 (which holds GB2312 and GBK), and only where
// that gives rubbish the charset declared by contentType, a meta tag or an XML
// prolog. Bytes that fit nothing become U+FFFD; NUL is dropped. It never
// fails. The result may share memory with body.
func Decode(body []byte, contentType string) (utf8Body []byte, name string) {
	out, name := decode(body, contentType)
	if bytes.IndexByte(out, 0) >= 0 {
		out = bytes.ReplaceAll(out, []byte{0}, nil)
	}
	return out, name
}

func decode(body []byte, contentType string) ([]byte, string) {
	if out, name, ok := byMark(body); ok {
		return out, name
	}
	if utf8.Valid(body) {
		return body, "utf-8"
	}
	if damagedUTF8(body) {
		return bytes.ToValidUTF8(body, []byte("\uFFFD")), "utf-8"
	}
	guess := convert(body, simplifiedchinese.GB18030)
	if !rubbish(guess) {
		return guess, "gb18030"
	}
	if enc, name := declared(body, contentType); enc != nil && name != "utf-8" {
		if out := convert(body, enc); replaced(out) < replaced(guess) {
			return out, name
		}
	}
	return guess, "gb18030"
}

// byMark decodes by the byte order mark, if there is one.
func byMark(body []byte) (out []byte, name string, ok bool) {
	switch {
	case bytes.HasPrefix(body, []byte("\xef\xbb\xbf")):
		return bytes.ToValidUTF8(body[3:], []byte("\uFFFD")), "utf-8", true
	case bytes.HasPrefix(body, []byte("\xff\xfe")):
		return convert(body[2:], unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)), "utf-16le", true
	case bytes.HasPrefix(body, []byte("\xfe\xff")):
		return convert(body[2:], unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)), "utf-16be", true
	}
	return nil, "", false
}

// convert decodes and makes sure of valid UTF-8 whatever the decoder does.
func convert(body []byte, enc encoding.Encoding) []byte {
	out, err := enc.NewDecoder().Bytes(body)
	if err != nil {
		out = body
	}
	if utf8.Valid(out) {
		return out
	}
	return bytes.ToValidUTF8(out, []byte("\uFFFD"))
}

// damagedUTF8 tells UTF-8 with a few broken characters, such as one cut in the
// middle, from another charset: GBK bytes hardly ever form UTF-8 sequences.
func damagedUTF8(body []byte) bool {
	whole, broken := 0, 0
	for len(body) > 0 {
		r, n := utf8.DecodeRune(body)
		switch {
		case r == utf8.RuneError && n == 1:
			broken++
			if 8*broken > whole+len(body)/3 {
				return false // what is left cannot make up for it
			}
		case n > 2:
			whole++
		}
		body = body[n:]
	}
	return whole >= 8*broken
}

// rubbish reports more than one character in fifty that fitted nothing.
func rubbish(s []byte) bool {
	wide := 0
	for _, b := range s {
		if b >= 0xe0 {
			wide++
		}
	}
	return replaced(s)*50 > wide
}

func replaced(s []byte) int { return bytes.Count(s, []byte("\uFFFD")) }

var declaration = regexp.MustCompile(`(?i)(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})`)

// declared is the charset that the header or the head of the page names.
func declared(body []byte, contentType string) (encoding.Encoding, string) {
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] != "" {
		if enc, name := charset.Lookup(params["charset"]); enc != nil {
			return enc, name
		}
	}
	if m := declaration.FindSubmatch(body[:min(len(body), 2048)]); m != nil {
		return charset.Lookup(strings.ToLower(string(m[1])))
	}
	return nil, ""
}
