package fold_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"huiying/analyzer/fold"
)

func TestString(t *testing.T) {
	for in, want := range map[string]string{
		"":                "",
		"ＡＢＣ１２３":          "abc123",
		"Ｗｉ－Ｆｉ 密码":        "wi-fi 密码",
		"投訴電話":            "投诉电话",
		"沙坡頭區政務大廳排隊":      "沙坡头区政务大厅排队",
		"頭髮發展後面":          "头发发展后面",
		"著名的乾隆":           "著名的乾隆", // simplified text uses these as they are
		"（好）！？：；，":        "(好)!?:;,",
		"全角　空格":           "全角 空格",
		"行\n行\r\n行":       "行 行 行",
		"a\x00b\tc":       "a b c",
		"零\u200b宽\ufeff":  "零宽",
		"坏\xff字节":         "坏\ufffd字节",
		"👨\u200d👩\u200d👧": "👨👩👧",
		"İstanbul":        "istanbul",
		"｡｢｣､":            "。「」、",
		"K":               "k", // the Kelvin sign
	} {
		if got := fold.String(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Offsets lead back to the string as received, whatever was dropped before.
func TestOffsets(t *testing.T) {
	for _, c := range []struct{ received, find, want string }{
		{"在政務大廳排隊", "大厅", "大廳"},
		{"零\u200b宽\u200b字\u200b符", "宽字", "宽\u200b字"},
		{"\ufeffＡＢＣ", "bc", "ＢＣ"},
		{"坏\xff\xfe字节后面", "后面", "后面"},
		{"一\r\n二\r\n三", "二 三", "二\r\n三"},
		{"😡😡生气", "生气", "生气"},
		{"👨\u200d👩家", "👩家", "👩家"},
	} {
		text := fold.New(c.received)
		at := strings.Index(string(text.Runes), c.find)
		if at < 0 {
			t.Errorf("%q: %q is not in %q", c.received, c.find, string(text.Runes))
			continue
		}
		start := int32(utf8.RuneCountInString(string(text.Runes)[:at]))
		span := text.At(fold.Span{Start: start, End: start + int32(utf8.RuneCountInString(c.find))})
		if got := text.Slice(span); got != c.want {
			t.Errorf("%q: %q leads to %q, want %q", c.received, c.find, got, c.want)
		}
		if got := string([]rune(c.received)[span.Start:span.End]); got != strings.ToValidUTF8(c.want, "\ufffd") {
			t.Errorf("%q: offsets %v are %q, want %q", c.received, span, got, c.want)
		}
	}
}

// Slice finds every range of a long string, whatever widths its characters have
// and in whichever order it is asked.
func TestSlice(t *testing.T) {
	received := strings.Repeat("窗口a\u00e9\xff😡，\u200b", 9) + "完"
	text := fold.New(received)
	var starts []int // of each character
	for i := range received {
		starts = append(starts, i)
	}
	starts = append(starts, len(received))
	for from := len(starts) - 1; from >= 0; from-- {
		for to := from; to < len(starts); to++ {
			if got, want := text.Slice(fold.Span{Start: int32(from), End: int32(to)}), received[starts[from]:starts[to]]; got != want {
				t.Fatalf("%d to %d is %q, want %q", from, to, got, want)
			}
		}
	}
}

func TestEmoticons(t *testing.T) {
	text := fold.New("好[doge]的［笑cry］[公告]内容[")
	if len(text.Emoticons) != 2 {
		t.Fatalf("found %v, want [doge] and [笑cry]", text.Emoticons)
	}
	for i, want := range []string{"[doge]", "[笑cry]"} {
		if got := text.Term(text.Emoticons[i]); got != want {
			t.Errorf("emoticon %d is %q, want %q", i, got, want)
		}
	}
	if got := string(text.Blanked(nil)); got != "好||||||的||||||[公告]内容[" {
		t.Errorf("for the segmenter: %q", got)
	}
}

func TestReuse(t *testing.T) {
	text := fold.New("长长的一段\n文字[doge]")
	text.Reset("短2")
	if text.Term(fold.Span{Start: 0, End: 2}) != "短2" || len(text.Newlines)+len(text.Emoticons) != 0 || text.Len() != 2 || !text.Digits {
		t.Errorf("left over from before: %+v", text)
	}
	if text.Reset("无"); text.Digits {
		t.Error("Digits is left over")
	}
}

func TestNewlines(t *testing.T) {
	text := fold.New("甲\n乙\u200b\n丙")
	if len(text.Newlines) != 2 || text.Newlines[0] != 1 || text.Newlines[1] != 3 {
		t.Errorf("line ends at %v, want 1 and 3 of the folded runes", text.Newlines)
	}
}

// A post of 5 MB folds in one go.
func TestHuge(t *testing.T) {
	text := fold.New(strings.Repeat("排隊ＡＢ\n", 500_000))
	if len(text.Runes) != 2_500_000 || text.Term(fold.Span{Start: 2_499_995, End: 2_500_000}) != "排队ab " {
		t.Errorf("%d runes, the last %q", len(text.Runes), text.Term(fold.Span{Start: 2_499_995, End: 2_500_000}))
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"", "在政務大廳[doge]", "a\xff\x00b", "\r\n\n", "［ＤＯＧＥ］", "👨\u200d👩", "[[[]]][怒]", strings.Repeat("零\u200b", 10)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := fold.New(s)
		cut := string(text.Blanked(nil))
		if !utf8.ValidString(cut) || strings.ContainsRune(cut, 0) {
			t.Fatalf("not fit for the segmenter: %q", cut)
		}
		if n := utf8.RuneCountInString(cut); n != len(text.Runes) {
			t.Fatalf("%d runes for the segmenter, %d folded", n, len(text.Runes))
		}
		if text.Len() != len([]rune(s)) {
			t.Fatalf("%d runes received, counted %d", len([]rune(s)), text.Len())
		}
		last := int32(0)
		for i := range text.Runes {
			at := text.At(fold.Span{Start: int32(i), End: int32(i) + 1})
			if at.Start < last || at.End <= at.Start || int(at.End) > text.Len() {
				t.Fatalf("rune %d leads to %v of %d", i, at, text.Len())
			}
			last = at.End
		}
		if again := fold.String(fold.String(s)); again != fold.String(s) {
			t.Fatalf("folding twice gives %q", again)
		}
	})
}

func BenchmarkReset(b *testing.B) {
	var text fold.Text
	s := strings.Repeat("群众反映政务大厅窗口排队时间过长，", 6)
	for b.Loop() {
		text.Reset(s)
	}
}
