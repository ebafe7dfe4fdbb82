package patrol

import (
	"context"
	"errors"
	"fmt"
	"time"

	"huiying/crawler"
	"huiying/crawler/host"
	"huiying/crawler/patrol/certificate"
	"huiying/crawler/patrol/norm"
	"huiying/crawler/patrol/settings"
	"huiying/crawler/patrol/uptime"
)

// probe asks for the home page once a slot and judges the share of the week.
func (r *visit) probe(ctx context.Context) error {
	if !r.opt.Does(settings.PartProbe) {
		return nil
	}
	if r.cursor.Series.Due(r.now) {
		found, err := r.look(ctx)
		if err != nil {
			return err
		}
		r.cursor.Series = r.cursor.Series.Add(r.now, found)
	}
	h := r.cursor.Series.At(r.now)
	r.note("probes %d of %d slots, closed %d (%.1f%%), gaps %d", h.Probes, h.Slots, h.Closed, float64(h.PerMille())/10, h.Gaps)
	if err := r.share(ctx, h); err != nil {
		return err
	}
	down, yes := r.opt.Limits.Judge(norm.Measure{Check: "site-down", Count: h.InRow})
	if !yes && h.InRow > 0 {
		return nil // neither again open nor long enough closed
	}
	return r.settle(ctx, yes, fact{
		norm: down, object: r.opt.Home.Host, where: r.opt.URL, found: fmt.Sprintf("%d 次", h.InRow), detail: r.probes(h),
	}, "site-down")
}

func (r *visit) share(ctx context.Context, h uptime.Share) error {
	f := fact{object: r.opt.Home.Host, where: r.opt.URL, detail: r.probes(h)}
	f.found = fmt.Sprintf("%d.%d%%", h.PerMille()/10, h.PerMille()%10)
	week, running := r.opt.Limits.Get("site-unreachable"), r.opt.Limits.Get("site-unreachable-running")
	switch {
	case week.Limit > 0 && h.Certain(week.Limit):
		f.norm = week
	case running.Limit > 0 && h.Running(running.Limit):
		f.norm = running
	case h.Probes < uptime.LeastDay:
		return nil // too few to say that it is over
	default:
		return r.over(ctx, week.Check, f.object)
	}
	return r.raise(ctx, f)
}

// probes says the arithmetic, so that it can be checked by hand.
func (r *visit) probes(h uptime.Share) []string {
	return []string{r.text("patrol.probes", r.opt.Probes, h.Slots, h.Probes, h.Closed, h.Slow, h.Silent, h.Failing, h.Gaps)}
}

// look makes one probe. A site that refuses us says nothing about the public;
// a probe that is not answered while the witness is not either says that our
// own line is down.
func (r *visit) look(ctx context.Context) (byte, error) {
	p, err := r.Fetch.Fetch(ctx, crawler.Request{URL: r.out(r.opt.URL), Probe: true})
	r.left--
	var lost *host.UnreachableError
	switch {
	case err == nil:
		return probed(p), nil
	case ctx.Err() != nil:
		return 0, err
	case errors.As(err, &lost):
		return r.silent(ctx)
	}
	r.note("not probed: %v", err)
	return uptime.Refused, nil
}

// probed is what an answered probe found.
func probed(p crawler.Page) byte {
	kind, _ := sorted(p, p.URL)
	switch {
	case kind == forbidden || kind == unasked:
		return uptime.Refused
	case p.Took >= uptime.Limit:
		return uptime.Slow
	case kind != there:
		return uptime.Failing
	case p.Answer == crawler.AnswerMalformed && len(p.Body) == 0:
		return uptime.Silent // an empty page, or one that could not be read whole
	}
	return uptime.Open
}

func (r *visit) silent(ctx context.Context) (byte, error) {
	if r.opt.Witness == "" {
		return uptime.Silent, nil
	}
	_, err := r.Fetch.Fetch(ctx, crawler.Request{URL: r.opt.Witness, Head: true, Probe: true})
	r.left--
	var lost *host.UnreachableError
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.As(err, &lost):
		r.note("not probed: the witness gives no answer either")
		return uptime.Refused, nil
	}
	return uptime.Silent, nil
}

// certificate looks at the certificate of the home page's host.
func (r *visit) certificate(ctx context.Context) error {
	address := r.out(r.opt.URL)
	if !r.opt.Does(settings.PartCertificate) || r.opt.Home.Scheme != "https" || !r.due(settings.PartCertificate) {
		return nil
	}
	if r.Source.BaseURL != "" && len(address) > 5 && address[:5] != "https" {
		return nil // the stand-in has none
	}
	shake := r.rd.shake
	if shake == nil {
		shake = certificate.Over(r.Dial)
	}
	s, err := certificate.Look(ctx, shake, address, r.rd.roots, r.now)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.done(settings.PartCertificate)
	if err != nil {
		r.note("certificate not seen: %v", err)
		r.cursor.Done[settings.PartCertificate] = r.now.Add(min(0, time.Hour-r.opt.Every[settings.PartCertificate])).Unix() // again in an hour
		return nil
	}
	r.cursor.Last.Cert = &handshake{At: r.now.Unix(), NotAfter: s.NotAfter.Unix(), Left: s.Left, Name: s.Name, Chain: s.Chain}
	name := r.opt.Home.Host
	expiry := r.text("patrol.expiry", s.NotAfter.In(r.Zone).Format("2006-01-02 15:04"))
	for _, c := range []struct {
		check, detail string
		measure       int
	}{
		{"certificate", expiry, s.Left},
		{"certificate-name", s.Name, count(s.Name != "")},
		{"certificate-chain", s.Chain, count(s.Chain != "")},
	} {
		n, yes := r.opt.Limits.Judge(norm.Measure{Check: c.check, Count: c.measure})
		f := fact{norm: n, object: name, where: r.opt.URL, found: amount(c.measure, n.Unit), detail: []string{c.detail}}
		if err := r.settle(ctx, yes, f, c.check); err != nil {
			return err
		}
	}
	return nil
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// amount is a figure with its unit as people say it.
func amount(n int, unit string) string {
	switch unit {
	case norm.Days, norm.Months, norm.DaysLeft:
		return fmt.Sprintf("%d 天", max(n, -n))
	}
	return fmt.Sprintf("%d 个", n)
}
