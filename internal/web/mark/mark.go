// Package mark prepares a citizen's words for a screen: places that a rule hit
// are marked, places that hold personal data are masked. It works on runes of
// the raw text and leaves escaping to the template, segment by segment, so that
// neither can break the other.
package mark

import (
	"slices"
	"strings"

	"huiying"
)

// Segment is a run of text that is shown one way.
type Segment struct {
	Text string
	Hit  bool   // a rule's match
	Mask string // kind of the personal data masked here, "" for none; Text is masked already
}

// maskRune stands for every masked character, so that offsets stay true.
const maskRune = '＊'

// Segments cuts the given field of a judgement into runs. Joined, they are the
// text, masked unless reveal is set.
func Segments(j huiying.Judgement, field string, reveal bool) []Segment {
	text := []rune(Field(j.Post, field))
	if len(text) == 0 {
		return nil
	}
	hit := make([]bool, len(text))
	for _, t := range j.Tags {
		for _, m := range t.Matches {
			if m.Field == field {
				cover(hit, m.Start, m.End)
			}
		}
	}
	return runs(text, hit, masked(j, field, len(text), reveal))
}

// Found is Segments with the words of a search marked instead of the rules':
// half-open ranges of runes.
func Found(j huiying.Judgement, field string, hits [][2]int) []Segment {
	text := []rune(Field(j.Post, field))
	if len(text) == 0 {
		return nil
	}
	return runs(text, covered(len(text), hits), masked(j, field, len(text), false))
}

// Plainly marks ranges of a text that nothing is masked in.
func Plainly(s string, hits [][2]int) []Segment {
	text := []rune(s)
	if len(text) == 0 {
		return nil
	}
	return runs(text, covered(len(text), hits), make([]string, len(text)))
}

func covered(n int, hits [][2]int) []bool {
	hit := make([]bool, n)
	for _, h := range hits {
		cover(hit, h[0], h[1])
	}
	return hit
}

// masked is the kind of personal data of every rune, "" for none.
func masked(j huiying.Judgement, field string, n int, reveal bool) []string {
	kind := make([]string, n)
	if reveal {
		return kind
	}
	for _, p := range j.PersonalData {
		if p.Field != field {
			continue
		}
		for i := max(p.Start, 0); i < min(p.End, n); i++ {
			kind[i] = p.Kind
		}
	}
	return kind
}

func cover(set []bool, start, end int) {
	for i := max(start, 0); i < min(end, len(set)); i++ {
		set[i] = true
	}
}

func runs(text []rune, hit []bool, kind []string) []Segment {
	var out []Segment
	from := 0
	for i := 1; i <= len(text); i++ {
		if i < len(text) && hit[i] == hit[from] && kind[i] == kind[from] {
			continue
		}
		s := Segment{Text: string(text[from:i]), Hit: hit[from], Mask: kind[from]}
		if s.Mask != "" {
			s.Text = strings.Repeat(string(maskRune), i-from)
		}
		out = append(out, s)
		from = i
	}
	return out
}

// Field is one text of a post by the name matches use.
func Field(p huiying.Post, field string) string {
	if field == "title" {
		return p.Title
	}
	return p.Text
}

// Excerpt is at most n runes of the segments, from shortly before the first
// hit on, with an ellipsis where something was left out.
func Excerpt(segments []Segment, n int) []Segment {
	total, first, seen := 0, -1, 0
	for _, s := range segments {
		size := len([]rune(s.Text))
		if s.Hit && first < 0 {
			first = seen
		}
		seen += size
	}
	total = seen
	if total <= n {
		return segments
	}
	lead := n / 4
	start := max(0, min(first-lead, total-n))
	out := cut(segments, start, start+n)
	if start > 0 {
		out = slices.Insert(out, 0, Segment{Text: "…"})
	}
	if start+n < total {
		out = append(out, Segment{Text: "…"})
	}
	return out
}

// cut keeps the runes [start, end) of the segments.
func cut(segments []Segment, start, end int) []Segment {
	var out []Segment
	at := 0
	for _, s := range segments {
		text := []rune(s.Text)
		from, to := max(start-at, 0), min(end-at, len(text))
		if from < to {
			s.Text = string(text[from:to])
			out = append(out, s)
		}
		at += len(text)
	}
	return out
}

// Plain joins segments.
func Plain(segments []Segment) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Masked returns the judgement with every personal datum masked: in the texts,
// and in the words that reasons repeat from them. Offsets stay true, because a
// masked character stands for each.
func Masked(j huiying.Judgement) huiying.Judgement {
	secrets := secretsOf(j)
	j.Post.Title = Plain(Segments(j, "title", false))
	text := Plain(Segments(j, "text", false))
	j.Post.Text = text
	if len(secrets) == 0 {
		return j
	}
	hide := func(s string) string {
		for _, secret := range secrets {
			s = strings.ReplaceAll(s, secret, strings.Repeat(string(maskRune), len([]rune(secret))))
		}
		return s
	}
	j.Tags = slices.Clone(j.Tags)
	for i, t := range j.Tags {
		t.Matches = slices.Clone(t.Matches)
		for k, m := range t.Matches {
			t.Matches[k].Text = sliceOf(Field(j.Post, m.Field), m.Start, m.End)
		}
		j.Tags[i] = t
	}
	j.Keywords = slices.DeleteFunc(slices.Clone(j.Keywords), func(k huiying.Keyword) bool {
		return slices.ContainsFunc(secrets, func(s string) bool { return strings.Contains(s, k.Word) || strings.Contains(k.Word, s) })
	})
	j.LevelWhy = slices.Clone(j.LevelWhy)
	for i, why := range j.LevelWhy {
		j.LevelWhy[i] = hide(why)
	}
	j.Post.Answers = slices.Clone(j.Post.Answers)
	for i, a := range j.Post.Answers {
		j.Post.Answers[i].Text = hide(a.Text)
	}
	return j
}

// secretsOf lists the personal data as they stand in the texts.
func secretsOf(j huiying.Judgement) []string {
	var out []string
	for _, p := range j.PersonalData {
		if s := sliceOf(Field(j.Post, p.Field), p.Start, p.End); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func sliceOf(s string, start, end int) string {
	text := []rune(s)
	start, end = max(start, 0), min(end, len(text))
	if start >= end {
		return ""
	}
	return string(text[start:end])
}
