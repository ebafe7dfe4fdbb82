package place

// Names lists the official names of the table's places, as they are noted on
// posts.
func (t *Table) Names() []string {
	out := make([]string, len(t.rows))
	for i, r := range t.rows {
		out[i] = r.name
	}
	return out
}

// Places lists the places of the table that lie in the one with a code, at any
// depth, in the order of their codes; "" is all.
func (t *Table) Places(within string) (out []Place) {
	for _, r := range t.rows {
		p, inside := Place{Code: r.code, Level: r.level, Name: r.name, Path: r.name}, within == ""
		for at, ok := t.at(r.parent); ok; at, ok = t.at(t.rows[at].parent) {
			p.Path = t.rows[at].name + "/" + p.Path
			inside = inside || t.rows[at].code == within
		}
		if inside {
			out = append(out, p)
		}
	}
	return out
}
