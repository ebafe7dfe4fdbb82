package frame

import (
	"context"
	"sync"
	"time"
)

// namesFor is how long names are kept before they are read again.
const namesFor = 5 * time.Second

// Names knows what people, units and sources are called.
type Names struct {
	o Options

	mu      sync.Mutex
	read    time.Time
	people  map[string]string
	units   map[string]string
	sources map[string]string
}

// refresh reads the names anew when they are old. A name that cannot be read
// is shown as its id; whoever needs the list itself gets the error.
func (n *Names) refresh(ctx context.Context) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now := n.o.Now(); n.people == nil || now.Sub(n.read) > namesFor || now.Before(n.read) {
		n.read = now
		n.people, n.units, n.sources = map[string]string{}, map[string]string{}, map[string]string{}
		accounts, err := n.o.Accounts(ctx)
		if err != nil {
			n.o.Logger.ErrorContext(ctx, "reading the names of people failed", "error", err)
		}
		for _, a := range accounts {
			n.people[a.Person.ID] = a.Person.Name
		}
		units, err := n.o.Units(ctx)
		if err != nil {
			n.o.Logger.ErrorContext(ctx, "reading the names of units failed", "error", err)
		}
		for _, u := range units {
			n.units[u.ID] = u.Name
		}
		sources, err := n.o.Sources(ctx)
		if err != nil {
			n.o.Logger.ErrorContext(ctx, "reading the names of sources failed", "error", err)
		}
		for _, s := range sources {
			n.sources[s.ID] = s.Name
		}
	}
}

func (n *Names) of(m *map[string]string, id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name := (*m)[id]; name != "" {
		return name
	}
	return id
}

// Person names a user.
func (n *Names) Person(id string) string { return n.of(&n.people, id) }

// Unit names a unit.
func (n *Names) Unit(id string) string { return n.of(&n.units, id) }

// Source names a source.
func (n *Names) Source(id string) string { return n.of(&n.sources, id) }
