package app

import (
	"math/rand/v2"
	"time"

	"huiying/crawler/host"
	"huiying/internal/app/browsing"
	"huiying/internal/app/channels"
	"huiying/internal/app/papers"
	"huiying/internal/app/reports"
	"huiying/internal/locale"
	"huiying/internal/store/browsers"
	"huiying/internal/store/outbox"
	"huiying/notifier"
	"huiying/notifier/channel/webpush"
	"huiying/notifier/message"
)

// newSender wires the channels, what they say, and what empties the outbox over
// them.
func (a *App) newSender(room *caseRoom, ledger notifier.Ledger, reader *papers.Reader) error {
	queue := outbox.NewDeliveries(a.store)
	set, err := channels.Make(a.config.Channels, channels.With{Now: a.now, Browsers: webpush.Config{
		Subject: a.config.PublicURL, Key: a.keys.webPush, Browsers: browsing.Targets{Book: browsers.New(a.store)}, Transport: host.Public(),
	}})
	if err != nil {
		return err
	}
	room.sender = notifier.NewSender(notifier.SenderOptions{
		Outbox: queue, Turns: queue, Lates: queue, Ledger: ledger, Directory: room.book, Channels: set.Channels, Limits: set.Limits,
		Texts: a.texts(set, room.links.HourToken), Sending: a.sendingTimes(),
		Jitter: rand.Float64, Now: a.now, Logger: a.logger, Registerer: a.registry, Checkpoint: a.checkpoint,
		Enclosures: reports.Mail{Desk: a.reportDesk(room.presets), Personal: func(text string) bool { return len(reader.Personal(text)) > 0 }},
		Beat:       func() { room.escalation.sender.Beat(a.now()) },
	})
	room.post = &channels.Desk{Set: set, Queue: queue, Sender: room.sender, Words: a.words, People: a.users.List, Now: a.now}
	return nil
}

func (a *App) sendingTimes() notifier.Sending {
	sending := notifier.DefaultSending()
	sending.Workers = a.config.Notifier.Workers
	if retry := a.config.Notifier.Retry; len(retry) > 0 {
		sending.Retry = nil
		for _, d := range retry {
			sending.Retry = append(sending.Retry, time.Duration(d))
		}
	}
	for level, d := range a.config.Notifier.HandOn.Levels() {
		sending.HandOn[level] = time.Duration(d)
	}
	return sending
}

func (a *App) texts(set channels.Set, token func(string, time.Time) string) message.Texts {
	t := message.Texts{
		Catalogue: a.words, Zone: a.zone, PublicURL: a.config.PublicURL, Token: token, Channels: set.Styles, Units: map[string]string{},
	}
	for _, own := range a.config.Templates {
		t.Templates = append(t.Templates, message.Template{
			Kind: own.Kind, Level: own.Level, Lang: locale.Lang(own.Lang), Title: own.Title, Lines: own.Lines,
		})
	}
	for _, u := range a.config.Units {
		t.Units[u.ID] = u.Name
	}
	return t
}
