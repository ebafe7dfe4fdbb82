package host

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Budget is what the office allows itself at a host beyond the host's own
// wishes. The slowest of all wishes holds.
type Budget struct {
	Host   string        // "www.example.gov.cn", with a port where it has one; "*.gov.cn" is every host under it
	Delay  time.Duration // 0 = Options.Delay
	PerDay int           // questions from midnight to midnight of Options.Zone; 0 = any number
	Hours  Hours
}

// Hours is the part of the day in which a host may be asked, as minutes from
// midnight in Options.Zone; the zero Hours is the whole day. One that ends
// before it begins goes over midnight.
type Hours struct{ From, To int }

// ParseHours reads "07:00-23:00".
func ParseHours(s string) (Hours, error) {
	from, to, ok := strings.Cut(s, "-")
	a, errA := minutes(from)
	b, errB := minutes(to)
	if !ok || errA != nil || errB != nil || a == b {
		return Hours{}, fmt.Errorf("%q is no part of a day such as 07:00-23:00", s)
	}
	return Hours{a, b}, nil
}

// String writes the hours as they are read, "" for the whole day.
func (o Hours) String() string {
	if o == (Hours{}) {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", o.From/60, o.From%60, o.To/60, o.To%60)
}

func minutes(s string) (int, error) {
	hour, minute, ok := strings.Cut(strings.TrimSpace(s), ":")
	h, errH := strconv.Atoi(hour)
	m, errM := strconv.Atoi(minute)
	if !ok || errH != nil || errM != nil || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is no time of day", s)
	}
	return h*60 + m, nil
}

// opens is when the host may be asked: now, or when the hours begin next.
func (o Hours) opens(now time.Time) time.Time {
	if o == (Hours{}) {
		return now
	}
	at := now.Hour()*60 + now.Minute()
	inside := at >= o.From && at < o.To
	if o.To < o.From {
		inside = at >= o.From || at < o.To
	}
	if inside {
		return now
	}
	begin := time.Date(now.Year(), now.Month(), now.Day(), 0, o.From, 0, 0, now.Location())
	if begin.Before(now) {
		begin = time.Date(now.Year(), now.Month(), now.Day()+1, 0, o.From, 0, 0, now.Location())
	}
	return begin
}

// ClosedError says that the office's own budget keeps the host from being
// asked for now.
type ClosedError struct {
	Host  string
	Until time.Time
	Spent bool  // the day's questions are used up; else it is outside its hours
	Stop  error // all collection is stopped, and why; nil = it is not
}

// Error is the text for logs.
func (e *ClosedError) Error() string {
	if e.Stop != nil {
		return e.Host + " is not asked: " + e.Stop.Error()
	}
	why := "is outside its hours"
	if e.Spent {
		why = "has had its questions of the day"
	}
	return fmt.Sprintf("%s %s until %s", e.Host, why, e.Until.Format(time.RFC3339))
}

// budgetOf finds the budget of a host: its own, else that of the longest
// pattern it lies under.
func (o Options) budgetOf(name string) Budget { return BudgetOf(o.Budgets, name) }

// BudgetOf is the budget that holds for a host, the zero Budget where none does.
func BudgetOf(budgets []Budget, name string) Budget {
	bare, _, err := net.SplitHostPort(name)
	if err != nil {
		bare = name
	}
	var found Budget
	for _, b := range budgets {
		pattern := strings.ToLower(b.Host)
		if pattern == name || pattern == bare {
			return b
		}
		if tail, ok := strings.CutPrefix(pattern, "*"); ok && strings.HasPrefix(tail, ".") && strings.HasSuffix(bare, tail) && len(pattern) > len(found.Host) {
			found = b
		}
	}
	return found
}

// spent counts the questions of one day.
type spent struct {
	Day string `json:"day,omitempty"` // 2006-01-02
	N   int    `json:"n,omitempty"`
}

// on is the count of a day.
func (s spent) on(day string) int {
	if s.Day != day {
		return 0
	}
	return s.N
}

// stopped says that all collection is.
func (h *Hosts) stopped(name string) error {
	if err := h.o.Stopped(); err != nil {
		return &ClosedError{Host: name, Until: h.o.Now(), Stop: err}
	}
	return nil
}

// closed says when the host's budget keeps it from being asked.
func (h *Hosts) closed(x *host) error {
	if err := h.stopped(x.name); err != nil {
		return err
	}
	now := h.o.Now().In(h.o.Zone)
	if at := x.budget.Hours.opens(now); at.After(now) {
		return &ClosedError{Host: x.name, Until: at}
	}
	x.mu.Lock()
	n := x.spent.on(now.Format(time.DateOnly))
	x.mu.Unlock()
	if x.budget.PerDay > 0 && n >= x.budget.PerDay {
		return &ClosedError{Host: x.name, Until: time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()), Spent: true}
	}
	return nil
}

// spend counts one question.
func (h *Hosts) spend(x *host) {
	n := h.next(x)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.spent = n
}

// next is the count with the question that is about to be asked; the holder of
// the turn is the only one to move it.
func (h *Hosts) next(x *host) spent {
	day := h.o.Now().In(h.o.Zone).Format(time.DateOnly)
	x.mu.Lock()
	defer x.mu.Unlock()
	return spent{day, x.spent.on(day) + 1}
}
