package patrol

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler/patrol/norm"
	"huiying/internal/locale"
)

// fact is something seen that crosses a norm.
type fact struct {
	norm   norm.Norm
	object string // what it is about, for identity: an address, a word, a host
	shown  string // the same as people call it, "" = object
	found  string // "16 天"
	where  string // the address where it is seen
	detail []string
	proof  string
}

// raise tells a fact, unless the incident was told at this level already.
func (r *visit) raise(ctx context.Context, f fact) error {
	key := keyOf(f.norm.Check, f.object)
	if r.opt.Excepted(f.norm.Check, f.object, r.now) {
		return r.over(ctx, f.norm.Check, f.object)
	}
	known, open := r.cursor.Open[key]
	open = open && !known.Finding.Over
	if open && known.Finding.Level == f.norm.Level {
		return nil
	}
	if f.shown == "" {
		f.shown = f.object
	}
	now := r.now
	i := incident{
		Finding: huiying.Finding{
			Check: f.norm.Check, Level: f.norm.Level, Found: f.found, Limit: f.norm.Limits(), Basis: f.norm.Basis, Notify: r.opt.Notify,
		},
		Title: f.norm.Sentence(r.name(), f.shown, f.found), URL: f.where, Object: f.object, Proof: f.proof,
		Began: now.Unix(), At: now.Unix(),
	}
	if open {
		i.Began = known.Began
	}
	i.At = max(i.At, known.At+1) // what is told later is the newer one, within a second too
	i.Text = r.text("patrol.finding", i.Title, f.where, strings.Join(append(f.detail, ""), "\n"),
		i.Finding.Found, i.Finding.Limit, f.norm.Words(), f.norm.Todo, now.In(r.Zone).Format("2006-01-02 15:04"))
	return r.tell(ctx, key, i)
}

// over tells that an incident has ended, if there is one.
func (r *visit) over(ctx context.Context, check, object string) error {
	key := keyOf(check, object)
	i, open := r.cursor.Open[key]
	if !open || i.Finding.Over {
		return nil
	}
	i.Finding.Over, i.At = true, max(r.now.Unix(), i.At+1)
	i.Text = r.text("patrol.over", i.Text, r.now.In(r.Zone).Format("2006-01-02 15:04"))
	return r.tell(ctx, key, i)
}

// settle raises a fact that crosses a norm, and ends the incident otherwise.
func (r *visit) settle(ctx context.Context, crossed bool, f fact, check string) error {
	if crossed {
		return r.raise(ctx, f)
	}
	return r.over(ctx, check, f.object)
}

func (r *visit) tell(ctx context.Context, key string, i incident) error {
	if err := r.Sink.Accept(ctx, i.post(r)); err != nil {
		return fmt.Errorf("accept a finding: %w", err)
	}
	r.report.Entry.Accepted++
	r.cursor.Open[key] = i
	return nil
}

// again tells what was told since the moment from which all is told again, and
// forgets what is over for long.
func (r *visit) again(ctx context.Context) error {
	for _, key := range slices.Sorted(maps.Keys(r.cursor.Open)) {
		i := r.cursor.Open[key]
		if i.Finding.Over && r.now.Sub(time.Unix(i.At, 0)) > kept {
			delete(r.cursor.Open, key)
			continue
		}
		if r.Since.IsZero() || i.At < r.Since.Unix() {
			continue
		}
		if err := r.tell(ctx, key, i); err != nil {
			return err
		}
	}
	return nil
}

// open lists the objects of a check's incidents that are not over.
func (r *visit) open(check string) []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(r.cursor.Open)) {
		if i := r.cursor.Open[key]; i.Finding.Check == check && !i.Finding.Over {
			out = append(out, i.Object)
		}
	}
	return out
}

func (r *visit) text(key string, args ...any) string {
	return strings.TrimSpace(r.words.Text(locale.Chinese, key, args...))
}

// name is what people call the site.
func (r *visit) name() string {
	if r.Source.Name != "" {
		return r.Source.Name
	}
	return r.opt.Home.Host
}
