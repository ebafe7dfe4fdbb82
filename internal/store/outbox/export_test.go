package outbox

// Due are the queries for what may be sent now, the last one for what is of no
// level.
func Due() (out []string) {
	for _, level := range levels() {
		out = append(out, waiting+level+inTurn)
	}
	return out
}
