package exporting

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
	"huiying/internal/query"
)

// lookEvery is how often it is looked for files to remove.
const lookEvery = time.Minute

// errCancelled ends the making of a file that nobody wants any more.
var errCancelled = errors.New("the export was cancelled")

// Wake has a job begun at once.
func (d *Desk) Wake() {
	select {
	case d.wake <- struct{}{}:
	default: // it is awake
	}
}

// Run does jobs one after the other until ctx ends. What a process left half
// done is begun again.
func (d *Desk) Run(ctx context.Context) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := d.Step(ctx); err != nil && ctx.Err() == nil {
			d.o.Logger.Error("exports stand still; tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.wake:
		case <-tick.C:
		}
	}
}

// begin takes up what was interrupted and removes files that belong to no job.
func (d *Desk) begin(ctx context.Context) error {
	if err := os.MkdirAll(d.o.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of exports: %w", err)
	}
	err := d.o.Book.Recover(ctx, func(lang string) string {
		return d.o.Words.Text(locale.ParseLang(lang), "exports.interrupted")
	})
	if err != nil {
		return err
	}
	files, err := os.ReadDir(d.o.Dir)
	if err != nil {
		return fmt.Errorf("list the folder of exports: %w", err)
	}
	for _, f := range files {
		id, _, _ := strings.Cut(f.Name(), ".")
		e, err := d.o.Book.Get(ctx, id)
		if err != nil && huiying.ErrorCode(err) != huiying.NotFound {
			return err
		}
		if err != nil || e.State != query.ExportDone || filepath.Base(d.path(e)) != f.Name() {
			if err := os.Remove(filepath.Join(d.o.Dir, f.Name())); err != nil {
				return fmt.Errorf("remove a file of no export: %w", err)
			}
		}
	}
	return nil
}

// Step removes what is due and does what waits, one job after the other. A file
// that cannot be removed keeps no job waiting, and is told at the end.
func (d *Desk) Step(ctx context.Context) error {
	for {
		stuck := d.expire(ctx) // before each job, for one may take long and many may wait
		e, ok, err := d.o.Book.Next(ctx)
		if err == nil && ok {
			err = d.do(ctx, e)
		}
		if err != nil || !ok {
			return errors.Join(stuck, err)
		}
	}
}

func (d *Desk) expire(ctx context.Context) error {
	due, err := d.o.Book.Due(ctx, d.o.Now())
	if err != nil {
		return err
	}
	for _, e := range due {
		if err := os.Remove(d.path(e)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an expired export: %w", err)
		}
		if err := d.o.Book.Expired(ctx, e.ID); err != nil {
			return err
		}
	}
	return nil
}

// do makes the file of one job. What goes wrong with it is told to who asked;
// only what keeps every job from being done is an error.
func (d *Desk) do(ctx context.Context, e query.Export) error {
	made, err := d.make(ctx, e)
	switch {
	case ctx.Err() != nil:
		return d.discard(e) // the process ends: begun again at the next start
	case errors.Is(err, errCancelled):
		return d.discard(e)
	case err != nil:
		made = e
		made.State, made.Problem = query.ExportFailed, d.o.Words.Sentence(locale.ParseLang(e.Lang), err)
		if huiying.ErrorCode(err) == huiying.Internal {
			d.o.Logger.ErrorContext(ctx, "an export failed", "export", e.ID, "error", err)
		}
	}
	ended, err := d.o.Book.End(ctx, made)
	if err == nil && (!ended || made.State != query.ExportDone) {
		return d.discard(e)
	}
	return err
}

// discard removes what was made of a file.
func (d *Desk) discard(e query.Export) error {
	for _, name := range []string{d.path(e), d.path(e) + ".part"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an unfinished export: %w", err)
		}
	}
	return nil
}

// account is who asked for a file, as it is now: a person, or the program of a
// token, which is no person's where a service has it.
func (d *Desk) account(ctx context.Context, e query.Export) (query.Account, error) {
	if e.Token != "" {
		return d.o.Token(ctx, e.Token)
	}
	return d.o.Account(ctx, e.Person)
}

// make writes the file and puts it in its place.
func (d *Desk) make(ctx context.Context, e query.Export) (query.Export, error) {
	a, err := d.account(ctx, e)
	if err != nil {
		return e, err
	}
	// Whoever lost a role since gets nothing.
	if a.Disabled || !a.MayExport(e.What) || e.Revealed && !a.MayReveal() {
		return e, huiying.Errorf(huiying.Forbidden, "exports.not_yours")
	}
	t, err := d.table(ctx, e, a)
	if err != nil {
		return e, err
	}
	part := d.path(e) + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return e, err
	}
	e, err = d.write(ctx, f, e, t)
	if err == nil {
		e, err = finish(f, e)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return e, err
	}
	e.Scope = a.Scope().Name()
	e.State, e.ExpiresAt = query.ExportDone, d.o.Now().Add(d.o.Keep)
	return e, os.Rename(part, d.path(e))
}

// finish makes the file last and measures it.
func finish(f *os.File, e query.Export) (query.Export, error) {
	if err := f.Sync(); err != nil {
		return e, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return e, err
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	e.Bytes, e.Digest = n, "sha256:"+hex.EncodeToString(sum.Sum(nil))
	return e, err
}

// progressEvery is after how many rows the progress is noted.
const progressEvery = 500

// write fills a file with the rows of a table.
func (d *Desk) write(ctx context.Context, f *os.File, e query.Export, t table) (query.Export, error) {
	out, err := newWriter(f, e.Format)
	if err != nil {
		return e, err
	}
	if err := out.head(t); err != nil {
		return e, errors.Join(err, out.abandon())
	}
	e.Rows = 0
	for cells, err := range t.rows {
		if err == nil && e.Rows == d.o.Rows {
			e.Cut = true
			break
		}
		if err == nil {
			err = out.row(cells)
		}
		if e.Rows++; err == nil && e.Rows%progressEvery == 0 {
			err = d.going(ctx, e, t)
		}
		if err != nil {
			return e, errors.Join(err, out.abandon())
		}
	}
	if err := d.going(ctx, e, t); err != nil {
		return e, errors.Join(err, out.abandon())
	}
	return e, out.close(d.notes(e, t))
}

func (d *Desk) going(ctx context.Context, e query.Export, t table) error {
	going, err := d.o.Book.Progress(ctx, e.ID, e.Rows, min(max(*t.total, e.Rows), d.o.Rows))
	if err == nil && !going {
		return errCancelled
	}
	return err
}
