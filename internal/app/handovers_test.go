package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
	"huiying/crawler/intake/push"
	"huiying/internal/app"
)

const pushSecret = "a-secret-of-the-mailbox-office"

// TestHandOver plays the three ways in: a signed push, a sheet by the API and
// a sheet in the watched folder. Each hand-over is archived once under its own
// number with its deadline, is judged as any post is, and the ledger counts
// it; names and phone numbers reach neither database nor bus.
func TestHandOver(t *testing.T) {
	dir := t.TempDir()
	a := startHandOver(t, dir)
	due := time.Now().AddDate(0, 0, 5).Format(time.DateOnly)
	body := fmt.Sprintf(`{"handovers":[
		{"number":"X1","text":"路灯不亮三天了","time":"2026-01-05 10:30","due":"%s","name":"欧阳测试人","phone":"13911112222"},
		{"number":"X2","text":"井盖坏了","time":"昨天"}]}`, due)
	for range 2 { // the second time changes nothing
		status, got := pushTo(t, a, "mailbox", body, pushSecret)
		if status != http.StatusMultiStatus || got.Accepted != 1 || len(got.Errors) != 1 || got.Errors[0].Index != 1 || got.Errors[0].Number != "X2" {
			t.Fatalf("%d %+v", status, got)
		}
	}
	if status, _ := pushTo(t, a, "mailbox", body, "another secret of that length"); status != http.StatusUnauthorized {
		t.Errorf("a wrong secret: %d", status)
	}
	sheet := "工单编号,诉求内容,受理时间,办理期限,来电人,联系电话\nR1,暖气不热,2026-01-05,2026-01-12,欧阳测试人,13911112222\nR2,,2026-01-05,,,\n"
	duty := signIn(t, a, "duty")
	var up struct {
		huiying.Intake
		Refused    int    `json:"refused"`
		ErrorSheet []byte `json:"error_sheet"`
	}
	status, raw := duty.upload(t, "/api/v1/handovers/sheet?source=hotline", "三月.csv", []byte(sheet))
	if err := json.Unmarshal(raw, &up); err != nil || status != http.StatusMultiStatus || up.Accepted != 1 || up.Refused != 1 || !bytes.HasPrefix(up.ErrorSheet, []byte("PK")) {
		t.Errorf("%d %s %v", status, raw, err)
	}
	status, raw = duty.do(t, http.MethodPost, "/api/v1/handovers?source=hotline", []map[string]string{{"number": "R3", "text": "暖气不热", "time": "2026-01-06"}})
	if status != http.StatusOK {
		t.Errorf("%d %s", status, raw)
	}
	if status, raw := duty.upload(t, "/api/v1/handovers/sheet?source=hotline", "a.xls", []byte("<html>")); status != http.StatusUnprocessableEntity || !strings.Contains(string(raw), "a.xls") {
		t.Errorf("%d %s", status, raw)
	}
	if status, _ := signIn(t, a, "hall").do(t, http.MethodPost, "/api/v1/handovers?source=hotline", nil); status != http.StatusForbidden {
		t.Errorf("a responder handed over: %d", status)
	}
	status, raw = duty.upload(t, "/intake", "三月.csv", []byte(sheet), "source", "hotline")
	for _, want := range []string{"三月.csv：收下 1 条，退回 1 行", `href="data:application/vnd.openxmlformats`, `download="三月-错误.xlsx"`, "没有诉求内容"} {
		if status != http.StatusOK || !strings.Contains(string(raw), want) {
			t.Errorf("the page lacks %s: %d", want, status)
		}
	}
	if status, raw = duty.upload(t, "/intake", "a.csv", []byte("a,b\n"), "source", "hotline"); status != http.StatusUnprocessableEntity || !strings.Contains(string(raw), "找不到表头") {
		t.Errorf("%d %s", status, raw)
	}
	lay(t, filepath.Join(dir, "folder", "二月.csv"), strings.ReplaceAll(sheet, "R1", "R4"))
	want := map[string]string{"mailbox:X1": "X1", "hotline:R1": "R1", "hotline:R3": "R3", "hotline:R4": "R4"}
	database := filepath.Join(dir, "data", "huiying.db")
	if diff := cmp.Diff(want, archived(t, database, len(want))); diff != "" {
		t.Error(diff)
	}
	if n := count(t, database, `SELECT coalesce(sum(accepted), 0) FROM coverage WHERE source = 'mailbox'`); n != 2 {
		t.Errorf("the ledger counts %d", n)
	}
	if err := a.Stop(); err != nil {
		t.Fatal(err)
	}
	traces(t, filepath.Join(dir, "data"), "欧阳测试人", "13911112222")
}

func startHandOver(t *testing.T, dir string) *app.App {
	t.Helper()
	return boot(t, dir, files{
		"rules.yaml": "rules:\n  - {id: r-light, name: 路灯, level: orange, notify: [hall], when: 路灯}\n",
		"secret":     pushSecret + "\n",
		office: `
data: data
listen: 127.0.0.1:0
rules: [rules.yaml]
units: [{id: u-hall, name: 大厅}]
users:
  - {id: hall, name: 承办, unit: u-hall, roles: [responder]}
  - {id: duty, name: 值班, roles: [officer]}
sources:
  - {id: mailbox, kind: intake, every: 1h, options: {platform: mailbox, secret_file: secret}}
  - {id: hotline, kind: intake, every: 1s, options: {platform: hotline, folder: folder}}
`,
	})
}

func lay(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

func pushTo(t *testing.T, a *app.App, source, body, secret string) (int, huiying.Intake) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+a.Addr()+"/intake/"+source, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	req.Header.Set(push.HeaderTimestamp, stamp)
	req.Header.Set(push.HeaderSignature, push.Sign(secret, stamp, []byte(body)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out huiying.Intake
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (b *browser) upload(t *testing.T, path, name string, file []byte, fields ...string) (int, []byte) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, b.base+path, &form)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, answer
}

func count(t *testing.T, database, query string) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// archived waits for n posts and gives their numbers by id.
func archived(t *testing.T, database string, n int) map[string]string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); count(t, database, `SELECT count(*) FROM posts`) < n && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	db, err := sql.Open("sqlite3", "file:"+database+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT id, json_extract(judgement, '$.post.number') FROM posts`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, number string
		if err := rows.Scan(&id, &number); err != nil {
			t.Fatal(err)
		}
		out[id] = number
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// traces looks for words in every file below a folder.
func traces(t *testing.T, dir string, words ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(raw, []byte(w)) {
				t.Errorf("%s holds %s", path, w)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
