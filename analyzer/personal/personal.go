// Package personal finds where personal data stand in a text, so that screens,
// exports and alerts can mask them: telephone, ID-card, bank-card, passport and
// permit numbers, number plates, e-mail addresses, WeChat and QQ accounts, and
// addresses. It works on folded text and checks numbers by their shape, their
// check digits and the words beside them. Numbers of companies, orders and
// documents are not personal, nor are short service numbers (12345, 110). It
// does not look for names, and it keeps nothing it finds.
package personal

import (
	"cmp"
	"slices"

	"huiying"
	"huiying/analyzer/fold"
)

// Kinds of personal data.
const (
	Phone    = "phone"     // mobile, landline, 400
	IDCard   = "id_card"   // 18 or, before 1999, 15 digits; residence permits numbered alike
	BankCard = "bank_card" // 13 to 19 digits
	Plate    = "plate"     // number plate of a vehicle
	Address  = "address"   // where somebody lives, down to the house at least
	Email    = "email"     // e-mail address
	Passport = "passport"  // passport, 港澳通行证, 台湾通行证, 回乡证
	Account  = "account"   // WeChat id or QQ number
)

// Find gives the places in a field, in order and without overlap, in offsets
// of the string as received.
func Find(field string, t *fold.Text) []huiying.PersonalData {
	return (*Public)(nil).Find(field, t)
}

// Find gives what the function Find does but for the public numbers.
func (p *Public) Find(field string, t *fold.Text) []huiying.PersonalData {
	if !t.Digits && !worth(t.Runes) {
		return nil
	}
	s := search{runes: t.Runes, public: p}
	s.all()
	if len(s.found) == 0 {
		return nil
	}
	places := apart(s.found)
	out := make([]huiying.PersonalData, len(places))
	for i, f := range places {
		r := t.At(f.Span)
		out[i] = huiying.PersonalData{Kind: f.kind, Field: field, Start: int(r.Start), End: int(r.End)}
	}
	return out
}

// place is something found, in folded runes.
type place struct {
	fold.Span
	kind string
}

// search is one text being looked through.
type search struct {
	runes  []rune
	public *Public
	found  []place
	number number
	home   int // of found, the last address + 1; 0 = none yet
}

func (s *search) add(kind string, start, end int) {
	s.found = append(s.found, place{fold.Span{Start: int32(start), End: int32(end)}, kind})
}

// all looks at every rune at which something may begin.
func (s *search) all() {
	table := marks()
	digits, home := 0, 0 // what lies before them is read already
	for i, r := range s.runes {
		if !table.has(r) {
			continue
		}
		switch {
		case houseNumeral(r) || value(r) >= 0:
			if i >= digits && value(r) >= 0 {
				digits = s.numbers(i)
			}
			if i >= home {
				home = s.address(i)
			}
		case r == '@':
			s.email(i)
		case accountMark(r):
			s.account(i)
		default:
			s.plate(i)
		}
	}
}

// worth is the fast exit of a text without digits: it reports whether anything
// in it may be personal all the same.
func worth(runes []rune) bool {
	table := marks()
	numerals := 0
	for i, r := range runes {
		if !table.has(r) {
			if !separator(r) {
				numerals = 0
			}
			continue
		}
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		if value(r) >= 0 {
			if numerals++; numerals >= minDigits {
				return true
			}
		}
		if r == '@' || accountMark(r) && accountNext(next) || houseNumeral(r) && houseUnit(next) {
			return true
		}
	}
	return false
}

// apart orders the places and takes from those that overlap an earlier one
// what it covers already, so that nothing found stays open.
func apart(found []place) []place {
	slices.SortStableFunc(found, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	end := int32(0)
	out := found[:0]
	for _, f := range found {
		if f.End <= end {
			continue
		}
		f.Start = max(f.Start, end)
		end = f.End
		out = append(out, f)
	}
	return out
}
