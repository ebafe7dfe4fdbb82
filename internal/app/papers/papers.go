// Package papers is what lies beside the record of a case: its attachments, its
// file on paper, and the lawful purge of its words. Every file that goes out
// and every purge is noted in the access log. It refuses what a browser or an
// office program could run, and gives nothing out beyond the scope of who asks.
package papers

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/internal/casefile"
	"huiying/internal/locale"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/attachments"
	"huiying/internal/store/purges"
	"huiying/internal/store/record"
	"huiying/internal/store/views"
	"huiying/notifier"
	"huiying/notifier/casework/limit"
	"huiying/notifier/casework/machine"
)

// Office is who exports.
type Office struct {
	Name    string
	Zone    *time.Location
	Program string // its version
	Units   []huiying.Unit
	People  func(ctx context.Context) ([]huiying.Person, error)
}

// Desk gives papers out. Cases is needed for attachments alone.
type Desk struct {
	Store   *store.Store
	Views   *views.Views
	Cases   *notifier.Desk
	Key     []byte // of the record
	Words   *locale.Catalogue
	Office  Office
	Reader  *Reader
	KeepFor time.Duration   // how long after its end words of a case are kept
	Presets []limit.Preset  // the office's time limits
	Purged  func()          // called after a purge; nil = nobody
	Limits  query.Retention // how long things are kept, without what went by it
}

// MaxFile is how large an attachment may be, in bytes.
const MaxFile = 20 << 20

// Attach adds a file to a case.
func (d Desk) Attach(ctx context.Context, f query.NewFile) (huiying.Case, error) {
	name, media, err := Inspect(f.Name, f.Body)
	if err != nil {
		return huiying.Case{}, err
	}
	return d.Cases.Attach(ctx, notifier.Attachment{
		CaseNo: f.CaseNo, Actor: f.Actor, Version: f.Version, Name: name, Type: media, Body: f.Body,
	})
}

// File gives an attachment out, once it is noted who took it.
func (d Desk) File(ctx context.Context, a query.FileAsk) (query.Paper, error) {
	c, err := d.Views.Seen(ctx, a.Scope, a.CaseNo)
	if err != nil {
		return query.Paper{}, err
	}
	i := slices.IndexFunc(c.Files, func(f huiying.File) bool { return f.Digest == a.Digest })
	if i < 0 {
		return query.Paper{}, huiying.Errorf(huiying.NotFound, "file.gone")
	}
	f, err := attachments.Get(ctx, d.Store.Reader(), a.Digest)
	if err != nil {
		return query.Paper{}, err
	}
	name, err := record.Text(ctx, d.Store.Reader(), c.Files[i].Name)
	if err != nil && huiying.ErrorCode(err) != huiying.NotFound {
		return query.Paper{}, err
	}
	if name == "" {
		name = strings.TrimPrefix(a.Digest, "sha256:")[:16]
	}
	return query.Paper{Name: name, Type: f.Type, Body: f.Body}, d.note(ctx, access.Entry{
		Actor: a.Actor.ID, Action: access.FileOpened, Object: a.CaseNo, Detail: a.Digest[:min(len(a.Digest), 23)],
	})
}

func (d Desk) note(ctx context.Context, e access.Entry) error {
	return d.Store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error { return access.Note(ctx, tx, e) })
}

// Export gives the file of a case out, once it is noted who took it.
func (d Desk) Export(ctx context.Context, a query.PaperAsk) (query.Paper, error) {
	if !slices.Contains(query.PaperFormats(), a.Format) {
		return query.Paper{}, huiying.Errorf(huiying.Invalid, "casefile.formats", a.Format, strings.Join(query.PaperFormats(), ", "))
	}
	f, err := d.gather(ctx, a)
	if err != nil {
		return query.Paper{}, err
	}
	p, err := d.write(f, a)
	if err != nil {
		return query.Paper{}, err
	}
	p.Name = a.CaseNo + "." + a.Format
	return p, d.note(ctx, access.Entry{Actor: a.Actor.ID, Action: access.CaseExported, Object: a.CaseNo, Detail: a.Format})
}

// write puts the file into its form. Paper names the signature of the JSON, so
// that both can be told to be of one export.
func (d Desk) write(f casefile.File, a query.PaperAsk) (p query.Paper, err error) {
	if f, err = casefile.Signed(f, d.sign); err != nil {
		return p, err
	}
	var out bytes.Buffer
	if a.Format == "json" {
		err = casefile.Write(&out, f)
		return query.Paper{Type: "application/json", Body: out.Bytes()}, err
	}
	lang, tag := locale.ParseLang(a.Lang), "zh-CN"
	if lang == locale.English {
		tag = "en"
	}
	paper := casefile.Paper(&f, d.Office.Zone, tag, func(key string, args ...any) string { return d.Words.Text(lang, key, args...) })
	if a.Format == "docx" {
		err = casefile.DOCX(&out, paper, f.ExportedAt)
		return query.Paper{Type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Body: out.Bytes()}, err
	}
	err = casefile.HTML(&out, paper)
	return query.Paper{Type: "text/html; charset=utf-8", Body: out.Bytes()}, err
}

func (d Desk) sign(purpose string, parts ...string) (string, error) {
	return record.Sign(d.Key, purpose, parts...)
}

// Purge takes the words of an ended case out.
func (d Desk) Purge(ctx context.Context, p query.NewPurge) (query.CasePurge, error) {
	if len(d.Reader.Personal(p.Reason)) > 0 {
		return query.CasePurge{}, huiying.Errorf(huiying.Invalid, "purge.personal")
	}
	done, err := purges.Purge(ctx, purges.Options{Store: d.Store, After: d.KeepFor, Words: machine.Words, File: machine.FieldDigest}, p)
	if done.N > 0 && d.Purged != nil {
		d.Purged()
	}
	if err != nil {
		return done, err
	}
	// A reader under way may keep the log from being emptied now; the sweep does
	// it again until it is.
	if _, err := d.Store.Checkpoint(ctx); err != nil {
		return done, fmt.Errorf("empty the log after a purge: %w", err)
	}
	return done, nil
}

// Purges lists the purges of every case, the oldest first.
func (d Desk) Purges(ctx context.Context) ([]query.CasePurge, error) {
	return purges.Of(ctx, d.Store.Reader(), "")
}

// Retention is how long things are kept, and what went by it.
func (d Desk) Retention(ctx context.Context) (query.Retention, error) {
	out := d.Limits
	var err error
	if out.LastAt, err = purges.LastRun(ctx, d.Store.Reader()); err != nil {
		return out, err
	}
	if out.OldestAt, err = purges.Oldest(ctx, d.Store.Reader()); err != nil {
		return out, err
	}
	out.Runs, err = purges.Runs(ctx, d.Store.Reader())
	return out, err
}

// Check is what verifying the record looks at beside it.
func Check() record.Check { return purges.Check(machine.Words, machine.FieldDigest) }
