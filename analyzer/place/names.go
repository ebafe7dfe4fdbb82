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
