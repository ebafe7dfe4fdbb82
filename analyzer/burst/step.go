package burst

// moment is a time on the office's clock.
type moment struct {
	hour   int32   // since 1970
	passed float64 // of the hour
}

// step begins a burst when a window says so, and ends it when three whole hours
// after its first are calm and so are the present ones.
func (d *Detector) step(key string, t *track, at moment) Answer {
	now, before, windows := at.hour, t.state, d.windows(t, at)
	switch {
	case t.state == Burst:
		if now > t.began+calm && windows[1].P >= release && d.calm(t, now-1) {
			t.state, t.ended = Over, d.end(t, now-1)
		}
	case t.state == Over && now-longest+1 >= t.ended:
		t.state = Quiet
		fallthrough
	default:
		if w := telling(windows, now, t.ended); w.Burst {
			t.state, t.began = Burst, t.counts.risen(now, w)
		}
	}
	a := d.answer(key, t, windows, now)
	a.Changed = t.state != before && t.state != Quiet
	return a
}

// windows judges a key's windows at a time.
func (d *Detector) windows(t *track, at moment) (out [3]Window) {
	now := at.hour
	if t.expected == nil || t.at != now {
		since := d.since
		if t.since > 0 {
			since = t.since
		}
		t.expected, t.at = t.counts.expect(now, int(now)-int(since)+1), now
	}
	for i, hours := range lengths {
		out[i] = t.expected[i].judge(hours, t.counts.sum(now-int32(hours)+1, now), at.passed)
	}
	return out
}

// telling is the window to tell: a burst before any other, then the least
// likely. One that reaches into the last burst says nothing new.
func telling(windows [3]Window, now, ended int32) Window {
	best := windows[0]
	for _, w := range windows[1:] {
		better := w.Burst && !best.Burst || w.Burst == best.Burst && w.P < best.P
		if better && now-int32(w.Hours)+1 >= ended {
			best = w
		}
	}
	return best
}

// calm reports whether three whole hours, up to this one, were nothing unusual.
func (d *Detector) calm(t *track, hour int32) bool {
	then := *t // t goes on expecting what it does
	return d.windows(&then, moment{hour, 1})[1].P >= release
}

// end is the first hour after a burst that was over by an hour, which may be long
// after when nobody asked; counts older than reach are gone and tell nothing.
func (d *Detector) end(t *track, hour int32) int32 {
	first := max(t.began, hour-reach)
	for hour-calm > first && d.calm(t, hour-1) {
		hour--
	}
	return hour - calm + 1
}

func (d *Detector) answer(key string, t *track, windows [3]Window, now int32) Answer {
	a := Answer{Key: key, State: t.state, Window: telling(windows, now, t.ended), Windows: windows}
	if t.state != Quiet {
		a.Since = d.clock(t.began)
	}
	if t.state == Over {
		a.Until = d.clock(t.ended)
	}
	return a
}
