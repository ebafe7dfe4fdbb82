// Package diff says what changed from one version of a text to the next,
// character by character (Myers, An O(ND) Difference Algorithm). It is for
// people: single characters that happen to stay between two changes are shown
// as changed with them. It gives up finding the smallest change where that
// would cost more than it is worth, and then shows the whole stretch as
// replaced; the parts always make up both versions.
package diff

import "slices"

// Op is what became of a part.
type Op string

// The ops.
const (
	Equal  Op = "equal"
	Insert Op = "insert"
	Delete Op = "delete"
)

// Part is a stretch of text with one op.
type Part struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
}

// maxEdits bounds the search: 1,000 changed characters cost about four
// megabytes for a moment.
const maxEdits = 1000

// Texts gives the parts from one version to the other. Equal and deleted parts
// make up the old one, equal and inserted parts the new one.
func Texts(before, after string) []Part {
	a, b := []rune(before), []rune(after)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var p parts
	p.add(Equal, a[:head]...)
	p.between(a[head:len(a)-tail], b[head:len(b)-tail])
	p.add(Equal, a[len(a)-tail:]...)
	return p.tidy()
}

// run is a stretch being built.
type run struct {
	op   Op
	text []rune
}

type parts []run

func (p *parts) add(op Op, text ...rune) {
	if len(text) == 0 {
		return
	}
	if n := len(*p); n > 0 && (*p)[n-1].op == op {
		(*p)[n-1].text = append((*p)[n-1].text, text...)
		return
	}
	*p = append(*p, run{op, append([]rune(nil), text...)})
}

// between adds the parts of two stretches that begin and end differently.
func (p *parts) between(a, b []rune) {
	trace, found := search(a, b)
	if !found {
		p.add(Delete, a...)
		p.add(Insert, b...)
		return
	}
	for _, s := range walk(trace, len(a), len(b)) {
		switch s.op {
		case Insert:
			p.add(Insert, b[s.at])
		default:
			p.add(s.op, a[s.at])
		}
	}
}

// search gives, for each number of edits, how far each diagonal reached; found
// is false when it takes more than maxEdits.
func search(a, b []rune) (trace [][]int32, found bool) {
	most := min(len(a)+len(b), maxEdits)
	v := make([]int32, 2*most+3)
	mid := most + 1
	for d := 0; d <= most; d++ {
		trace = append(trace, append([]int32(nil), v[mid-d-1:mid+d+2]...))
		for k := -d; k <= d; k += 2 {
			x := v[mid+k-1] + 1
			if k == -d || k != d && v[mid+k-1] < v[mid+k+1] {
				x = v[mid+k+1]
			}
			y := int(x) - k
			for int(x) < len(a) && y < len(b) && a[x] == b[y] {
				x, y = x+1, y+1
			}
			v[mid+k] = x
			if int(x) >= len(a) && y >= len(b) {
				return trace, true
			}
		}
	}
	return nil, false
}

// step is one character of the way from a to b.
type step struct {
	op Op
	at int // in b for an insertion, else in a
}

// walk goes the way back from the end, and gives it in order.
func walk(trace [][]int32, x, y int) []step {
	var back []step
	for d := len(trace) - 1; d >= 0; d-- {
		v := func(k int) int { return int(trace[d][k+d+1]) }
		k := x - y
		from := k - 1
		if k == -d || k != d && v(k-1) < v(k+1) {
			from = k + 1
		}
		px := v(from)
		py := px - from
		for x > px && y > py {
			x, y = x-1, y-1
			back = append(back, step{Equal, x})
		}
		if d == 0 {
			break
		}
		if from == k+1 {
			back = append(back, step{Insert, py})
		} else {
			back = append(back, step{Delete, px})
		}
		x, y = px, py
	}
	slices.Reverse(back)
	return back
}

// tidy shows what is changed in one place as one deletion and one insertion,
// and single characters that stayed between two changes with them.
func (p parts) tidy() []Part {
	var out parts
	for i := 0; i < len(p); {
		if p[i].op == Equal && !p.islet(i) {
			out.add(Equal, p[i].text...)
			i++
			continue
		}
		var gone, come []rune
		for ; i < len(p) && (p[i].op != Equal || p.islet(i)); i++ {
			if p[i].op != Insert {
				gone = append(gone, p[i].text...)
			}
			if p[i].op != Delete {
				come = append(come, p[i].text...)
			}
		}
		out.add(Delete, gone...)
		out.add(Insert, come...)
	}
	list := make([]Part, len(out))
	for i, r := range out {
		list[i] = Part{r.op, string(r.text)}
	}
	return list
}

// islet reports a single character that stayed between two changes.
func (p parts) islet(i int) bool {
	return p[i].op == Equal && len(p[i].text) < 2 && i > 0 && i < len(p)-1
}
