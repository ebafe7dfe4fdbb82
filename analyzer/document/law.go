package document

// law completes a law of the table that stands in the text: the name of the
// state before it belongs to the place, that of a province or a town and what
// carries it out (实施细则) to the name, for these are other documents.
func (r *reader) law(name string, start, end int) (named, bool) {
	if isOne(r.at(end-1), "法典") && isOne(r.at(end), "律院庭制官治规定人学案宝则务子盲医警") {
		return named{}, false // 公司法人, 仲裁法庭
	}
	for _, word := range []string{"实施条例", "实施细则", "实施办法", "实施意见", "实施规定"} {
		if next := r.begins(end, word); next > 0 {
			end, name = next, name+word
			break
		}
	}
	if n := r.ends(start, states()); n > 0 {
		return named{kind: Law, name: name, start: start - n, end: end}, true
	}
	from := r.place(start)
	return named{kind: Law, name: r.bare(from, start) + name, start: from, end: end}, true
}

// place is where the name of a region begins that ends at i; i for none.
func (r *reader) place(i int) int {
	if isOne(r.at(i-1), "省市县区州盟旗") {
		if r.ends(i, nowhere()) > 0 {
			return i
		}
		at := i - 1
		for at > 0 && i-at < maxAgency && han(r.runes[at-1]) && !r.leadsIn(at) {
			at--
		}
		if i-at > 1 {
			return at
		}
		return i
	}
	return i - r.ends(i, provinces())
}
