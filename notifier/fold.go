package notifier

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/notifier/channel"
)

// Groups finds what is told in one message.
type Groups interface {
	// Fellows leases what is due together with a delivery that is under way:
	// what waits under its group for the same person and channel.
	Fellows(ctx context.Context, d huiying.Delivery, now time.Time) ([]huiying.Delivery, error)
}

// together finds what is told in one message with d, and which of them the
// message is about: the most urgent. When the others cannot be found d goes out
// alone, and they after it.
func (s *Sender) together(ctx context.Context, d huiying.Delivery) (first huiying.Delivery, fellows []huiying.Delivery) {
	groups, ok := s.o.Outbox.(Groups)
	if !ok || d.Group == "" {
		return d, nil
	}
	fellows, err := groups.Fellows(ctx, d, s.o.Now())
	if err != nil {
		logger(s.o.Logger).Warn("the group of a delivery cannot be read", "delivery", d.ID, "error", err)
		return d, nil
	}
	for i, f := range fellows {
		if f.Alert.Level.Rank() > d.Alert.Level.Rank() {
			d, fellows[i] = f, d
		}
	}
	return d, fellows
}

// folded is a message that says how many others it stands for.
func (t Texts) folded(m channel.Message, fellows []huiying.Delivery) channel.Message {
	if len(fellows) == 0 {
		return m
	}
	count := map[huiying.Level]int{}
	for _, d := range fellows {
		count[d.Alert.Level]++
	}
	levels := ""
	for _, l := range huiying.Levels() {
		if n := count[l]; n > 0 {
			levels += t.text("notifier.message.of_level", locale.Key("level."+string(l)), n)
		}
	}
	m.Lines = append(m.Lines, t.text("notifier.message.more", len(fellows), levels))
	return m
}

// settleFellows gives those told in one message its outcome.
func (s *Sender) settleFellows(ctx context.Context, fellows []huiying.Delivery, o channel.Outcome) {
	for _, d := range fellows {
		settled := s.judge(d, o)
		switch err := s.settle(ctx, settled); {
		case huiying.ErrorCode(err) == huiying.Conflict:
		case err != nil:
			logger(s.o.Logger).Error("delivery not settled, it will be repeated", "delivery", d.ID, "error", err)
		default:
			s.metrics.settled(settled)
		}
	}
}
