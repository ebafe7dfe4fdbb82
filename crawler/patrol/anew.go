package patrol

import (
	"context"
	"slices"
	"time"

	"huiying/crawler"
	"huiying/crawler/patrol/norm"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/sight"
	"huiying/crawler/patrol/wording"
)

// except ends the incidents that the office excepts.
func (r *visit) except(ctx context.Context) error {
	for _, e := range r.opt.Except {
		if !r.opt.Excepted(e.Check, e.Object, r.now) {
			continue
		}
		if err := r.over(ctx, e.Check, e.Object); err != nil {
			return err
		}
	}
	return nil
}

// What came of a look on demand.
const (
	cameOver    = "over"
	cameStill   = "still"
	cameUnasked = "unasked" // it could not be asked, or gave no clear answer
	cameRound   = "round"   // the work it is part of is done anew, with this visit or the next
)

// anew looks at the incidents that the office asks for, each once.
func (r *visit) anew(ctx context.Context) error {
	l := &r.cursor.Last
	kept := map[string]look{}
	for _, a := range r.opt.Again {
		key := keyOf(a.Check, a.Object)
		if known, ok := l.Again[key]; ok {
			kept[key] = known
			if known.At >= a.Asked.Unix() {
				continue
			}
		}
		came, err := r.lookAt(ctx, key)
		if err != nil {
			l.Again = kept
			return err
		}
		kept[key] = look{r.now.Unix(), came}
	}
	l.Again = kept
	return nil
}

// lookAt looks at what one incident is about.
func (r *visit) lookAt(ctx context.Context, key string) (came string, err error) {
	i, open := r.cursor.Open[key]
	if !open || i.Finding.Over {
		return cameOver, nil
	}
	switch i.Finding.Check {
	case "link-dead":
		came, err = r.linkAnew(ctx, i)
	case "wording", "home-stale", "column-stale", "column-overdue", "column-blank":
		came, err = r.pageAnew(ctx, i)
	case "certificate", "certificate-name", "certificate-chain":
		came = r.jobAnew(settings.PartCertificate)
	case "letter-unanswered":
		came = r.jobAnew(settings.PartLetters)
	case "site-down", "site-unreachable":
		return cameRound, nil // by its slots alone: a probe in between would change the arithmetic
	default:
		came = r.jobAnew(settings.JobRound)
	}
	if now := r.cursor.Open[key]; err == nil && came == "" {
		if came = cameStill; now.Finding.Over {
			came = cameOver
		}
	}
	return came, err
}

// jobAnew has a job be due now.
func (r *visit) jobAnew(job string) string {
	r.cursor.Done[job] = 0
	return cameRound
}

func (r *visit) linkAnew(ctx context.Context, i incident) (string, error) {
	a, err := r.ask(ctx, crawler.Request{URL: i.Object, Head: true})
	if err == nil && a.kind != there {
		a, err = r.ask(ctx, crawler.Request{URL: i.Object})
	}
	switch {
	case err != nil:
		return "", err
	case a.kind == there:
		return "", r.over(ctx, i.Finding.Check, i.Object)
	case a.kind == gone:
		return cameStill, nil
	}
	return cameUnasked, nil
}

// pageAnew reads the page that an incident is about.
func (r *visit) pageAnew(ctx context.Context, i incident) (string, error) {
	a, err := r.ask(ctx, crawler.Request{URL: i.URL})
	if err != nil {
		return "", err
	}
	if a.kind == gone && i.Finding.Check == "wording" {
		return "", r.over(ctx, i.Finding.Check, i.Object)
	}
	if a.kind != there {
		return cameUnasked, nil
	}
	body, _ := crawler.Decode(a.page.Body, a.page.Header.Get("Content-Type"))
	return r.judgeAnew(ctx, i, sight.Look(body, a.page.URL, r.now.In(r.Zone)))
}

func (r *visit) judgeAnew(ctx context.Context, i incident, s sight.Sight) (string, error) {
	check := i.Finding.Check
	switch check {
	case "wording":
		if slices.ContainsFunc(r.opt.Mistakes.Find(s.Title+"\n"+s.Text), func(h wording.Hit) bool { return h.Wrong == i.Object }) {
			return cameStill, nil
		}
		return "", r.over(ctx, check, i.Object)
	case "home-stale":
		if s.Newest.IsZero() {
			return r.jobAnew(settings.JobRound), nil // the pages it leads to decide
		}
		n, yes := r.opt.Limits.Judge(norm.Measure{Check: check, Since: s.Newest, Now: r.now.In(r.Zone)})
		return "", r.settle(ctx, yes, fact{norm: n, object: i.Object, where: r.opt.URL, found: r.age(s.Newest.Unix()), detail: []string{r.text("patrol.home_dates"), r.lastDay(s.Newest.Unix())}}, check)
	}
	c, ok := r.columnOf(i.URL, s)
	if !ok || c.New == 0 && check != "column-blank" {
		return cameUnasked, nil
	}
	m := norm.Measure{Check: check, Since: time.Unix(c.New, 0), Now: r.now.In(r.Zone)}
	switch check {
	case "column-stale":
		m.Class = c.Class
	case "column-overdue":
		m.Own = c.Days
	default:
		m.Count = count(c.Blank)
	}
	_, err := r.judgeColumn(ctx, c, m)
	return "", err
}
