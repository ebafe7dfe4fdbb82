package sms

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"huiying/notifier/channel"
)

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

// fill puts the values into a template, each escaped for where it stands.
func fill(template string, values map[string]string, escape func(string) string) string {
	return placeholder.ReplaceAllStringFunc(template, func(s string) string { return escape(values[s[1:len(s)-1]]) })
}

// plain is a template with something harmless in each place, to be checked.
func plain(template string) string { return placeholder.ReplaceAllString(template, "x") }

func escapeNot(s string) string   { return s }
func escapeQuery(s string) string { return url.QueryEscape(s) }

// escapeHeader keeps a value on its line.
func escapeHeader(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(s)
}

// escapeJSON is the inside of a JSON string.
func escapeJSON(s string) string {
	raw, err := json.Marshal(s)
	if err != nil || len(raw) < 2 {
		return "" // a string can always be written
	}
	return string(raw[1 : len(raw)-1])
}

// hashes are the ways of {sign}, as providers ask for them; they authenticate
// us to the provider, and protect nothing of ours.
func hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"": nil, "md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "hmac-sha1": sha1.New, "hmac-sha256": sha256.New,
	}
}

func sign(c Config, over string) string {
	make := hashes()[c.Sign]
	if make == nil {
		return ""
	}
	h := make()
	if strings.HasPrefix(c.Sign, "hmac-") {
		h = hmac.New(make, []byte(c.Secret))
	}
	h.Write([]byte(over))
	return hex.EncodeToString(h.Sum(nil))
}

// Lengths of a short message in UTF-16 units: one alone, and each part of a
// longer one.
const (
	oneSegment = 70
	perSegment = 67
)

// room is how many units so many segments hold.
func room(segments int) int {
	if segments == 1 {
		return oneSegment
	}
	return segments * perSegment
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

// Cut is the message as a short one: title and lines, cut so that all with the
// provider's signature stays within the segments. The link stays whole, or out.
func Cut(m channel.Message, signature string, segments int) string {
	left := room(segments)
	if signature != "" {
		left -= units("【" + signature + "】")
	}
	link := ""
	if m.Link != "" && units(m.Link)+1 < left {
		link = " " + m.Link
	}
	text := strings.Join(append([]string{m.Title}, m.Lines...), "，")
	// Carriers take what stands in 【】 for the sender's signature.
	text = strings.NewReplacer("【", "[", "】", "]").Replace(text)
	return shorten(text, left-units(link)) + link
}

func shorten(text string, left int) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if units(text) <= left {
		return text
	}
	var out strings.Builder
	for used := 1; text != ""; { // the mark of a cut
		r, size := utf8.DecodeRuneInString(text)
		if used += max(utf16.RuneLen(r), 1); used > left {
			break
		}
		out.WriteString(text[:size])
		text = text[size:]
	}
	return out.String() + "…"
}
