package record

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"huiying"
	"huiying/internal/store"
)

// Head is one line of an exported file: how far the record had come at a time,
// and which cases had moved since the line before. The files lie outside the
// database, better still on another machine; with them Verify finds an old
// copy of the database put in the place of the newer one.
type Head struct {
	Seq   int64      `json:"seq"`
	Hash  string     `json:"hash"`
	At    time.Time  `json:"at"`
	Cases []CaseHead `json:"cases,omitempty"`
	Prev  string     `json:"prev"` // MAC of the line before, "" in the very first
	MAC   string     `json:"mac"`  // over everything above

	place string // file:line it was read from
}

// CaseHead is the last step of one case.
type CaseHead struct {
	No   string `json:"no"`
	N    int    `json:"n"`
	Hash string `json:"hash"`
}

func (h Head) parts() []string {
	parts := []string{strconv.FormatInt(h.Seq, 10), h.Hash, strconv.FormatInt(store.Micros(h.At), 10), h.Prev}
	for _, c := range h.Cases {
		parts = append(parts, c.No, strconv.Itoa(c.N), c.Hash)
	}
	return parts
}

// Exported is what the exported files hold.
type Exported struct {
	Heads []Head   // oldest first
	Torn  []string // file:line of what is no head: an export that a power failure cut short
}

const headFiles = "heads-*.jsonl"

// ReadHeads reads every exported head in a folder; none when there is no such
// folder. What cannot be read is listed, not an error.
func ReadHeads(dir string) (Exported, error) {
	files, err := filepath.Glob(filepath.Join(dir, headFiles))
	if err != nil {
		return Exported{}, fmt.Errorf("list exported heads: %w", err)
	}
	slices.Sort(files)
	var all Exported
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return Exported{}, fmt.Errorf("read exported heads: %w", err)
		}
		all.add(filepath.Base(file), raw)
	}
	return all, nil
}

func (e *Exported) add(name string, raw []byte) {
	for i, line := range bytes.Split(raw, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		place := name + ":" + strconv.Itoa(i+1)
		var h Head
		if err := json.Unmarshal(line, &h); err != nil || h.Hash == "" || h.MAC == "" {
			e.Torn = append(e.Torn, place)
			continue
		}
		h.place = place
		e.Heads = append(e.Heads, h)
	}
}

// At says where the record stands; zero and "" before its first entry.
func (l *Ledger) At(ctx context.Context) (seq int64, hash string, err error) {
	h, err := readHead(ctx, l.store.Reader())
	return h.seq, h.hash, err
}

// ExportHead appends the signed head of the record to a file outside the
// database, heads-YYYYMM.jsonl in dir, and returns once it is durable there.
// An empty record exports nothing (the zero Head). A record that does not
// contain what was exported before is huiying.Conflict and exports nothing:
// it would only lend an old or changed copy a fresh signature.
func (l *Ledger) ExportHead(ctx context.Context, dir string) (Head, error) {
	key := l.store.MACKey()
	if len(key) == 0 {
		return Head{}, huiying.Errorf(huiying.Unavailable, "store.no_record_key")
	}
	known, err := ReadHeads(dir)
	if err != nil {
		return Head{}, err
	}
	var last Head
	if n := len(known.Heads); n > 0 {
		last = known.Heads[n-1]
	}
	next := Head{At: l.store.Now(), Prev: last.MAC}
	err = l.store.Snapshot(ctx, func(ctx context.Context, q store.Querier) error { return next.take(ctx, q, key, last) })
	if err != nil || next.Seq == 0 {
		return Head{}, err
	}
	next.MAC = sign(key, forExport, next.parts()...)
	next.At = next.At.In(l.store.Zone())
	return next, writeHead(dir, "heads-"+next.At.Format("200601")+".jsonl", next)
}

// take fills h with where the record stands and what moved since last.
func (h *Head) take(ctx context.Context, q store.Querier, key []byte, last Head) error {
	now, err := readHead(ctx, q)
	if err != nil || now.seq == 0 && last.Seq == 0 {
		return err
	}
	if last.Seq > 0 {
		var hash string
		err := q.QueryRowContext(ctx, `SELECT hash FROM record WHERE seq = $1`, last.Seq).Scan(&hash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read step %d: %w", last.Seq, err)
		}
		if hash != last.Hash {
			return huiying.Errorf(huiying.Conflict, "store.record_rewound", last.Seq)
		}
	}
	if !now.signedBy(key) {
		return huiying.Errorf(huiying.Conflict, "store.record_head_unsigned", now.seq)
	}
	h.Seq, h.Hash = now.seq, now.hash
	h.Cases, err = store.Collect[CaseHead](q.QueryContext(ctx, `
		SELECT r.case_no, r.n, r.hash FROM record r
		JOIN (SELECT case_no, max(n) AS n FROM record WHERE seq > $1 GROUP BY case_no) m ON m.case_no = r.case_no AND m.n = r.n
		ORDER BY r.case_no`, last.Seq))(
		func(rows *sql.Rows) (c CaseHead, err error) { return c, rows.Scan(&c.No, &c.N, &c.Hash) })
	if err != nil {
		return fmt.Errorf("read heads of cases: %w", err)
	}
	return nil
}

// writeHead appends one line and makes it durable. A line that a power failure
// cut short is closed first and stays.
func writeHead(dir, name string, h Head) (failed error) {
	line, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode head: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder of exported heads: %w", err)
	}
	path := filepath.Join(dir, name)
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read exported heads: %w", err)
	}
	if len(before) > 0 && before[len(before)-1] != '\n' {
		line = append([]byte("\n"), line...)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open exported heads: %w", err)
	}
	defer func() { failed = errors.Join(failed, f.Close()) }()
	if _, err := f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("export head: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("export head: %w", err)
	}
	return store.SyncFolder(dir)
}
