package analyzer

// Words cuts a text into words, folded, as posts are cut; none after Close.
func (a *Analyzer) Words(text string) []string {
	_, cutter, ok := a.acquire()
	if !ok {
		return nil
	}
	defer cutter.Release()
	return wordsOf(cutter, text)
}
