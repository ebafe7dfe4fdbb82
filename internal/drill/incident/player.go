package incident

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"huiying/internal/drill/replica"
)

// Options say how a script is played.
type Options struct {
	Seed             uint64
	Speed            float64 // 2 plays it in half the time; 1 when not given
	ChatterPerMinute float64 // items of chatter a minute of the script; 0 is none
}

// background is how much chatter lies there when the incident starts.
const background = 12

// Player tells what has happened by a moment. It is safe for concurrent use.
type Player struct {
	speed float64

	mu      sync.Mutex
	steps   []Step
	next    int
	said    int
	chatter *chatter
	start   time.Time // zero before Begin
	end     time.Time // zero while it plays
}

// NewPlayer makes a player that stands still until Begin.
func NewPlayer(s Script, o Options) (*Player, error) {
	p := &Player{steps: slices.Clone(s.Steps), speed: cmp.Or(o.Speed, 1)}
	if p.speed < 0 || o.ChatterPerMinute < 0 {
		return nil, fmt.Errorf("play at speed %v with %v items of chatter a minute", o.Speed, o.ChatterPerMinute)
	}
	if o.ChatterPerMinute == 0 {
		return p, nil
	}
	c, err := newChatter(o.Seed, o.ChatterPerMinute, earlyPosts(s))
	if err != nil {
		return nil, err
	}
	p.chatter = c
	p.steps = append(p.steps, c.before()...)
	slices.SortStableFunc(p.steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	return p, nil
}

// earlyPosts are the posts of the script that lie there before it starts.
func earlyPosts(s Script) []string {
	deleted := map[string]bool{}
	for _, step := range s.Steps {
		if step.Change.Delete != nil {
			deleted[step.Change.Delete.Key] = true
		}
	}
	var keys []string
	for _, step := range s.Steps {
		if p := step.Change.Post; p != nil && step.At < 0 && p.Of == "" && !deleted[p.Key] {
			keys = append(keys, p.Key)
		}
	}
	return keys
}

// before makes the chatter that lies there at the start, over the last five
// minutes.
func (c *chatter) before() []Step {
	var steps []Step
	for i := range background {
		at := -time.Duration(background-i) * 25 * time.Second
		steps = append(steps, Step{At: at, Change: c.next()})
	}
	c.at = 0
	c.wait()
	return steps
}

// Begin starts the incident at a moment; what the script has before its start
// lies in the past then. A second call changes nothing.
func (p *Player) Begin(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.start.IsZero() {
		p.start = at
	}
}

// Stop ends it: nothing that would happen later than at happens any more.
func (p *Player) Stop(at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end.IsZero() {
		p.end = at
	}
}

// moment is when a step of the script happens. Its past is not sped up.
func (p *Player) moment(at time.Duration) time.Time {
	if at <= 0 {
		return p.start.Add(at)
	}
	return p.start.Add(time.Duration(float64(at) / p.speed))
}

// limit is the moment up to which things happen, zero before Begin.
func (p *Player) limit(now time.Time) time.Time {
	if p.start.IsZero() {
		return time.Time{}
	}
	if !p.end.IsZero() && p.end.Before(now) {
		return p.end
	}
	return now
}

// Until gives what has happened up to now and was not given before, in the
// order of time.
func (p *Player) Until(now time.Time) []replica.Change {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := p.limit(now)
	var out []replica.Change
	for ; p.next < len(p.steps) && !limit.IsZero(); p.next++ {
		at := p.moment(p.steps[p.next].At)
		if at.After(limit) {
			break
		}
		c := p.steps[p.next].Change
		c.At = at
		out = append(out, c)
	}
	for p.chatter != nil && !limit.IsZero() && !p.moment(p.chatter.at).After(limit) {
		at := p.moment(p.chatter.at)
		c := p.chatter.next()
		c.At = at
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b replica.Change) int { return a.At.Compare(b.At) })
	return out
}

// Says gives the catalogue keys of the lines that are due and were not given
// before.
func (p *Player) Says(now time.Time) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	limit := p.limit(now)
	var keys []string
	for ; p.said < len(p.steps) && !limit.IsZero(); p.said++ {
		step := p.steps[p.said]
		if p.moment(step.At).After(limit) {
			break
		}
		if step.Say != "" {
			keys = append(keys, step.Say)
		}
	}
	return keys
}
