package notifier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"huiying"
	"huiying/notifier"
	"huiying/notifier/channel"
)

// van is a pipe that takes files.
type van struct {
	pipe
	none bool
}

func (v *van) Carries() bool { return !v.none }

// shelf gives out one file of each report, or fails.
type shelf struct {
	mu    sync.Mutex
	fail  []error // the next ones
	asked []string
	langs []string
}

func (s *shelf) Enclosed(_ context.Context, d huiying.Delivery, lang string) ([]channel.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked, s.langs = append(s.asked, d.ID), append(s.langs, lang)
	if len(s.fail) > 0 {
		err := s.fail[0]
		s.fail = s.fail[1:]
		return nil, err
	}
	return []channel.File{{Name: d.Alert.View + ".docx", Type: "t", Body: []byte(d.Alert.View)}}, nil
}

// released is a delivery of the notice that a report was released.
func released(report, receiver, over string) huiying.Delivery {
	now := time.Now().UTC()
	a := huiying.Alert{ID: huiying.DeriveID("a-", report, receiver), RuleName: "日报", Level: huiying.LevelNone, Cause: huiying.CauseReport, View: report, AcceptedAt: now, RaisedAt: now}
	return huiying.Delivery{
		ID: huiying.DeliveryID(a.ID, "amin", over), Alert: a, Person: "amin", Channel: over, Address: "amin@office.example",
		State: huiying.DeliveryQueued, NextAt: now, CreatedAt: now,
	}
}

func sentOver(t *testing.T, s *shelf, v *van, last time.Duration, limits map[string]channel.Limits, ds ...func() huiying.Delivery) (p *postRoom) {
	t.Helper()
	p = newPostRoom(t, func(o *notifier.SenderOptions) {
		o.Channels["mail"], o.Enclosures, o.Limits = v, s, limits
	})
	for _, d := range ds {
		p.store.add(d())
	}
	stop := p.run()
	time.Sleep(last)
	stop()
	return p
}

// A released report goes along over a channel that takes files, in the channel's
// language; over any other, and of any other cause, nothing is even asked for.
func TestReportGoesAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v := &shelf{}, &van{}
		p := sentOver(t, s, v, time.Second, nil,
			func() huiying.Delivery { return released("r-1", "amin", "mail") }, func() huiying.Delivery { return released("r-1", "amin", "robot") },
			func() huiying.Delivery { return delivery("amin", "mail", huiying.LevelRed) })
		want := released("r-1", "amin", "mail").ID
		if !slices.Equal(s.asked, []string{want}) || s.langs[0] != "zh" {
			t.Fatalf("asked for %v in %v", s.asked, s.langs)
		}
		for _, m := range append(v.messages(), p.robot.messages()...) {
			if with := m.DeliveryID == want; (len(m.Files) == 1) != with || (m.Instead != "") != with {
				t.Errorf("%s carries %d files, %q", m.DeliveryID, len(m.Files), m.Instead)
			}
		}
		if n := len(v.messages()) + len(p.robot.messages()); n != 3 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestChannelSetToCarryNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v := &shelf{}, &van{none: true}
		sentOver(t, s, v, time.Second, nil, func() huiying.Delivery { return released("r-1", "amin", "mail") })
		if len(s.asked) != 0 || len(v.messages()) != 1 {
			t.Errorf("asked for %v, %d messages", s.asked, len(v.messages()))
		}
	})
}

// What cannot be read now is no letter without it, but one later, under the same
// id; what must not leave is a letter that says so.
func TestReportCannotGoAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v := &shelf{fail: []error{errors.New("disk I/O error"), errors.New("disk I/O error")}}, &van{}
		p := sentOver(t, s, v, time.Minute, nil, func() huiying.Delivery { return released("r-1", "amin", "mail") })
		got := v.messages()
		if len(got) != 1 || len(got[0].Files) != 1 || len(s.asked) != 3 || slices.ContainsFunc(s.asked, func(id string) bool { return id != got[0].DeliveryID }) {
			t.Fatalf("asked for %v, sent %+v", s.asked, got)
		}
		if d := p.store.delivery(t, got[0].DeliveryID); d.State != huiying.DeliveryAccepted || d.Attempts != 3 || !strings.Contains(p.log.String(), "disk I/O error") {
			t.Errorf("%+v\n%s", d, p.log)
		}
		s, v = &shelf{fail: []error{huiying.Errorf(huiying.Forbidden, "report.mail_personal")}}, &van{}
		sentOver(t, s, v, time.Second, nil, func() huiying.Delivery { return released("r-1", "amin", "mail") })
		if got := v.messages(); len(got) != 1 || len(got[0].Files) != 0 || !strings.Contains(strings.Join(got[0].Lines, "\n"), "疑有个人信息，没有作为附件发出") {
			t.Errorf("%+v", got)
		}
	})
}

// In a digest each report goes along once, however many deliveries name it.
func TestDigestCarriesReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, v := &shelf{}, &van{}
		sentOver(t, s, v, 10*time.Minute, map[string]channel.Limits{"mail": {Apart: true, Rates: []channel.Rate{{Messages: 1, Window: time.Minute}}}},
			func() huiying.Delivery { return released("r-0", "amin", "mail") }, func() huiying.Delivery { return released("r-1", "amin", "mail") },
			func() huiying.Delivery { return released("r-1", "u-hall", "mail") }, func() huiying.Delivery { return released("r-2", "amin", "mail") })
		var files []string
		digests := 0
		for _, m := range v.messages() {
			if len(m.Digest) > 0 {
				digests++
			}
			var own []string
			for _, f := range m.Files {
				own = append(own, f.Name)
			}
			if slices.Sort(own); len(slices.Compact(slices.Clone(own))) != len(own) {
				t.Errorf("one message carries %v", own)
			}
			files = append(files, own...)
		}
		slices.Sort(files)
		if digests != 1 || !slices.Equal(slices.Compact(slices.Clone(files)), []string{"r-0.docx", "r-1.docx", "r-2.docx"}) {
			t.Errorf("%d digests carry %v", digests, files)
		}
	})
}
