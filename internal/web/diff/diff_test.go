package diff_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"huiying/internal/web/diff"
)

// shown writes parts as [-gone-]{+come+}.
func shown(parts []diff.Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch p.Op {
		case diff.Delete:
			b.WriteString("[-" + p.Text + "-]")
		case diff.Insert:
			b.WriteString("{+" + p.Text + "+}")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestTexts(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", ""},
		{"一样", "一样", "一样"},
		{"", "新写的", "{+新写的+}"},
		{"删掉的", "", "[-删掉的-]"},
		{"今天加开三个窗口。", "今天加开四个窗口。", "今天加开[-三-]{+四+}个窗口。"},
		{"今天加开窗口。", "今天上午加开窗口。", "今天{+上午+}加开窗口。"},
		{"平均等候三十分钟，深表歉意。", "平均等候十五分钟，深表歉意。", "平均等候[-三十-]{+十五+}分钟，深表歉意。"},
		{"甲乙丙丁", "丁丙乙甲", "[-甲乙丙丁-]{+丁丙乙甲+}"},
		{"前文。中间一句话。后文。", "前文。后文。", "前文。[-中间一句话。-]后文。"},
	} {
		if got := shown(diff.Texts(c.before, c.after)); got != c.want {
			t.Errorf("%s → %s: %s, want %s", c.before, c.after, got, c.want)
		}
	}
}

// The parts make up both versions, and no two neighbours are alike.
func check(t interface {
	Helper()
	Errorf(string, ...any)
}, before, after string) {
	t.Helper()
	var a, b strings.Builder
	last := diff.Op("")
	for _, p := range diff.Texts(before, after) {
		if p.Op == last || p.Text == "" {
			t.Errorf("%q beside another of its kind", p.Text)
		}
		last = p.Op
		if p.Op != diff.Insert {
			a.WriteString(p.Text)
		}
		if p.Op != diff.Delete {
			b.WriteString(p.Text)
		}
	}
	if a.String() != before || b.String() != after {
		t.Errorf("%q → %q becomes %q → %q", before, after, a.String(), b.String())
	}
}

func TestPartsMakeUpBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("甲乙丙丁，。")), 0, 60, -1)
		check(t, text.Draw(t, "before"), text.Draw(t, "after"))
	})
}

// A reply that was written anew costs little: the search is given up.
func TestLongTexts(t *testing.T) {
	before, after := strings.Repeat("甲乙丙", 3000), strings.Repeat("丁戊己", 3000)
	begun := time.Now()
	check(t, before, after)
	check(t, before, before[:12000]+"改"+before[12000:])
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if got := diff.Texts(before, after); len(got) != 2 {
		t.Errorf("%d parts", len(got))
	}
}

func FuzzTexts(f *testing.F) {
	f.Add("今天加开三个窗口。", "今天加开四个窗口。")
	f.Fuzz(func(t *testing.T, before, after string) {
		if utf8.ValidString(before) && utf8.ValidString(after) && len(before)+len(after) < 4000 {
			check(t, before, after)
		}
	})
}
