package annual

import (
	"errors"
	"math"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
)

// greatest is more than any office will ever count.
const greatest = 1e12

// CheckFact refuses a number that no form has, or that cannot be one.
func CheckFact(f query.DisclosureFact) error {
	k, known := Find(f.Fact)
	switch {
	case !known:
		return huiying.Errorf(huiying.Invalid, "annual.no_fact", f.Fact)
	case !k.Has(f.Cell) && f.Cell == "":
		return huiying.Errorf(huiying.Invalid, "annual.which_cell", k.ZH, f.Fact, k.Cells)
	case !k.Has(f.Cell):
		return huiying.Errorf(huiying.Invalid, "annual.no_cell", k.ZH, f.Cell)
	case f.Value < 0 || f.Value > greatest || math.IsNaN(f.Value):
		return huiying.Errorf(huiying.Invalid, "annual.out_of_range", Name(f.Key()))
	case !k.Decimal && f.Value != math.Trunc(f.Value):
		return huiying.Errorf(huiying.Invalid, "annual.whole", Name(f.Key()))
	case k.Decimal && math.Abs(f.Value*1e4-math.Round(f.Value*1e4)) > 1e-6*max(1, f.Value):
		return huiying.Errorf(huiying.Invalid, "annual.four_decimals", Name(f.Key()))
	case f.AtLeast && slices.ContainsFunc(k.Places, func(p Place) bool { return p.Table != "" }):
		return huiying.Errorf(huiying.Invalid, "annual.exact", Name(f.Key()))
	}
	return nil
}

// Balance is the table of applications in one column.
type Balance struct {
	New, Carried, Next float64
	Sum                float64 // of the results
	Whole              bool    // every row is filled in
}

// Left is received and carried over, Right the results and what is carried on.
func (b Balance) Left() float64  { return b.New + b.Carried }
func (b Balance) Right() float64 { return b.Sum + b.Next }

// Balances are the columns of the table of applications, in the order of
// Applicants.
func Balances(d query.Disclosure) []Balance {
	r := newRegister(d)
	var out []Balance
	for _, a := range Applicants() {
		out = append(out, r.column(a.ID))
	}
	return out
}

func (d register) column(cell string) Balance {
	b := Balance{Whole: true}
	take := func(id string) float64 {
		f, ok := d.facts[query.FactKey(id, cell)]
		b.Whole = b.Whole && ok
		return f.Value
	}
	b.New, b.Carried, b.Next = take("apply.new"), take("apply.carried"), take("apply.next")
	for _, r := range Results() {
		b.Sum += take(r.ID)
	}
	return b
}

// register is a year's numbers by key.
type register struct {
	query.Disclosure
	facts map[string]query.DisclosureFact
}

func newRegister(d query.Disclosure) register {
	r := register{d, make(map[string]query.DisclosureFact, len(d.Facts))}
	for _, f := range d.Facts {
		r.facts[f.Key()] = f
	}
	return r
}

// CheckIdentity refuses a table of applications that does not come out even:
// in every column received and carried over are the results and what is
// carried on. A column that is not filled in yet is not held against anybody.
// The total column follows from the others, since totals are summed and never
// entered.
func CheckIdentity(d query.Disclosure) error {
	var wrong []error
	for i, b := range Balances(d) {
		if b.Whole && b.Left() != b.Right() {
			wrong = append(wrong, b.uneven(Applicants()[i].ZH))
		}
	}
	return errors.Join(wrong...)
}

// uneven names the column and of each of its four cells what would have to
// stand there, were it the only wrong one: the sums do not tell which it is.
func (b Balance) uneven(column string) error {
	more := b.Left() - b.Right()
	args := []any{column, Plain(b.New), Plain(b.Carried), Plain(b.Sum), Plain(b.Next), Plain(b.Left()), Plain(b.Right())}
	for _, v := range []float64{b.New - more, b.Carried - more, b.Sum + more, b.Next + more} {
		if v < 0 {
			args = append(args, "—") // it alone cannot be wrong
			continue
		}
		args = append(args, Plain(v))
	}
	return huiying.Errorf(huiying.Conflict, "annual.identity", args...)
}

// Missing lists the keys of what a form prints and nobody has filled in:
// numbers, and texts under "text.".
func Missing(d query.Disclosure, form string) []string {
	r := newRegister(d)
	var out []string
	for _, k := range Kinds() {
		if k.Optional || !slices.ContainsFunc(k.Places, func(p Place) bool { return p.Form == form }) {
			continue
		}
		for _, cell := range k.All() {
			if _, ok := r.facts[query.FactKey(k.ID, cell)]; !ok {
				out = append(out, query.FactKey(k.ID, cell))
			}
		}
	}
	for _, p := range Parts() {
		if !p.Optional && d.Text(p.ID) == "" {
			out = append(out, textPrefix+p.ID)
		}
	}
	return out
}

const textPrefix = "text."

// Notice is something a person should look at; it keeps no report from being
// released.
type Notice struct {
	Key  string // of the catalogue
	Args []any
}

// Notices compares numbers that speak of the same.
func Notices(d query.Disclosure) []Notice {
	r := newRegister(d)
	var out []Notice
	say := func(key string, args ...any) { out = append(out, Notice{key, args}) }
	value := func(key string) (float64, bool) { f, ok := r.facts[key]; return f.Value, ok }
	atMost := func(part, whole string) {
		p, one := value(part)
		w, two := value(whole)
		if one && two && p > w {
			say("annual.notice.more", Name(part), Plain(p), Name(whole), Plain(w))
		}
	}
	atMost("openness.public", "openness.made")
	atMost("policy.explained", "policy.made")
	atMost("services.online", "services.coded")
	atMost("services.coded", "services.listed")
	atMost("weibo.year", "weibo.total")
	for _, c := range Channels() {
		atMost("letters.on_time/"+c.ID, "letters.received/"+c.ID)
		atMost("letters.closed/"+c.ID, "letters.received/"+c.ID)
	}
	if kept, ok := value("foi.cases"); ok {
		if all, whole := r.sum("apply.new"); whole && all != kept {
			say("annual.notice.applications", Plain(all), Plain(kept))
		}
	}
	r.cameras(value, say)
	if !d.Since.IsZero() && d.Since.Year() == d.Year && d.Since.YearDay() > 1 {
		say("annual.notice.since", d.Since.Format("2006-01-02"))
	}
	return out
}

// cameras multiplies what each place has; the total may hold places that the
// two numbers do not, so it is said and not refused.
func (r register) cameras(value func(string) (float64, bool), say func(string, ...any)) {
	var n [5]float64
	for i, key := range []string{"network.townships", "network.villages", "network.cameras_each/township", "network.cameras_each/village", "network.cameras"} {
		v, ok := value(key)
		if !ok {
			return
		}
		n[i] = v
	}
	if sum := n[0]*n[2] + n[1]*n[3]; sum != n[4] {
		say("annual.notice.cameras", Plain(n[0]), Plain(n[2]), Plain(n[1]), Plain(n[3]), Plain(sum), Plain(n[4]))
	}
}

// sum adds the cells of a kind; whole is false while one is missing.
func (r register) sum(id string) (total float64, whole bool) {
	k, _ := Find(id)
	whole = true
	for _, cell := range k.All() {
		f, ok := r.facts[query.FactKey(id, cell)]
		total += f.Value
		whole = whole && ok
	}
	return total, whole
}

// Releasable refuses what may not go out: a broken table, or a number or text
// that is missing, with the first of them named.
func Releasable(d query.Disclosure, form string) error {
	if err := CheckIdentity(d); err != nil {
		return err
	}
	missing := Missing(d, form)
	if len(missing) == 0 {
		return nil
	}
	return huiying.Errorf(huiying.Conflict, "annual.missing", d.Year, len(missing), TitleOf(missing[0]))
}

func textOf(key string) (part string, ok bool) { return strings.CutPrefix(key, textPrefix) }

// TitleOf names a number or a text by its key.
func TitleOf(key string) string {
	if id, ok := textOf(key); ok {
		p, _ := FindPart(id)
		return p.ZH
	}
	return Name(key)
}

// Say renders a notice.
func (n Notice) Say(words *locale.Catalogue, lang locale.Lang) string {
	return words.Text(lang, n.Key, n.Args...)
}
