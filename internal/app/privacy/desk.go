package privacy

import (
	"context"
	"slices"
	"strings"

	"huiying"
	"huiying/crawler/pseudonym"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/refusals"
)

// Desk is where refusals are recorded and lifted, and who did so is noted.
type Desk struct {
	Book *refusals.Book
	Key  []byte // of pseudonyms
	Wake func()
}

// All lists the refusals, the newest first.
func (d Desk) All(ctx context.Context) ([]query.Refusal, error) { return d.Book.All(ctx) }

// Refuse records one. Of who only hashes are kept.
func (d Desk) Refuse(ctx context.Context, who query.Refuser, r query.NewRefusal) (id string, err error) {
	r.Platform, r.Keys, err = d.keys(ctx, who)
	if err != nil {
		return "", err
	}
	if !slices.Contains(query.RefusalPlatforms(), r.Platform) {
		return "", huiying.Errorf(huiying.Invalid, "refusal.platform", strings.Join(query.RefusalPlatforms(), ", "))
	}
	id, err = d.Book.Add(ctx, r, func(ctx context.Context, tx *store.Tx, id string) error {
		return access.Note(ctx, tx, access.Entry{Actor: r.Actor.ID, Action: access.Refused, Object: id, Detail: r.Reference})
	})
	if err == nil {
		d.Wake()
	}
	return id, err
}

// keys are the pseudonyms of a person.
func (d Desk) keys(ctx context.Context, who query.Refuser) (platform string, keys []string, err error) {
	if post := strings.TrimSpace(who.Post); post != "" {
		platform, author, err := d.Book.AuthorOf(ctx, post)
		return platform, []string{author}, err
	}
	id, name := strings.TrimSpace(who.AuthorID), strings.TrimSpace(who.AuthorName)
	for _, k := range []string{pseudonym.Of(who.Platform, id, "", d.Key), pseudonym.Of(who.Platform, "", name, d.Key)} {
		if k != "" {
			keys = append(keys, k)
		}
	}
	return who.Platform, keys, nil
}

// Lift takes one back.
func (d Desk) Lift(ctx context.Context, id string, actor huiying.Actor) error {
	err := d.Book.Lift(ctx, id, actor, func(ctx context.Context, tx *store.Tx, id string) error {
		return access.Note(ctx, tx, access.Entry{Actor: actor.ID, Action: access.RefusalLifted, Object: id})
	})
	if err == nil {
		d.Wake()
	}
	return err
}
