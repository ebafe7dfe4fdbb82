package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/drill/replica"
	"huiying/internal/locale"
)

// logged is everything that a service has logged.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// refusing is a service that reads two people's posts.
type refusing struct {
	*app.App
	dir   string
	log   *logged
	admin *browser
}

// Someone refuses to be collected: the next post is dropped, the earlier ones
// are purged, and a search of every table, every file of the bus and every line
// of the log for the name, the number and the words finds nothing. The other
// people's posts and the record of the case stay.
func TestRefusal(t *testing.T) {
	t.Parallel()
	person := replica.Account{UID: 2987654321, Name: "拒收拒收的石榴籽", Verified: "none"}
	other := replica.Account{UID: 2000000017, Name: "路边的苦楝树", Verified: "none"}
	words := []string{"大厅系统瘫痪，石榴籽留字为证", "石榴籽今天只是路过大厅", "石榴籽又来大厅了"}
	world := replica.NewWorld(replica.Options{Now: time.Now})
	say := func(by replica.Account, key, text string) {
		t.Helper()
		if err := world.Apply(replica.Change{At: time.Now(), Post: &replica.Post{Key: key, By: by, Text: text}}); err != nil {
			t.Fatal(err)
		}
	}
	say(person, "case", words[0])
	say(person, "plain", words[1])
	say(other, "other", "大厅系统瘫痪，苦楝树也没办成")
	site, err := replica.Serve(t.Context(), "", replica.Weibo(world))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = site.Close() })
	s := startRefusing(t, site.URL)
	ids := world.PublishedPosts()
	byText := map[string]string{}
	for _, id := range ids {
		s.until(t, "post "+id, func() bool { return s.post(t, id) != nil })
		byText[s.post(t, id).Post.Text] = id
	}
	ids = []string{byText[words[0]], byText[words[1]], byText["大厅系统瘫痪，苦楝树也没办成"]}
	var no string
	s.until(t, "the case", func() bool { no = s.post(t, ids[0]).CaseNo; return no != "" })

	status, raw := s.admin.do(t, http.MethodPost, "/api/v1/refusals", map[string]string{
		"platform": "weibo", "author_id": strconv.FormatInt(person.UID, 10), "author_name": person.Name, "reason": "person", "reference": "拒〔2026〕7号",
	})
	if status != http.StatusUnprocessableEntity && status != http.StatusBadRequest {
		t.Errorf("a reference with words of its own: %d %s", status, raw)
	}
	status, raw = s.admin.do(t, http.MethodPost, "/api/v1/refusals", map[string]string{
		"platform": "weibo", "author_id": strconv.FormatInt(person.UID, 10), "author_name": person.Name, "reason": "person", "reference": "2026-7",
	})
	if status != http.StatusOK {
		t.Fatalf("refuse: %d %s", status, raw)
	}
	say(person, "next", words[2])
	say(other, "next other", "苦楝树再到大厅")
	s.until(t, "the other's next post", func() bool {
		return slices.ContainsFunc(world.PublishedPosts(), func(id string) bool {
			p := s.post(t, id)
			return p != nil && p.Post.Text == "苦楝树再到大厅"
		})
	})
	var listed struct{ Refusals []map[string]any }
	s.until(t, "the purge", func() bool {
		s.get(t, "/api/v1/refusals", &listed)
		return len(listed.Refusals) == 1 && listed.Refusals[0]["purged_at"] != nil
	})
	r := listed.Refusals[0]
	if r["posts"] != 2.0 || r["left"] != 0.0 || r["messages"].(float64) < 4 || r["pages"].(float64) < 1 {
		t.Errorf("purged: %v", r)
	}
	kept := s.post(t, ids[0])
	if kept == nil || kept.CaseNo != no || !kept.Post.Withdrawn || kept.Post.Text != "" || s.post(t, ids[1]) != nil || s.post(t, ids[2]).Post.Text == "" {
		t.Errorf("what stays: %+v", kept)
	}
	if n := s.refused(t); n != 1 {
		t.Errorf("the ledger counts %d refused posts", n)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	sentences, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var verified bytes.Buffer
	err = tool.AuditVerify(t.Context(), tool.Streams{Out: &verified, Err: &verified, Words: sentences, Lang: locale.English}, tool.ListOptions{
		Where: app.Where{ConfigFile: filepath.Join(s.dir, "huiying.yaml")},
	})
	if err != nil {
		t.Errorf("the record after the purge: %v, %s", err, verified.String())
	}
	secrets := append([]string{person.Name, strconv.FormatInt(person.UID, 10), "石榴籽"}, words...)
	s.searchTables(t, secrets)
	s.searchFiles(t, secrets)
	if !bytes.Contains(s.log.text.Bytes(), []byte("level=DEBUG")) {
		t.Error("the log was not read")
	}
	for _, secret := range secrets {
		if bytes.Contains(s.log.text.Bytes(), []byte(secret)) {
			t.Errorf("the log holds %s", secret)
		}
	}
}

type stored struct {
	CaseNo string `json:"case_no"`
	Post   huiying.Post
}

func (s *refusing) post(t *testing.T, id string) *stored {
	t.Helper()
	status, raw := s.admin.do(t, http.MethodGet, "/api/v1/posts/"+id, nil)
	if status != http.StatusOK {
		return nil
	}
	var got struct{ Post stored }
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	return &got.Post
}

func (s *refusing) get(t *testing.T, path string, into any) {
	t.Helper()
	status, raw := s.admin.do(t, http.MethodGet, path, nil)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, raw)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func (s *refusing) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not in a minute", what)
		}
	}
}

// refused sums what the ledger counts.
func (s *refusing) refused(t *testing.T) (n int) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	if err := db.QueryRowContext(context.Background(), `SELECT coalesce(sum(refused), 0) FROM coverage`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *refusing) open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.dir, "data", "huiying.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// searchTables looks into every column of every table.
func (s *refusing) searchTables(t *testing.T, secrets []string) {
	t.Helper()
	db := s.open(t)
	defer db.Close()
	tables, err := db.QueryContext(context.Background(), `SELECT m.name, i.name FROM sqlite_master m, pragma_table_info(m.name) i WHERE m.type = 'table'`)
	if err != nil {
		t.Fatal(err)
	}
	columns := [][2]string{}
	for tables.Next() {
		var c [2]string
		if err := tables.Scan(&c[0], &c[1]); err != nil {
			t.Fatal(err)
		}
		columns = append(columns, c)
	}
	if err := tables.Close(); err != nil || len(columns) < 100 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	for _, c := range columns {
		for _, secret := range secrets {
			var n int
			query := fmt.Sprintf(`SELECT count(*) FROM %q WHERE instr(CAST(%q AS TEXT), ?) > 0`, c[0], c[1])
			if err := db.QueryRowContext(context.Background(), query, secret).Scan(&n); err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				t.Errorf("%d rows of %s.%s hold %s", n, c[0], c[1], secret)
			}
		}
	}
}

// searchFiles looks into every byte of the data folder: the database, its log,
// and every stream and bucket of the bus.
func (s *refusing) searchFiles(t *testing.T, secrets []string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(filepath.Join(s.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.Contains(path, "/dict/") {
			return err
		}
		raw, err := os.ReadFile(path)
		n++
		for _, secret := range secrets {
			if bytes.Contains(raw, []byte(secret)) {
				t.Errorf("%s holds %s", strings.TrimPrefix(path, s.dir), secret)
			}
		}
		return err
	})
	if err != nil || n < 10 {
		t.Fatalf("%d files, %v", n, err)
	}
}

func startRefusing(t *testing.T, site string) *refusing {
	t.Helper()
	s := &refusing{dir: t.TempDir(), log: &logged{}}
	s.App = boot(t, s.dir, files{
		"rules.yaml": "rules:\n  - {id: r-fault, name: 故障, level: orange, when: 系统瘫痪}\n",
		office: fmt.Sprintf(`
data: data
listen: 127.0.0.1:0
crawler: {host_delay: 1ms, watch_every: 1s}
rules: [rules.yaml]
users: [{id: root, name: 管理, roles: [admin, officer]}]
sources: [{id: office, kind: weibo, base_url: "%s", every: 1s, options: {queries: [大厅], cookie: "SUB=test"}}]
`, site),
	}, func(o *app.Options) {
		o.Logger = slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	s.admin = signIn(t, s.App, "root")
	return s
}
