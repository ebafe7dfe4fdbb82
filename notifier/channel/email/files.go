package email

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"huiying/notifier/channel"
)

// Carries reports that files go along with letters.
func (m *Mail) Carries() bool { return m.config.Files > 0 }

// size is how many bytes files have together, before base64.
func size(files []channel.File) (n int64) {
	for _, f := range files {
		n += int64(len(f.Body))
	}
	return n
}

// without is the message less its files; the reader is told so before anything
// else, for that is what they open it for.
func without(msg channel.Message) channel.Message {
	msg.Files = nil
	if msg.Instead != "" {
		msg.Lines = slices.Insert(slices.Clone(msg.Lines), 0, msg.Instead)
	}
	return msg
}

// tooBig reports that the server says by SIZE (RFC 1870) that it would refuse
// the letter: it would do so for good, and the link would not arrive either.
func tooBig(conn *smtp.Client, letter *mail.Msg) bool {
	_, said := conn.Extension("SIZE")
	most, err := strconv.ParseInt(strings.TrimSpace(said), 10, 64)
	if err != nil || most <= 0 { // not offered, or without a bound
		return false
	}
	n, err := letter.WriteTo(io.Discard)
	return err == nil && n > most
}

// enclose puts files behind the text, in base64.
func enclose(letter *mail.Msg, files []channel.File) {
	for _, f := range files {
		letter.AttachReadSeeker(f.Name, bytes.NewReader(f.Body), func(part *mail.File) {
			old := encodedWords(f.Name)
			part.Header.Set("Content-Type", f.Type+";\r\n name=\""+old+"\"")
			part.Header.Set("Content-Disposition", "attachment;\r\n filename=\""+old+"\""+extended("filename", f.Name))
		})
	}
}

// encodedWords is a name as mail programs read it that know nothing of RFC
// 2231, among them those many offices here still use: encoded words inside the
// quotes, which RFC 2047 does not allow and all of them write themselves.
func encodedWords(name string) string {
	name = strings.NewReplacer(`"`, "_", `\`, "_", "\r", "_", "\n", "_").Replace(name)
	if len(name) <= widest && mime.BEncoding.Encode("UTF-8", name) == name {
		return name // a line of letters that need no words
	}
	var words []string
	rest := []byte(name)
	for len(rest) > 0 {
		n := min(inOneWord, len(rest))
		for n < len(rest) && !utf8.RuneStart(rest[n]) {
			n-- // a word holds whole characters
		}
		words = append(words, "=?UTF-8?b?"+base64.StdEncoding.EncodeToString(rest[:n])+"?=")
		rest = rest[n:]
	}
	return strings.Join(words, "\r\n ")
}

// inOneWord is how many bytes of a name an encoded word holds, so that it stands
// in a line of 76 columns behind the parameter's name.
const inOneWord = 36

// widest is how much of a value stands in one line of a header: less than 76
// columns with the parameter's name.
const widest = 54

// extended is the parameter of RFC 2231 by which every other program goes, in
// numbered pieces where it is long. Its escapes are those of RFC 5987.
func extended(parameter, value string) string {
	var pieces []string
	piece := "UTF-8''"
	for _, r := range value {
		one := strings.ReplaceAll(url.QueryEscape(string(r)), "+", "%20")
		if len(piece)+len(one) > widest {
			pieces = append(pieces, piece)
			piece = ""
		}
		piece += one
	}
	if len(pieces) == 0 {
		return fmt.Sprintf(";\r\n %s*=%s", parameter, piece)
	}
	var out strings.Builder
	for i, p := range append(pieces, piece) {
		fmt.Fprintf(&out, ";\r\n %s*%d*=%s", parameter, i, p)
	}
	return out.String()
}
