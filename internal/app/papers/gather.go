package papers

import (
	"context"
	"maps"
	"slices"
	"strings"

	"huiying"
	"huiying/internal/casefile"
	"huiying/internal/query"
	"huiying/internal/store/attachments"
	"huiying/internal/store/record"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// gather makes the file of a case. The attachments are looked for before the
// purges are read (with the case), so that what was purged meanwhile is said to
// be purged and not lost.
func (d Desk) gather(ctx context.Context, a query.PaperAsk) (casefile.File, error) {
	q := d.Store.Reader()
	c, err := d.Views.Seen(ctx, a.Scope, a.CaseNo)
	if err != nil {
		return casefile.File{}, err
	}
	digests := make([]string, len(c.Files))
	for i, f := range c.Files {
		digests[i] = f.Digest
	}
	kept, err := attachments.Kept(ctx, q, digests)
	if err != nil {
		return casefile.File{}, err
	}
	page, err := d.Views.Case(ctx, a.Scope, a.CaseNo)
	if err != nil {
		return casefile.File{}, err
	}
	head, err := record.Newest(ctx, q)
	if err != nil {
		return casefile.File{}, err
	}
	f := casefile.File{
		Office: d.Office.Name, Program: d.Office.Program, Zone: d.Office.Zone.String(), ExportedAt: d.Store.Now().UTC(), ExportedBy: a.Actor.ID,
		Case: page.Case, Steps: page.Steps, Words: d.words(page), Clocks: d.clocks(page.Case), Posts: d.posts(page),
		Deliveries: deliveries(page), Attachments: d.files(page, kept), Purges: purged(page),
		Head: casefile.Head{Seq: head.Seq, Hash: head.Hash, At: head.At, MAC: head.MAC},
	}
	f.Names, err = d.names(ctx, f)
	return f, err
}

// words are the words of every step, masked where they hold personal data.
func (d Desk) words(page query.CasePage) []casefile.Words {
	out := []casefile.Words{}
	for _, s := range page.Steps {
		for _, field := range slices.Sorted(maps.Keys(s.Payload)) {
			if !machine.Words(field) {
				continue
			}
			w := casefile.Words{N: s.N, Field: field, Digest: s.Payload[field]}
			text, kept := page.Texts[w.Digest]
			at, gone := query.PurgedAt(page.Purges, w.Digest)
			switch {
			case kept:
				w.State = casefile.Kept
				masked := false
				if w.Text, masked = d.Reader.Mask(text); masked {
					w.State = casefile.Masked
				}
			case gone:
				w.State, w.PurgedAt = casefile.Purged, at
			default:
				w.State = casefile.Lost
			}
			out = append(out, w)
		}
	}
	return out
}

// clocks are the rules behind the limits of the case.
func (d Desk) clocks(c huiying.Case) []casefile.Clock {
	out := []casefile.Clock{}
	for _, k := range c.Clocks {
		p, known := limit.Find(d.Presets, k.Preset)
		if known && !slices.ContainsFunc(out, func(one casefile.Clock) bool { return one.Preset == k.Preset }) {
			out = append(out, casefile.Clock{Preset: p.ID, Limit: p.Limit.String(), Source: p.Source, Verified: p.Verified})
		}
	}
	return out
}

func (d Desk) posts(page query.CasePage) []casefile.Post {
	out := []casefile.Post{}
	for _, row := range page.Posts {
		p := row.Judgement.Post
		one := casefile.Post{
			ID: p.ID, Source: p.Source, Platform: p.Platform, Kind: p.Kind, Number: p.Number, URL: p.URL,
			PublishedAt: p.PublishedAt.UTC(), CollectedAt: p.CollectedAt.UTC(), Evidence: p.Evidence, Withdrawn: p.Withdrawn,
		}
		var title, text bool
		one.Title, title = d.Reader.Mask(masked(row.Judgement, "title", p.Title))
		one.Text, text = d.Reader.Mask(masked(row.Judgement, "text", p.Text))
		one.Masked = title || text || len(row.Judgement.PersonalData) > 0
		out = append(out, one)
	}
	return out
}

// masked hides the places that the analyzer found when the post came in.
func masked(j huiying.Judgement, field, text string) string {
	runes := []rune(text)
	for _, p := range j.PersonalData {
		if p.Field == field {
			hide(runes, p.Start, p.End)
		}
	}
	return string(runes)
}

func hide(runes []rune, start, end int) {
	for i := max(start, 0); i < min(end, len(runes)); i++ {
		runes[i] = casefile.Mask
	}
}

func deliveries(page query.CasePage) []casefile.Delivery {
	out := []casefile.Delivery{}
	for _, d := range page.Deliveries {
		out = append(out, casefile.Delivery{
			ID: d.ID, Person: d.Person, Channel: d.Channel, Level: d.Alert.Level, State: d.State, Attempts: d.Attempts,
			CreatedAt: d.CreatedAt.UTC(), AcceptedAt: d.AcceptedAt.UTC(), ReadAt: d.ReadAt.UTC(), AckedAt: d.AckedAt.UTC(),
		})
	}
	return out
}

func (d Desk) files(page query.CasePage, kept map[string]bool) []casefile.Attachment {
	out := []casefile.Attachment{}
	for _, f := range page.Case.Files {
		there, asked := kept[f.Digest]
		// One that came since it was looked for is here.
		a := casefile.Attachment{Digest: f.Digest, Type: f.Type, Size: f.Size, By: f.By, At: f.At.UTC(), Kept: there || !asked}
		a.Name, _ = d.Reader.Mask(page.Texts[f.Name])
		if at, gone := query.PurgedAt(page.Purges, f.Digest); gone {
			a.Kept, a.PurgedAt = false, at
		}
		out = append(out, a)
	}
	return out
}

func purged(page query.CasePage) []casefile.Purge {
	out := []casefile.Purge{}
	for _, p := range page.Purges {
		out = append(out, casefile.Purge{At: p.At, By: p.By, Basis: p.Basis, Reason: p.Reason, Texts: p.Texts, Files: p.Files, Posts: p.Posts})
	}
	return out
}

// names are those of the people and units that the file mentions.
func (d Desk) names(ctx context.Context, f casefile.File) (map[string]string, error) {
	mentioned := map[string]bool{f.ExportedBy: true}
	c := f.Case
	for _, id := range append([]string{c.Unit, c.Owner, c.Drafter, c.Reviewer, c.Watcher}, c.Helpers...) {
		mentioned[id] = true
	}
	for _, s := range f.Steps {
		mentioned[s.Actor] = true
		for _, field := range []string{machine.FieldUnit, machine.FieldOwner, machine.FieldHelpers} {
			for _, id := range strings.Fields(s.Payload[field]) {
				mentioned[id] = true
			}
		}
	}
	for _, one := range f.Deliveries {
		mentioned[one.Person] = true
	}
	out := map[string]string{}
	people, err := d.Office.People(ctx)
	for _, p := range people {
		if mentioned[p.ID] && p.Name != "" {
			out[p.ID] = p.Name
		}
	}
	for _, u := range d.Office.Units {
		if mentioned[u.ID] {
			out[u.ID] = u.Name
		}
	}
	return out, err
}
