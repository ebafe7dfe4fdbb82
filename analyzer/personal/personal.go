// Package personal finds where phone, ID-card and bank-card numbers, number
// plates and addresses stand in a text, so that screens, exports and alerts
// can mask them. It works on folded text, checks numbers by their check digits
// (GB 11643 for ID cards, Luhn for bank cards), and keeps nothing it finds.
package personal

import (
	"cmp"
	"slices"

	"huiying"
	"huiying/analyzer/fold"
)

// Kinds of personal data.
const (
	Phone    = "phone"
	IDCard   = "id_card"
	BankCard = "bank_card"
	Plate    = "plate"
	Address  = "address"
)

// Find gives the places in a field, in order and without overlap, in offsets
// of the string as received.
func Find(field string, t *fold.Text) []huiying.PersonalData {
	if !t.Digits {
		return nil // every kind has one
	}
	var found []huiying.PersonalData
	add := func(kind string, s fold.Span) {
		r := t.At(s)
		found = append(found, huiying.PersonalData{Kind: kind, Field: field, Start: int(r.Start), End: int(r.End)})
	}
	numbers(t.Runes, add)
	plates(t.Runes, add)
	addresses(t.Runes, add)
	return apart(found)
}

// apart orders the places and drops those that overlap an earlier one.
func apart(found []huiying.PersonalData) []huiying.PersonalData {
	slices.SortFunc(found, func(a, b huiying.PersonalData) int {
		return cmp.Or(a.Start-b.Start, b.End-a.End)
	})
	end := 0
	return slices.DeleteFunc(found, func(p huiying.PersonalData) bool {
		if p.Start < end {
			return true
		}
		end = p.End
		return false
	})
}

func digit(r rune) bool { return r >= '0' && r <= '9' }

func letter(r rune) bool { return r >= 'a' && r <= 'z' }

// run is a number as people write it: digits, with single spaces or hyphens
// between groups.
type run struct {
	fold.Span
	read   [maxDigits]byte // the digits; an ID card's final x as 'x'
	n      int             // how many there are, also beyond what read holds
	groups int
}

// maxDigits is more than any number that means something has.
const maxDigits = 20

// minDigits is the fewest that mean something: a number of a landline.
const minDigits = 10

func (r *run) digits() []byte { return r.read[:min(r.n, maxDigits)] }

func (r *run) add(c rune) {
	if r.n < maxDigits {
		r.read[r.n] = byte(c)
	}
	r.n++
}

// numbers finds the kinds that are made of digits.
func numbers(runes []rune, add func(string, fold.Span)) {
	for i := 0; i < len(runes); i++ {
		if !digit(runes[i]) && runes[i] != '+' {
			continue
		}
		if i > 0 && (letter(runes[i-1]) || runes[i-1] == '.') {
			for i+1 < len(runes) && digit(runes[i+1]) {
				i++
			}
			continue
		}
		r := readRun(runes, i)
		if r.n >= minDigits {
			r.classify(runes, add)
		}
		if r.n > 0 {
			i = int(r.End) - 1
		}
	}
}

// readRun reads a number that begins at i.
func readRun(runes []rune, i int) run {
	r := run{Span: fold.Span{Start: int32(i), End: int32(i)}, groups: 1}
	if runes[i] == '+' {
		i++
	}
	for i < len(runes) {
		c := runes[i]
		switch {
		case digit(c):
			r.add(c)
		case c == 'x' && r.n == 17:
			r.add(c)
		case (c == ' ' || c == '-') && r.n > 0 && i+1 < len(runes) && digit(runes[i+1]) && digit(runes[i-1]) && r.n < 19:
			r.groups++
		default:
			return r
		}
		i++
		r.End = int32(i)
	}
	return r
}

// classify decides what a number is; groups written apart that make nothing
// together are looked at one by one.
func (r *run) classify(runes []rune, add func(string, fold.Span)) {
	if kind := kindOf(r.digits()); kind != "" {
		add(kind, r.Span)
		return
	}
	if r.landline(runes) {
		add(Phone, r.Span)
		return
	}
	if r.groups == 1 {
		return
	}
	from := r.Start
	for i := r.Start; i <= r.End; i++ {
		if i < r.End && runes[i] != ' ' && runes[i] != '-' {
			continue
		}
		digits := make([]byte, 0, i-from)
		for _, c := range runes[from:i] {
			digits = append(digits, byte(c))
		}
		if kind := kindOf(digits); kind != "" {
			add(kind, fold.Span{Start: from, End: i})
		}
		from = i + 1
	}
}

func kindOf(digits []byte) string {
	if len(digits) == 13 && digits[0] == '8' && digits[1] == '6' {
		digits = digits[2:]
	}
	switch {
	case len(digits) == 11 && digits[0] == '1' && digits[1] >= '3':
		return Phone
	case len(digits) == 18 && idCard(digits):
		return IDCard
	case len(digits) >= 16 && len(digits) <= 19 && bankCard(digits):
		return BankCard
	}
	return ""
}

// landline is an area code (0 and two or three digits), a separator, and seven
// or eight digits, or the same without a separator where the length decides.
func (r *run) landline(runes []rune) bool {
	n, digits := r.n, r.digits()
	if n < minDigits || n > 12 || digits[0] != '0' || digits[1] == '0' || r.groups > 2 {
		return false
	}
	if r.groups == 1 {
		return n == 11 || n == 12
	}
	for i, c := range runes[r.Start:r.End] {
		if c == '-' || c == ' ' {
			return i == 3 || i == 4
		}
	}
	return false
}

// idCard checks the date and the check character of GB 11643.
func idCard(digits []byte) bool {
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		if digits[i] == 'x' {
			return false
		}
		sum += int(digits[i]-'0') * w
	}
	month := int(digits[10]-'0')*10 + int(digits[11]-'0')
	day := int(digits[12]-'0')*10 + int(digits[13]-'0')
	century := string(digits[6:8])
	return digits[17] == "10x98765432"[sum%11] && month >= 1 && month <= 12 && day >= 1 && day <= 31 &&
		(century == "19" || century == "20") && digits[0] != '0'
}

// bankCard checks the issuer's first digits and the Luhn sum.
func bankCard(digits []byte) bool {
	if !slices.Contains([]string{"62", "60", "40", "41", "42", "43", "45", "47", "51", "52", "53", "54", "55", "35", "37", "95", "96", "98"}, string(digits[:2])) {
		return false
	}
	sum := 0
	for i := range digits {
		c := digits[len(digits)-1-i]
		if !digit(rune(c)) {
			return false
		}
		d := int(c - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
