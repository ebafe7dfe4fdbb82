package app_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
	"huiying/internal/store/record"
)

// tampered changes the record of a stopped service by SQL and lets audit
// verify look at it, for each kind of change a person with the database could
// make. file is the configuration of data whose record is whole.
func tampered(t *testing.T, words *locale.Catalogue, file string) {
	t.Helper()
	for name, spoil := range map[string]func(*testing.T, *sql.DB){
		"an edited row":      change(`UPDATE record SET actor = 'somebody' WHERE seq = 2`),
		"the last row gone":  change(`DELETE FROM record WHERE seq = (SELECT max(seq) FROM record)`),
		"two rows swapped":   swapRows,
		"a whole case gone":  dropCase,
		"recomputed hashes":  recompute,
		"a changed case row": change(`UPDATE cases SET body = replace(body, '"state":"closed"', '"state":"handling"') WHERE state = 'closed'`),
	} {
		t.Run(name, func(t *testing.T) {
			copied := copyData(t, filepath.Dir(file))
			db, err := sql.Open("sqlite3", "file:"+filepath.Join(copied, "data", "huiying.db"))
			if err != nil {
				t.Fatal(err)
			}
			spoil(t, db)
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			var out, said bytes.Buffer
			s := tool.Streams{Out: &out, Err: &said, Words: words, Lang: locale.English}
			where := app.Where{ConfigFile: filepath.Join(copied, "huiying.yaml")}
			err = tool.AuditVerify(t.Context(), s, tool.ListOptions{Where: where})
			if !errors.Is(err, tool.ErrFailed) {
				t.Fatalf("it went unseen: %v\n%s", err, out.String())
			}
			t.Logf("%s", strings.TrimSpace(out.String()))
		})
	}
}

func change(query string) func(*testing.T, *sql.DB) {
	return func(t *testing.T, db *sql.DB) {
		t.Helper()
		res, err := db.Exec(query)
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := res.RowsAffected(); n == 0 {
			t.Fatalf("nothing was changed by %s", query)
		}
	}
}

// swapRows lets two rows change their places in the record.
func swapRows(t *testing.T, db *sql.DB) {
	for _, q := range []string{
		`UPDATE record SET seq = -1 WHERE seq = 2`, `UPDATE record SET seq = 2 WHERE seq = 3`, `UPDATE record SET seq = 3 WHERE seq = -1`,
	} {
		change(q)(t, db)
	}
}

// dropCase removes the newest case from every table that knows it.
func dropCase(t *testing.T, db *sql.DB) {
	t.Helper()
	var no string
	if err := db.QueryRow(`SELECT max(no) FROM cases`).Scan(&no); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"cases", "record", "case_posts", "alerts", "deliveries"} {
		column := "case_no"
		if table == "cases" {
			column = "no"
		}
		if _, err := db.Exec(`DELETE FROM `+table+` WHERE `+column+` = ?`, no); err != nil {
			t.Fatal(err)
		}
	}
	change(`UPDATE posts SET case_no = '' WHERE case_no <> '' AND case_no NOT IN (SELECT no FROM cases)`)(t, db)
}

// recompute edits a row and then makes every hash after it fit again, as
// somebody would who knows the code and not the key.
func recompute(t *testing.T, db *sql.DB) {
	t.Helper()
	change(`UPDATE record SET actor = 'somebody' WHERE seq = 2`)(t, db)
	steps, err := record.All(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	prev := ""
	for _, s := range steps {
		if s.Seq > 1 {
			s.Prev = prev
		}
		hash, err := record.Hash(s)
		if err != nil {
			t.Fatal(err)
		}
		forged := sha256.Sum256([]byte(hash))
		if _, err := db.Exec(`UPDATE record SET prev = ?, hash = ? WHERE seq = ?`, s.Prev, hash, s.Seq); err != nil {
			t.Fatal(err)
		}
		if s.Seq > 2 {
			if _, err := db.Exec(`UPDATE record SET mac = ? WHERE seq = ?`, hex.EncodeToString(forged[:]), s.Seq); err != nil {
				t.Fatal(err)
			}
		}
		prev = hash
	}
	change(`UPDATE record_head SET hash = (SELECT hash FROM record ORDER BY seq DESC LIMIT 1)`)(t, db)
}

// copyData copies configuration and data, so that each change meets a whole
// record.
func copyData(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}
