package huiying

// Level is how urgent an item is, in the four colours of the Emergency
// Response Law (突发事件应对法 2024 §63) plus none. The colours are used for public
// opinion by practice; no national scale for it exists.
type Level string

// The levels, most urgent first.
const (
	LevelRed    Level = "red"
	LevelOrange Level = "orange"
	LevelYellow Level = "yellow"
	LevelBlue   Level = "blue"
	LevelNone   Level = "none"
)

// Levels lists every level, most urgent first.
func Levels() []Level {
	return []Level{LevelRed, LevelOrange, LevelYellow, LevelBlue, LevelNone}
}

// Rank is 4 for red down to 0 for none; an unknown level ranks below none.
func (l Level) Rank() int {
	for i, known := range Levels() {
		if l == known {
			return 4 - i
		}
	}
	return -1
}

// Valid reports whether l is one of Levels.
func (l Level) Valid() bool { return l.Rank() >= 0 }

// Alerts reports whether an item of this level is told to somebody.
func (l Level) Alerts() bool { return l.Rank() > 0 }

// OpensCase reports whether an alert of this level opens or joins a case.
func (l Level) OpensCase() bool { return l.Rank() >= LevelOrange.Rank() }

// Raise returns the level n steps more urgent than l, at most red.
func (l Level) Raise(n int) Level {
	rank := min(max(l.Rank()+n, 0), 4)
	return Levels()[4-rank]
}

// MoreUrgent returns the more urgent of two levels.
func MoreUrgent(a, b Level) Level {
	if b.Rank() > a.Rank() {
		return b
	}
	return a
}
