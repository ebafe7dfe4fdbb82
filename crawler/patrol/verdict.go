package patrol

import (
	"context"
	"fmt"
	"slices"
	"time"

	"huiying/crawler/patrol/norm"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/wording"
)

// maxTold is how many dead links are told one by one.
const maxTold = 30

// deadLink tells a dead link with the pages it stands on.
func (r *visit) deadLink(ctx context.Context, i int, a answer) error {
	if !r.opt.Does(settings.PartLinks) {
		return nil
	}
	d := &r.cursor.Round
	l := d.Links[i]
	open := r.open("link-dead")
	if len(open) >= maxTold && !slices.Contains(open, l.URL) {
		d.Untold++
		return nil
	}
	m := norm.Measure{Check: "link-dead", Count: 1}
	if slices.Contains(l.From, 0) {
		m.Class = "home"
	}
	n, yes := r.opt.Limits.Judge(m)
	if !yes {
		return nil
	}
	f := fact{norm: n, object: l.URL, found: a.why, where: l.URL, proof: a.page.Evidence}
	for _, from := range l.From {
		f.detail = append(f.detail, r.text("patrol.stands_on", d.Links[from].URL))
		f.where = d.Links[l.From[0]].URL
	}
	return r.raise(ctx, f)
}

func (r *visit) wrong(ctx context.Context, address string, h wording.Hit, proof string) error {
	n, yes := r.opt.Limits.Judge(norm.Measure{Check: "wording", Class: h.Level, Count: 1})
	if !yes {
		return nil
	}
	return r.raise(ctx, fact{
		norm: n, object: h.Wrong, shown: h.Wrong + "（应为“" + h.Right + "”）", found: "“" + h.Excerpt + "”", where: address, proof: proof,
	})
}

// judge ends the round: what only the whole shows is told, and what it did not
// meet again is over.
func (r *visit) judge(ctx context.Context) error {
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{settings.PartLinks, r.judgeLinks}, {settings.PartWording, r.judgeWords}, {settings.PartHome, r.judgeHome}, {settings.PartColumns, r.judgeColumns}, {settings.PartChannels, r.judgeChannels},
	} {
		if !r.opt.Does(part.name) {
			continue
		}
		if err := part.run(ctx); err != nil {
			return err
		}
	}
	d := &r.cursor.Round
	r.note("round: %d addresses, %d pages read, %d pages and %d addresses beyond the bounds, %d not askable, %d dead links not told one by one",
		len(d.Links), d.Pages, d.Unread, d.Dropped, d.count(unsaid), d.Untold)
	r.report.Entry.Capped = d.Unread+d.Dropped > 0
	r.done(settings.JobRound)
	l := &r.cursor.Last
	l.Ended, l.Links, l.Pages, l.Unread, l.Unsaid, l.Columns = r.now.Unix(), len(d.Links), d.Pages, d.Unread+d.Dropped, d.count(unsaid), d.Columns
	*d = round{}
	return nil
}

func (d *round) count(state string) int {
	n := 0
	for _, l := range d.Links {
		if l.State == state {
			n++
		}
	}
	return n
}

// judgeLinks ends the incidents of links that work again, or that a whole
// round no longer met.
func (r *visit) judgeLinks(ctx context.Context) error {
	d := &r.cursor.Round
	for _, address := range r.open("link-dead") {
		i := slices.IndexFunc(d.Links, func(l link) bool { return l.URL == address })
		if (i >= 0 && d.Links[i].State == fine) || (i < 0 && d.Dropped+d.Unread == 0) {
			if err := r.over(ctx, "link-dead", address); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *visit) judgeWords(ctx context.Context) error {
	d := &r.cursor.Round
	for _, word := range r.open("wording") {
		i := r.cursor.Open[keyOf("wording", word)]
		read := slices.ContainsFunc(d.Links, func(l link) bool { return l.URL == i.URL && l.State != unsaid })
		if slices.Contains(d.Words, word) || (!read && d.Dropped+d.Unread > 0) {
			continue
		}
		if err := r.over(ctx, "wording", word); err != nil {
			return err
		}
	}
	return nil
}

// judgeHome takes the newest date on the home page; of one that only leads on,
// the newest of the pages it leads to.
func (r *visit) judgeHome(ctx context.Context) error {
	d := &r.cursor.Round
	newest := d.Links[0].New
	detail := r.text("patrol.home_dates")
	if newest == 0 {
		detail = r.text("patrol.second_level")
		for _, l := range d.Links {
			if l.Depth == 1 {
				newest = max(newest, l.New)
			}
		}
	}
	if newest == 0 {
		r.note("home page: no date is shown, not judged")
		return nil
	}
	m := norm.Measure{Check: "home-stale", Since: time.Unix(newest, 0), Now: r.now.In(r.Zone)}
	n, yes := r.opt.Limits.Judge(m)
	return r.settle(ctx, yes, fact{
		norm: n, object: r.opt.Home.Host, where: r.opt.URL, found: r.age(newest), detail: []string{detail, r.lastDay(newest)},
	}, "home-stale")
}

func (r *visit) age(newest int64) string {
	return amount(norm.DaysBetween(time.Unix(newest, 0), r.now.In(r.Zone)), norm.Days)
}

func (r *visit) lastDay(newest int64) string {
	return r.text("patrol.last_day", time.Unix(newest, 0).In(r.Zone).Format(time.DateOnly))
}

// judgeColumns judges each column and how many there are of each fault.
func (r *visit) judgeColumns(ctx context.Context) error {
	var stale, overdue, blank []string
	undated := 0
	for _, c := range r.cursor.Round.Columns {
		if c.New == 0 && !c.Blank {
			undated++
		}
		for _, k := range []struct {
			check string
			m     norm.Measure
			can   bool
			list  *[]string
		}{
			{"column-blank", norm.Measure{Count: count(c.Blank)}, true, &blank},
			{"column-stale", norm.Measure{Class: c.Class}, c.New != 0, &stale},
			{"column-overdue", norm.Measure{Own: c.Days}, c.New != 0, &overdue},
		} {
			if !k.can {
				continue
			}
			k.m.Check, k.m.Since, k.m.Now = k.check, time.Unix(c.New, 0), r.now.In(r.Zone)
			yes, err := r.judgeColumn(ctx, c, k.m)
			if err != nil {
				return err
			}
			if yes {
				*k.list = append(*k.list, c.Name+" "+c.URL)
			}
		}
	}
	if undated > 0 {
		r.note("columns: %d show no date, not judged", undated)
	}
	if err := r.columnsGone(ctx); err != nil {
		return err
	}
	return r.countColumns(ctx, map[string][]string{"columns-stale": stale, "columns-overdue": overdue, "columns-blank": blank})
}

// columnsGone ends the incidents of columns that a whole round no longer met:
// they were merged or closed down.
func (r *visit) columnsGone(ctx context.Context) error {
	d := &r.cursor.Round
	if d.Dropped+d.Unread > 0 {
		return nil
	}
	for _, check := range []string{"column-stale", "column-overdue", "column-blank"} {
		for _, address := range r.open(check) {
			if slices.ContainsFunc(d.Links, func(l link) bool { return l.URL == address && l.State != dead }) {
				continue
			}
			if err := r.over(ctx, check, address); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *visit) judgeColumn(ctx context.Context, c seen, m norm.Measure) (bool, error) {
	n, yes := r.opt.Limits.Judge(m)
	f := fact{norm: n, object: c.URL, shown: c.Name, where: c.URL, found: "空白"}
	if c.New != 0 {
		f.found, f.detail = r.age(c.New), []string{r.lastDay(c.New)}
	}
	return yes, r.settle(ctx, yes, f, m.Check)
}

func (r *visit) countColumns(ctx context.Context, lists map[string][]string) error {
	for _, check := range []string{"columns-stale", "columns-overdue", "columns-blank"} {
		list := lists[check]
		n, yes := r.opt.Limits.Judge(norm.Measure{Check: check, Count: len(list)})
		f := fact{norm: n, object: r.opt.Home.Host, where: r.opt.URL, found: amount(len(list), norm.Count), detail: list}
		if err := r.settle(ctx, yes, f, check); err != nil {
			return err
		}
	}
	return nil
}

// judgeChannels looks for a link that names a channel for the public and
// works, on the home page and those it links to.
func (r *visit) judgeChannels(ctx context.Context) error {
	var named, works int
	var detail []string
	for _, l := range r.cursor.Round.Links {
		if !l.Chan {
			continue
		}
		named++
		if l.State != dead {
			works++
			continue
		}
		detail = append(detail, r.text("patrol.channel_dead", l.URL, l.Why))
	}
	if works == 0 && r.cursor.Round.Dropped > 0 && named == 0 {
		r.note("channels: not all links were looked at, not judged")
		return nil
	}
	n, yes := r.opt.Limits.Judge(norm.Measure{Check: "channel-missing", Count: count(works == 0)})
	found := fmt.Sprintf("%d 个名称相符的链接，可用 %d 个", named, works)
	return r.settle(ctx, yes, fact{norm: n, object: r.opt.Home.Host, where: r.opt.URL, found: found, detail: detail}, "channel-missing")
}
