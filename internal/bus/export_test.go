package bus

// Held is how many messages of a group of subjects a consumer has here.
func Held(b *Bus, name string, group int) (n int) {
	v, ok := b.running.Load(name)
	if !ok {
		return 0
	}
	r := v.(*run)
	r.mu.Lock()
	defer r.mu.Unlock()
	for h := range r.held {
		if h.group == group {
			n++
		}
	}
	return n
}
