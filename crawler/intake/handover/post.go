package handover

import (
	"cmp"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"huiying"
	"huiying/crawler/text"
)

// Desk is where hand-overs of one source become posts.
type Desk struct {
	Source   string
	Platform string // mailbox, hotline or consult
	Now      time.Time
	Zone     *time.Location
}

// Longest number and heading, in characters.
const (
	maxNumber = 100
	maxTitle  = 500
)

// Platforms are those that hand over.
func Platforms() []string {
	return []string{huiying.PlatformMailbox, huiying.PlatformHotline, huiying.PlatformConsult}
}

// Post makes the post of a hand-over. Its id is <platform>:<number>, so that
// one number is one case however often and however it is handed over. The
// phone number is not carried. The error joins a sentence for each mistake.
func (d Desk) Post(h huiying.Handover) (huiying.Post, error) {
	r := reading{desk: d}
	p := huiying.Post{
		Source: d.Source, Platform: d.Platform, Kind: huiying.KindTicket, CollectedAt: d.Now,
		Number: r.number(h.Number), Title: text.Plain(h.Title), Text: r.text(h.Text), URL: r.url(h.URL),
		Author: author(h.Name), Region: strings.TrimSpace(h.Region), Answers: []huiying.Answer{},
	}
	p.ID = d.Platform + ":" + p.Number
	if utf8.RuneCountInString(p.Title) > maxTitle {
		r.say("intake.row_title", maxTitle)
	}
	p.PublishedAt, p.PublishedPrecision = r.time(h.Time)
	p.DueAt = r.due(h.Due, p.PublishedAt)
	p.Answers = r.answers(h)
	p.Status = status(h.Status, p.Answers)
	return p, errors.Join(r.faults...)
}

// reading collects what is wrong with one hand-over.
type reading struct {
	desk   Desk
	faults []error
}

func (r *reading) say(key string, args ...any) {
	r.faults = append(r.faults, huiying.Errorf(huiying.Invalid, key, args...))
}

func (r *reading) number(s string) string {
	n := number(s)
	switch {
	case n == "":
		r.say("intake.row_no_number")
	case utf8.RuneCountInString(n) > maxNumber || !utf8.ValidString(n) || strings.ContainsFunc(n, unfit):
		r.say("intake.row_bad_number", clipped(n), maxNumber)
	}
	return n
}

// number is an office's own number in one form: half-width, without spaces.
func number(s string) string {
	return strings.Map(func(r rune) rune {
		if r = narrow(r); unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
}

// unfit reports what no office's number holds, and no address may.
func unfit(r rune) bool {
	return !unicode.IsPrint(r) || r == utf8.RuneError || strings.ContainsRune(`"'<>\?#%,;，。；`, r)
}

func (r *reading) text(s string) string {
	s = text.Plain(s)
	if blank(s) {
		r.say("intake.row_no_text")
	}
	return s
}

// blank reports a cell that only says that it says nothing.
func blank(s string) bool {
	return strings.Trim(s, " \t\r\n-—/\\_.。无") == ""
}

func (r *reading) url(s string) string {
	if blank(s) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		r.say("intake.row_bad_url", clipped(s))
		return ""
	}
	return s
}

// ahead is how far in the future a hand-over may have been received.
const ahead = 24 * time.Hour

func (r *reading) time(s string) (time.Time, string) {
	if blank(s) {
		r.say("intake.row_no_time")
		return time.Time{}, ""
	}
	t, precision, ok := when(s, r.desk.Zone)
	switch {
	case !ok:
		r.say("intake.row_bad_time", clipped(s))
	case t.After(r.desk.Now.Add(ahead)):
		r.say("intake.row_future", clipped(s))
	}
	return t, precision
}

func (r *reading) due(s string, since time.Time) time.Time {
	if blank(s) {
		return time.Time{}
	}
	t, precision, ok := when(s, r.desk.Zone)
	if ok && precision == huiying.PrecisionDay {
		t = t.AddDate(0, 0, 1).Add(-time.Second)
	}
	switch {
	case !ok:
		r.say("intake.row_bad_due", clipped(s))
	case !since.IsZero() && t.Before(since):
		r.say("intake.row_due_before", clipped(s))
	}
	return t
}

func (r *reading) answers(h huiying.Handover) []huiying.Answer {
	out := []huiying.Answer{}
	for _, a := range h.Answers {
		words := text.Plain(a.Text)
		if blank(words) {
			continue
		}
		answer := huiying.Answer{Org: cmp.Or(strings.TrimSpace(a.Org), strings.TrimSpace(h.Unit)), Text: words}
		if !blank(a.Time) {
			at, _, ok := when(a.Time, r.desk.Zone)
			if !ok {
				r.say("intake.row_bad_answer_time", clipped(a.Time))
			}
			answer.At = at
		}
		out = append(out, answer)
	}
	return out
}

// status reads how far the office says the case is; what it does not know is
// no status.
func status(s string, answers []huiying.Answer) string {
	for _, row := range []struct {
		means string
		words []string
	}{
		{huiying.StatusReceived, []string{"未受理", "未办理", "未处理", "待受理", "待办理", "待处理", "待签收"}},
		{huiying.StatusHandling, []string{"办理中", "处理中", "待办结", "待答复", "待回复", "未办结", "未答复", "未回复", huiying.StatusHandling}},
		{huiying.StatusAnswered, []string{"办结", "答复", "回复", "已办", "已处理", "完成", "结案", "归档", "已反馈", huiying.StatusAnswered}},
		{huiying.StatusHandling, []string{"办理", "处理", "转办", "交办", "派单", "已派", "督办", "承办"}},
		{huiying.StatusReceived, []string{"受理", "待", "未", "登记", "新", "收件", "审", huiying.StatusReceived}},
	} {
		for _, w := range row.words {
			if strings.Contains(s, w) {
				return row.means
			}
		}
	}
	if len(answers) > 0 {
		return huiying.StatusAnswered
	}
	return ""
}

// author is who asks. A name that is none (张女士, 李某, 匿名) names nobody: one
// pseudonym for all of them would look like one person.
func author(name string) huiying.Author {
	name = strings.TrimSpace(name)
	if blank(name) {
		return huiying.Author{}
	}
	nobody := strings.ContainsAny(name, "*＊某") || strings.HasPrefix(name, "匿名")
	for _, polite := range []string{"先生", "女士", "小姐", "同志", "市民", "群众"} {
		nobody = nobody || strings.HasSuffix(name, polite) && utf8.RuneCountInString(name) <= 4
	}
	if nobody {
		return huiying.Author{Name: "匿名"}
	}
	return huiying.Author{Name: name}
}

// clipped is a wrong cell as a sentence quotes it.
func clipped(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return string(r)
}
