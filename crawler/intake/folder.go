package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/intake/handover"
	"huiying/internal/locale"
)

// The folders within a watched one.
const (
	doneFolder   = "done"   // files whose good rows were all accepted
	errorsFolder = "errors" // bad rows, and files that cannot be read, each with its reason
)

// Endings of what goes into errorsFolder beside the name of the file.
const (
	faultsEnding = "-错误.xlsx"
	reasonEnding = "-错误.txt"
)

// maxFiles bounds the files of one visit.
const maxFiles = 200

// quiet is how long a file must have lain unchanged to be taken at first
// sight; a younger one is taken when two visits see it alike.
const quiet = 10 * time.Minute

// look is how a file was seen.
type look struct {
	Size     int64 `json:"size"`
	Modified int64 `json:"modified"`       // unix nanoseconds
	Rows     int   `json:"rows,omitempty"` // its rows up to this number were accepted
}

// moved is a file in doneFolder.
type moved struct {
	Name string    `json:"name"`
	At   time.Time `json:"at"`
}

// cursor is what is kept between visits.
type cursor struct {
	Looks map[string]look `json:"looks,omitempty"`
	Done  []moved         `json:"done,omitempty"` // of the last day
}

// Reader watches the folder of a source. A source without one only takes
// pushes and is never found wanting.
type Reader struct{ words Words }

// Read takes in the files that lie complete in the folder, the oldest first. A
// folder without any is well: nobody knows how often an office hands over.
// After an unclean start it offers those again that were done since: what is
// durable already is not doubled by that.
func (r Reader) Read(ctx context.Context, v crawler.Visit) (crawler.Report, error) {
	report := crawler.Report{Cursor: v.Cursor, Answer: crawler.AnswerOK}
	o, err := Settle(v.Source)
	if err != nil || o.Folder == "" || !v.Window.IsZero() {
		return report, err
	}
	f := folder{visit: v, o: o, now: v.Now(), report: report, words: r.words}
	if err := f.load(); err != nil {
		return report, err
	}
	err = f.read(ctx)
	raw, merr := json.Marshal(f.cursor)
	if merr != nil {
		return report, fmt.Errorf("write the cursor: %w", merr)
	}
	f.report.Cursor = raw
	f.report.Entry.Detail = strings.Join(f.notes, "; ")
	f.report.Detail = f.report.Entry.Detail
	return f.report, err
}

// folder is one visit of a watched folder.
type folder struct {
	visit  crawler.Visit
	o      Options
	now    time.Time
	words  Words
	before cursor
	cursor cursor
	report crawler.Report
	notes  []string
}

func (f *folder) load() error {
	if len(f.visit.Cursor) > 0 {
		if err := json.Unmarshal(f.visit.Cursor, &f.before); err != nil {
			return huiying.Errorf(huiying.Internal, "crawler.state_unread", f.visit.Source.ID, err)
		}
	}
	f.cursor.Looks = map[string]look{}
	for _, d := range f.before.Done {
		if f.now.Sub(d.At) < 24*time.Hour {
			f.cursor.Done = append(f.cursor.Done, d)
		}
	}
	for _, sub := range []string{doneFolder, errorsFolder} {
		if err := os.MkdirAll(filepath.Join(f.o.Folder, sub), 0o750); err != nil {
			return huiying.Errorf(huiying.Unavailable, "intake.folder", f.visit.Source.ID, f.o.Folder, err)
		}
	}
	return nil
}

func (f *folder) read(ctx context.Context) error {
	if err := f.again(ctx); err != nil {
		f.cursor.Looks = f.before.Looks
		return err
	}
	names, err := f.list()
	if err != nil {
		f.cursor.Looks = f.before.Looks
		return err
	}
	for i, name := range names {
		if err := f.file(ctx, name); err != nil {
			for _, rest := range names[i+1:] { // what is known of them stays known
				if seen, ok := f.before.Looks[rest]; ok {
					f.cursor.Looks[rest] = seen
				}
			}
			return err
		}
	}
	return nil
}

// list names the files that may be hand-overs, the oldest first.
func (f *folder) list() ([]string, error) {
	entries, err := os.ReadDir(f.o.Folder)
	if err != nil {
		return nil, huiying.Errorf(huiying.Unavailable, "intake.folder", f.visit.Source.ID, f.o.Folder, err)
	}
	age := map[string]time.Time{}
	var names []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || unfinished(e.Name()) {
			continue // gone meanwhile, or no file of ours
		}
		names = append(names, e.Name())
		age[e.Name()] = info.ModTime()
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(age[a].Compare(age[b]), strings.Compare(a, b)) })
	if len(names) > maxFiles {
		f.report.Entry.Capped = true
		names = names[:maxFiles]
	}
	return names, nil
}

// unfinished reports a name that programs give to what they are still writing.
func unfinished(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") {
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".part", ".partial", ".tmp", ".filepart", ".crdownload":
		return true
	}
	return false
}

func (f *folder) look(name string) (look, error) {
	info, err := os.Lstat(filepath.Join(f.o.Folder, name))
	if err != nil {
		return look{}, err
	}
	return look{Size: info.Size(), Modified: info.ModTime().UnixNano()}, nil
}

// file takes one file in, or waits until it is complete.
func (f *folder) file(ctx context.Context, name string) error {
	now, err := f.look(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "intake.unreadable", name, err)
	}
	before, known := f.before.Looks[name]
	same := known && before.Size == now.Size && before.Modified == now.Modified
	if same {
		now.Rows = before.Rows
	}
	f.cursor.Looks[name] = now
	if !same && f.now.Sub(time.Unix(0, now.Modified)) < quiet {
		return nil
	}
	f.report.Entry.Pages++
	job := f.job(filepath.Join(f.o.Folder, name), name)
	job.From = now.Rows
	taken, err := job.Take(ctx)
	if taken.Copy != nil {
		defer taken.Copy.Close()
	}
	f.report.Entry.Posts += taken.Rows + taken.Repeats
	var offer *OfferError
	switch {
	case errors.As(err, &offer):
		now.Rows = max(now.Rows, taken.Last)
		f.cursor.Looks[name] = now
		return offer.Err
	case huiying.ErrorCode(err) == huiying.Invalid:
		return f.refuse(name, taken, err)
	case err != nil:
		return err
	}
	return f.finish(name, now, taken)
}

func (f *folder) job(path, name string) File {
	return File{
		Path: path, Name: name, Options: f.o, Offer: f.visit.Sink.Accept, Keep: f.visit.Keep,
		Desk:  handover.Desk{Source: f.visit.Source.ID, Platform: f.o.Platform, Now: f.now, Zone: f.visit.Zone},
		Words: f.words, Lang: locale.Chinese,
	}
}

// finish puts a file away whose good rows were all accepted. One that has
// grown meanwhile is read again.
func (f *folder) finish(name string, then look, taken Taken) error {
	now, err := f.look(name)
	if err != nil || now.Size != then.Size || now.Modified != then.Modified {
		delete(f.cursor.Looks, name)
		return nil //nolint:nilerr // a file that is gone, or not finished, is looked at again
	}
	if taken.Copy != nil {
		copied := filepath.Join(f.o.Folder, errorsFolder, stem(name)+faultsEnding)
		if err := f.write(copied, taken.Copy.Write); err != nil {
			return err
		}
		if err := f.note("intake.note_faults", name, taken.Rows, taken.Bad, errorsFolder+"/"+stem(name)+faultsEnding); err != nil {
			return err
		}
	}
	kept, err := f.move(name, doneFolder)
	if err != nil {
		return err
	}
	delete(f.cursor.Looks, name)
	f.cursor.Done = append(f.cursor.Done, moved{kept, f.now})
	return nil
}

// refuse puts a file away that cannot be read, with the reason beside it.
func (f *folder) refuse(name string, taken Taken, reason error) error {
	catalogue, err := f.words()
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	words := catalogue.Sentence(locale.Chinese, reason) + "\r\n"
	if taken.Rows > 0 {
		words += catalogue.Text(locale.Chinese, "intake.partly", taken.Rows) + "\r\n"
	}
	err = f.write(filepath.Join(f.o.Folder, errorsFolder, stem(name)+reasonEnding), func(w io.Writer) error {
		_, err := io.WriteString(w, "\ufeff"+words)
		return err
	})
	if err == nil && taken.Copy != nil {
		err = f.write(filepath.Join(f.o.Folder, errorsFolder, stem(name)+faultsEnding), taken.Copy.Write)
	}
	if err != nil {
		return err
	}
	if _, err := f.move(name, errorsFolder); err != nil {
		return err
	}
	delete(f.cursor.Looks, name)
	f.report.Answer = crawler.AnswerMalformed
	f.report.Entry.Reason = "intake.file_refused"
	f.notes = append(f.notes, strings.TrimSpace(words))
	return nil
}

func (f *folder) note(key string, args ...any) error {
	catalogue, err := f.words()
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	f.notes = append(f.notes, catalogue.Text(locale.Chinese, key, args...))
	return nil
}

// again offers what was done since an unclean end: it may have been accepted
// and not have reached the disk.
func (f *folder) again(ctx context.Context) error {
	if f.visit.Since.IsZero() {
		return nil
	}
	for _, d := range f.cursor.Done {
		if d.At.Before(f.visit.Since) {
			continue
		}
		taken, err := f.job(filepath.Join(f.o.Folder, doneFolder, d.Name), d.Name).Take(ctx)
		if taken.Copy != nil {
			err = errors.Join(err, taken.Copy.Close())
		}
		var offer *OfferError
		if errors.As(err, &offer) {
			return offer.Err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // it was read before; somebody took it away
			if err := f.note("intake.note_gone", d.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// stem is a file's name without its ending.
func stem(name string) string { return strings.TrimSuffix(name, filepath.Ext(name)) }

// write writes a file whole or not at all.
func (f *folder) write(path string, body func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "intake.folder", f.visit.Source.ID, f.o.Folder, err)
	}
	defer os.Remove(tmp.Name()) // gone after a rename that worked
	err = errors.Join(body(tmp), tmp.Chmod(0o640), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return huiying.Errorf(huiying.Unavailable, "intake.folder", f.visit.Source.ID, f.o.Folder, err)
	}
	return nil
}

// move puts a file into a folder within, beside one of the same name.
func (f *folder) move(name, to string) (string, error) {
	kept := name
	for n := 1; ; n++ {
		if _, err := os.Lstat(filepath.Join(f.o.Folder, to, kept)); errors.Is(err, fs.ErrNotExist) {
			break
		}
		kept = fmt.Sprintf("%s-%s-%d%s", stem(name), f.now.In(f.visit.Zone).Format("20060102-150405"), n, filepath.Ext(name))
	}
	if err := os.Rename(filepath.Join(f.o.Folder, name), filepath.Join(f.o.Folder, to, kept)); err != nil {
		return "", huiying.Errorf(huiying.Unavailable, "intake.folder", f.visit.Source.ID, f.o.Folder, err)
	}
	return kept, nil
}
