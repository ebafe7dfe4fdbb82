package papers

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/notifier/casework"
	"huiying/notifier/reply"
)

// Inspector reads the replies to cases of a store; nil sensitive words are
// those that are built in.
func Inspector(s *store.Store, r *Reader, sensitive []reply.Sensitive) *reply.Inspector {
	return reply.New(reply.Options{Reader: r, Posts: Archive{s}, Sensitive: sensitive})
}

// Drafting helps who writes a reply.
type Drafting struct {
	Engine    *casework.Engine
	Store     *store.Store
	Templates []reply.Template
	Office    Office
	Items     map[string]string // names of service items, by their code
}

// Inspect gives the remarks on words of a case.
func (d Drafting) Inspect(ctx context.Context, c huiying.Case, text string) ([]query.Remark, error) {
	list, err := d.Engine.Inspect(ctx, c, text)
	out := make([]query.Remark, 0, len(list))
	for _, r := range list {
		out = append(out, query.Remark{Kind: r.Kind, Start: r.Start, End: r.End, Say: r.Say, Stops: r.Stops})
	}
	return out, err
}

// Offer gives the templates for a case, filled.
func (d Drafting) Offer(ctx context.Context, page query.CasePage) ([]query.ReplyTemplate, error) {
	c := page.Case
	values := map[string]string{"case_no": c.No, "date": d.Store.Now().In(d.Office.Zone).Format("2006年1月2日"), "item": d.item(page)}
	for _, u := range d.Office.Units {
		if u.ID == c.Unit {
			values["unit"] = u.Name
		}
	}
	out := []query.ReplyTemplate{}
	for _, t := range reply.For(d.Templates, c.Kind, c.Disposition, values) {
		out = append(out, query.ReplyTemplate{ID: t.ID, Name: t.Name, Text: t.Text})
	}
	return out, ctx.Err()
}

// item is the service item that the case's posts are about, else its title.
func (d Drafting) item(page query.CasePage) string {
	for _, p := range page.Posts {
		for _, code := range p.Judgement.ServiceItems {
			if name := d.Items[code]; name != "" {
				return name
			}
		}
	}
	return page.Case.Title
}
