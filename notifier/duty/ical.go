package duty

import (
	"strings"
	"time"
	"unicode/utf8"

	"huiying"
)

// ICal is the shifts of one person as a calendar file (RFC 5545) that phones
// subscribe to. title is what each entry is called; now is when it was made.
func ICal(shifts []huiying.DutyShift, person, title string, now time.Time) string {
	const form = "20060102T150405Z"
	var b strings.Builder
	line := func(s string) { fold(&b, s) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//huiying//duty//ZH")
	for _, s := range shifts {
		if s.Person != person {
			continue
		}
		line("BEGIN:VEVENT")
		line("UID:" + huiying.DeriveID("s-", s.Roster, s.Layer, s.Name, s.Person, s.From.UTC().Format(form)) + "@huiying")
		line("DTSTAMP:" + now.UTC().Format(form))
		line("DTSTART:" + s.From.UTC().Format(form))
		line("DTEND:" + s.Until.UTC().Format(form))
		line("SUMMARY:" + escape(strings.TrimSpace(title+" "+s.Name)))
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return b.String()
}

func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`, "\r", "").Replace(s)
}

// fold writes a line in pieces of 75 bytes at most, never within a character.
func fold(b *strings.Builder, s string) {
	const most = 74
	for n := most; len(s) > n; n = most {
		for !utf8.RuneStart(s[n]) {
			n--
		}
		b.WriteString(s[:n] + "\r\n ")
		s = s[n:]
	}
	b.WriteString(s + "\r\n")
}
