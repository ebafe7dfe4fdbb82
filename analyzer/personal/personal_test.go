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

func TestFind(t *testing.T) {
	id, card := idCard("11010119900307123"), bankCard("622202000011122233")
	wrong := id[:17] + string('0'+(id[17]-'0'+1)%10)
	for _, c := range []struct{ text, want string }{
		{"没有数字", "没有数字"},
		{"电话13800001234联系", "电话phone<13800001234>联系"},
		{"电话１３８００００１２３４", "电话phone<１３８００００１２３４>"},
		{"138-0000-1234", "phone<138-0000-1234>"},
		{"138 0000 1234转2", "phone<138 0000 1234>转2"},
		{"+8613800001234", "phone<+8613800001234>"},
		{"座机0955-7012345", "座机phone<0955-7012345>"},
		{"座机010-12345678", "座机phone<010-12345678>"},
		{"座机09557012345", "座机phone<09557012345>"},
		{"12800001234", "12800001234"},
		{"订单138000012345", "订单138000012345"},
		{"编号a13800001234", "编号a13800001234"},
		{"热线12345和110", "热线12345和110"},
		{"2026-11-23 08:30", "2026-11-23 08:30"},
		{"身份证" + id, "身份证id_card<" + id + ">"},
		{"身份证" + wrong, "身份证" + wrong},
		{"身份证" + strings.ToLower(idCard("11010119900307002")), "身份证id_card<" + strings.ToLower(idCard("11010119900307002")) + ">"},
		{"卡号" + card, "卡号bank_card<" + card + ">"},
		{"卡号" + card[:4] + " " + card[4:8] + " " + card[8:12] + " " + card[12:16] + " " + card[16:], "卡号bank_card<" + card[:4] + " " + card[4:8] + " " + card[8:12] + " " + card[12:16] + " " + card[16:] + ">"},
		{"卡号" + card[:18] + "x", "卡号" + card[:18] + "x"},
		{"13800001234 13900001234", "phone<13800001234> phone<13900001234>"},
		{"宁E·A123占道", "宁E·A123占道"},
		{"宁E·A12345占道", "plate<宁E·A12345>占道"},
		{"宁ed12345占道", "plate<宁ed12345>占道"},
		{"宁AF12345", "plate<宁AF12345>"},
		{"家住幸福路12号3号楼2单元501室", "家住address<幸福路12号3号楼2单元501室>"},
		{"滨河小区三号楼2单元501漏水", "address<滨河小区三号楼2单元501>漏水"},
		{"在鼓楼东街8号附近", "在address<鼓楼东街8号>附近"},
		{"沙坡头区3号发布通知", "沙坡头区3号发布通知"},
		{"政务大厅3号窗口", "政务大厅3号窗口"},
		{"幸福路堵车2小时", "幸福路堵车2小时"},
		{"3楼排队", "3楼排队"},
		{"零\u200b宽138\u200b00001234", "零\u200b宽phone<138\u200b00001234>"},
	} {
		if got := marked(c.text); got != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.text, got, c.want)
		}
	}
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
	for _, s := range []string{"13800001234", "幸福路12号", "宁E12345", "+", "0-0-0-0-0", "路1", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "\xff路1号"} {
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

func BenchmarkFind(b *testing.B) {
	text := fold.New(strings.Repeat("群众反映政务大厅排队3小时，", 7))
	for b.Loop() {
		personal.Find("text", text)
	}
}
