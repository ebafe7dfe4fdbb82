package personal_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiying/analyzer/fold"
	"huiying/analyzer/personal"
)

// marked writes the text with each place in brackets after its kind.
func marked(text string) string {
	runes := []rune(text)
	var b strings.Builder
	at := 0
	for _, p := range personal.Find("text", fold.New(text)) {
		b.WriteString(string(runes[at:p.Start]) + p.Kind + "<" + string(runes[p.Start:p.End]) + ">")
		at = p.End
	}
	return b.String() + string(runes[at:])
}

// idCard completes seventeen invented digits with their check character.
func idCard(seventeen string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(seventeen[i]-'0') * w
	}
	return seventeen + string("10X98765432"[sum%11])
}

// bankCard completes invented digits with their Luhn digit.
func bankCard(digits string) string {
	for last := '0'; last <= '9'; last++ {
		sum := 0
		full := digits + string(last)
		for i := range full {
			d := int(full[len(full)-1-i] - '0')
			if i%2 == 1 {
				if d *= 2; d > 9 {
					d -= 9
				}
			}
			sum += d
		}
		if sum%10 == 0 {
			return full
		}
	}
	return ""
}

// A number with one wrong digit is no ID card and no bank card.
func TestCheckDigits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		serial := strconv.Itoa(rapid.IntRange(100, 999).Draw(t, "serial"))
		id := idCard("640502" + "1985" + "0715" + serial)
		at := rapid.IntRange(0, 16).Draw(t, "at")
		wrong := []byte(id)
		wrong[at] = '0' + (wrong[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if got := marked(id); got != "id_card<"+id+">" {
			t.Fatalf("%s: got %s", id, got)
		}
		if got := marked(string(wrong)); strings.Contains(got, "id_card") {
			t.Fatalf("%s: got %s", wrong, got)
		}
	})
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"13800001234", "幸福路12号", "宁E12345", "+", "0-0-0-0-0", "路1", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "\xff路1号", "一三八零零零零一二三四", "微信:abc123_x", "a@b.cn", "使224001", "3-2-501", "(0955)7012345", "e12345678", "1️⃣3️⃣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end, n := 0, len([]rune(s))
		for _, p := range personal.Find("text", fold.New(s)) {
			if p.Start < end || p.End <= p.Start || p.End > n {
				t.Fatalf("%q: %+v after %d of %d", s, p, end, n)
			}
			end = p.End
		}
	})
}

// What surrounds a number does not hide it: whatever script it is written in
// and however it is parted, all of it is found.
func TestPhoneInText(t *testing.T) {
	around := rapid.StringOfN(rapid.SampledFrom([]rune("请回电话急找谢啊，。！（）联系人\n")), 0, 8, -1)
	scripts := []string{"0123456789", "０１２３４５６７８９", "零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖", "⓪①②③④⑤⑥⑦⑧⑨"}
	rapid.Check(t, func(t *rapid.T) {
		number := "1" + strconv.Itoa(rapid.IntRange(3_000_000_000, 9_999_999_999).Draw(t, "number"))
		sign := rapid.SampledFrom([]string{"", "-", " ", "—", "·"}).Draw(t, "sign")
		script := []rune(rapid.SampledFrom(scripts).Draw(t, "script"))
		var b strings.Builder
		for i, d := range number {
			if sign != "" && (i == 3 || i == 7) {
				b.WriteString(sign)
			}
			b.WriteRune(script[d-'0'])
		}
		before, after := around.Draw(t, "before"), around.Draw(t, "after")
		if got, want := marked(before+b.String()+after), before+"phone<"+b.String()+">"+after; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// Where places overlap, all that any of them covers stays covered.
func TestOverlap(t *testing.T) {
	for _, text := range []string{"13800001234幸福路12号", "幸福路12号13800001234", "住滨河小区3号楼2单元501室13800001234", "13800001234zhang@example.com13900001234"} {
		rest := []rune(text)
		for _, p := range personal.Find("text", fold.New(text)) {
			for i := p.Start; i < p.End; i++ {
				rest[i] = '*'
			}
		}
		if left := strings.Trim(string(rest), "*住"); left != "" {
			t.Errorf("%q: %q stays open", text, left)
		}
	}
}

func TestPublic(t *testing.T) {
	public := personal.NewPublic([]string{"0955-7012345", "400 123 4567", "+86 955 7065432", "12345", ""})
	for _, c := range []struct {
		text string
		want int
	}{
		{"窗口电话0955-7012345", 0},
		{"窗口电话（0955）7012345", 0},
		{"窗口电话7012345", 0},
		{"打+86 955 7012345", 0},
		{"零九五五七零一二三四五", 0},
		{"客服4001234567", 0},
		{"电话0955-7065432", 0},
		{"电话0955-7012346", 1},
		{"电话7012345，或13800001234", 1},
		{"电话0951-7012345", 1}, // of another city
		{"热线12345", 0},
	} {
		if got := public.Find("text", fold.New(c.text)); len(got) != c.want {
			t.Errorf("%q: found %v, want %d", c.text, got, c.want)
		}
	}
	if got := personal.Find("text", fold.New("电话0955-7012345")); len(got) != 1 {
		t.Errorf("without a list: %v, want one place", got)
	}
}

// Long runs of what begins something are read once, not again for each place.
func TestHuge(t *testing.T) {
	for _, part := range []string{"1 ", "1-", "一", "1一", "a@", "路1号", "3号楼", "微信", "v:", "13800001234 ", "(1)", "."} {
		text := fold.New(strings.Repeat(part, 100_000/len(part)))
		end := 0
		for _, p := range personal.Find("text", text) {
			if p.Start < end || p.End > text.Len() {
				t.Fatalf("%q: %+v after %d", part, p, end)
			}
			end = p.End
		}
	}
}

// A text without digits costs no memory.
func TestFastExit(t *testing.T) {
	text := fold.New(strings.Repeat("群众反映政务大厅排队时间长，", 7))
	if n := testing.AllocsPerRun(10, func() { personal.Find("text", text) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkFind(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"none", strings.Repeat("群众反映政务大厅窗口排队时间过长，工作人员态度不好", 4)},
		{"numerals", strings.Repeat("一次又一次跑了三四趟，两个窗口九点才开，群众都在等", 4)},
		{"digits", strings.Repeat("群众反映政务大厅排队3小时，", 7)},
		{"personal", strings.Repeat("请回电话13800001234，家住幸福路12号3号楼2单元501室，谢谢", 3)},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := fold.New(c.text)
			for b.Loop() {
				personal.Find("text", text)
			}
			b.ReportMetric(float64(len(text.Runes)), "chars")
		})
	}
}
