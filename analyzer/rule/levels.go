package rule

import (
	"errors"

	"huiying"
	"huiying/analyzer/rule/lang"
)

// Raise is a line of the table of levels: where its expression holds an event
// gets a level, or one that is so much more urgent.
type Raise struct {
	When string        // in the rule language, with the properties that are known late
	To   huiying.Level // at least this level; "" = By
	By   int           // levels up, of what a rule calls urgent
	Why  string        // what people read
}

// Levels is the table of levels made ready. It never changes and is safe for
// concurrent use.
type Levels struct {
	program *Program
	rows    []Raise
}

// NewLevels makes the table ready. The error joins what is wrong with its rows.
func NewLevels(rows []Raise, sets map[string][]string, known Dictionary) (*Levels, error) {
	f := &File{}
	var problems []error
	problem := func(key string, args ...any) {
		problems = append(problems, huiying.Errorf(huiying.Invalid, key, args...))
	}
	for i, r := range rows {
		expr, bad := parse(r.When, sets)
		for _, p := range bad {
			problem("rule.raise_at", i+1, p.Pos+1, huiying.Errorf(huiying.Invalid, p.Key, p.Args...))
		}
		by, to := r.By >= 1 && r.By <= 4, r.To.Alerts()
		if by == to || r.Why == "" {
			problem("rule.raise_bad", i+1)
		}
		f.Rules = append(f.Rules, Rule{ID: r.When, expr: expr})
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	p, err := Compile(Options{Rules: f, Known: known})
	if err != nil {
		return nil, err
	}
	return &Levels{program: p, rows: rows}, nil
}

// Hold gives the rows that hold for a document, in the order of the table.
func (l *Levels) Hold(d *Document) []Raise {
	if len(l.rows) == 0 {
		return nil
	}
	p := l.program
	s := p.scratch.Get().(*scratch)
	defer func() {
		s.doc = nil
		p.scratch.Put(s)
	}()
	s.begin(d)
	var out []Raise
	for _, i := range s.candidates {
		if s.holds(p.roots[i], everywhere) {
			out = append(out, l.rows[i])
		}
	}
	return out
}

// late finds a property that a rule cannot ask about.
func late(n *lang.Node) *lang.Node {
	return n.Find(func(n *lang.Node) bool {
		if n.Kind != lang.Meta && n.Kind != lang.Count {
			return false
		}
		for _, name := range lang.Late() {
			if n.Name == name {
				return true
			}
		}
		return false
	})
}
