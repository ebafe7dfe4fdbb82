package topic

// recent is a map of bounded size that forgets what was put first.
type recent[K comparable, V any] struct {
	values map[K]V
	ring   []K
	next   int
}

func newRecent[K comparable, V any](size int) *recent[K, V] {
	return &recent[K, V]{values: map[K]V{}, ring: make([]K, 0, size)}
}

func (r *recent[K, V]) get(k K) (V, bool) {
	v, ok := r.values[k]
	return v, ok
}

func (r *recent[K, V]) put(k K, v V) {
	if _, ok := r.values[k]; ok {
		r.values[k] = v
		return
	}
	r.values[k] = v
	if len(r.ring) < cap(r.ring) {
		r.ring = append(r.ring, k)
		return
	}
	delete(r.values, r.ring[r.next])
	r.ring[r.next] = k
	r.next = (r.next + 1) % len(r.ring)
}

// firsts remembers the first post of a normal form, in a fixed number of
// places: a form that falls on the place of another takes it.
type firsts struct {
	places []first
}

type first struct {
	sum  uint64
	post string
}

// of gives the first post of a form; for a new form that is the post itself.
func (f *firsts) of(sum uint64, post string) string {
	at := &f.places[sum>>32%uint64(len(f.places))]
	if at.sum == sum && at.post != "" {
		return at.post
	}
	*at = first{sum, post}
	return post
}
