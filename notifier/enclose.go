package notifier

import (
	"context"
	"slices"

	"huiying"
	"huiying/notifier/channel"
)

// Enclosures gives out the documents that go along with deliveries.
type Enclosures interface {
	// Enclosed are the files of a delivery in a language, "zh" or "en", noted as
	// given to its person; none where its cause has none. huiying.Forbidden when
	// they must not leave the system: the reader is told why and gets the link.
	Enclosed(ctx context.Context, d huiying.Delivery, lang string) ([]channel.File, error)
}

// enclose is a message with the files of its deliveries, over a channel that
// takes files. What cannot be read now is an error: a letter that came without
// its document would not be sent again with it.
func (s *Sender) enclose(ctx context.Context, over channel.Channel, ds []huiying.Delivery, m channel.Message) (channel.Message, error) {
	if c, ok := over.(channel.Carrier); !ok || !c.Carries() || s.o.Enclosures == nil {
		return m, nil
	}
	var seen []string
	for _, d := range ds {
		if d.Alert.Cause != huiying.CauseReport || slices.Contains(seen, d.Alert.View) {
			continue
		}
		seen = append(seen, d.Alert.View)
		files, err := s.o.Enclosures.Enclosed(ctx, d, m.Lang)
		switch {
		case huiying.ErrorCode(err) == huiying.Forbidden:
			m = s.o.Texts.Kept(m, err)
		case err != nil:
			logger(s.o.Logger).Error("the document of a delivery cannot be read", "delivery", d.ID, "report", d.Alert.View, "error", err)
			return m, huiying.Errorf(huiying.Unavailable, "notifier.no_document")
		default:
			m.Files = append(m.Files, files...)
		}
	}
	return s.o.Texts.Enclosing(m), nil
}
