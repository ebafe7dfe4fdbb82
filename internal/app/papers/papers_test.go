package papers_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/internal/app/papers"
	"huiying/internal/casefile"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/access"
	"huiying/internal/store/posts"
	"huiying/internal/store/record"
)

func (o *office) export(no, format string) query.Paper {
	o.t.Helper()
	p, err := o.desk.Export(o.t.Context(), query.PaperAsk{CaseNo: no, Format: format, Lang: "zh", Scope: query.Scope{All: true}, Actor: o.actor("officer")})
	o.must(err)
	return p
}

// rules verify with the record's key.
func rules() casefile.Rules { return papers.Rules(key) }

// The exported case is the same byte for byte whenever it is exported from the
// same record at the same time; UPDATE=1 rewrites the files that the verifier's
// own tests read.
func TestGolden(t *testing.T) {
	o := newOffice(t)
	no := o.closed()
	for _, format := range []string{"json", "html"} {
		got := o.export(no, format).Body
		file := filepath.Join("..", "..", "casefile", "testdata", "case."+format)
		if os.Getenv("UPDATE") == "1" {
			o.must(os.WriteFile(file, got, 0o600))
		}
		want, err := os.ReadFile(file)
		o.must(err)
		if !bytes.Equal(got, want) {
			t.Errorf("%s has changed; look at it and run with UPDATE=1", file)
		}
	}
}

func TestExportVerifies(t *testing.T) {
	o := newOffice(t)
	other := o.open(huiying.LevelYellow, "停车场收费标准是多少？")
	no := o.closed()
	o.step(other, "officer", "note", "note", "与本件无关")
	raw := o.export(no, "json").Body
	report, err := casefile.Verify(raw, rules())
	o.must(err)
	if !report.Clean() || report.CaseNo != no || report.Steps < 9 || report.Words < 4 || !report.Signed {
		t.Errorf("%+v", report)
	}
	text := string(raw)
	for _, bad := range []string{"13900001234", "p-00000000000000aa", "停车场收费"} {
		if strings.Contains(text, bad) {
			t.Errorf("the file holds %s", bad)
		}
	}
	for _, want := range []string{"韩承办", "政务大厅管理科", "回函.pdf", `"state": "masked"`, "＊＊＊＊＊＊＊＊＊＊＊", answer} {
		if !strings.Contains(text, want) {
			t.Errorf("the file lacks %s", want)
		}
	}
	log, err := access.New(o.store).Of(t.Context(), no, access.CaseExported, 10)
	if err != nil || len(log) != 1 || log[0].Actor != "officer" || log[0].Detail != "json" {
		t.Errorf("log %+v, %v", log, err)
	}
	for name, ask := range map[string]query.PaperAsk{
		"format": {CaseNo: no, Format: "pdf", Scope: query.Scope{All: true}}, "unit": {CaseNo: no, Format: "json", Scope: query.Scope{Unit: "u-it"}},
		"number": {CaseNo: "HY1", Format: "json", Scope: query.Scope{All: true}},
	} {
		if _, err := o.desk.Export(t.Context(), ask); huiying.ErrorCode(err) == "" || huiying.ErrorCode(err) == huiying.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The page needs nothing from elsewhere; the text opens as what it says it is:
// every part is XML, the fonts and the number of the case are there.
func TestPapers(t *testing.T) {
	o := newOffice(t)
	no := o.closed()
	page := string(o.export(no, "html").Body)
	for _, bad := range []string{"<script", "src=", "<link", "13900001234", "casefile.", "web.", "case.", "%!"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s: %s", bad, page[max(0, strings.Index(page, bad)-60):strings.Index(page, bad)+60])
		}
	}
	raw := o.export(no, "docx").Body
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	o.must(err)
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		o.must(err)
		body, err := io.ReadAll(r)
		o.must(err)
		all[f.Name] = string(body)
		for d := xml.NewDecoder(bytes.NewReader(body)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", f.Name, err)
			}
		}
	}
	if !strings.Contains(all["word/header1.xml"], no) || !strings.Contains(all["word/footer1.xml"], "PAGE") ||
		!strings.Contains(all["word/styles.xml"], `w:eastAsia="仿宋"`) || !strings.Contains(all["word/styles.xml"], `w:eastAsia="黑体"`) {
		t.Error("header, footer or fonts are missing")
	}
	for _, want := range []string{answer, "韩承办", "回函.pdf", "九、记录链"} {
		if !strings.Contains(all["word/document.xml"], want) || !strings.Contains(page, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(all["word/document.xml"], "13900001234") {
		t.Error("personal data in the text")
	}
}

// A paper with masked words says what its digests give away; one without does
// not.
func TestPapersSayWhatMaskingIs(t *testing.T) {
	o := newOffice(t)
	no, plain := o.closed(), o.open(huiying.LevelYellow, "停车场收费标准是多少？")
	o.step(plain, "officer", "note", "note", "已转停车场")
	for one, want := range map[string]bool{no: true, plain: false} {
		if got := strings.Contains(string(o.export(one, "html").Body), "逐一试算"); got != want {
			t.Errorf("%s: %v", one, got)
		}
	}
}

// What a citizen or a colleague writes stays text in every form.
func TestWordsStayText(t *testing.T) {
	o := newOffice(t)
	evil := `</p><script>alert(1)</script> & "x" ]]> ` + "\x01\ufffe"
	no := o.open(huiying.LevelYellow, evil)
	o.step(no, "officer", "note", "note", evil)
	if page := string(o.export(no, "html").Body); strings.Contains(page, "<script") {
		t.Error("the page runs it")
	}
	report, err := casefile.Verify(o.export(no, "json").Body, rules())
	if err != nil || !report.Clean() {
		t.Errorf("%+v, %v", report.Findings, err)
	}
	raw := o.export(no, "docx").Body
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	o.must(err)
	f, err := z.Open("word/document.xml")
	o.must(err)
	for d := xml.NewDecoder(f); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// grep looks for words in the database and its log.
func (o *office) grep(words ...string) (found []string) {
	o.t.Helper()
	files, err := filepath.Glob(o.path + "*")
	o.must(err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		o.must(err)
		for _, w := range words {
			if bytes.Contains(raw, []byte(w)) {
				found = append(found, filepath.Base(file)+" "+w)
			}
		}
	}
	return found
}

// A purge leaves nothing of the words, names what is gone, and the record
// stands as before.
func TestPurge(t *testing.T) {
	o := newOffice(t)
	no, other := o.closed(), o.closed()
	o.step(other, "officer", "reopen", "reason", "又有来信")
	again := o.open(huiying.LevelYellow, "停车场收费标准是多少？")
	o.step(again, "officer", "dismiss", "reason", "不属本中心")
	before := o.verify()
	if !before.Clean() {
		t.Fatalf("%v", before.Findings)
	}
	if len(o.grep("不属本中心")) == 0 {
		t.Fatal("the words are not even there")
	}
	for name, c := range map[string]struct {
		ask  query.NewPurge
		code huiying.Code
	}{
		"ground":   {query.NewPurge{CaseNo: no, Basis: "boredom", Reason: "x"}, huiying.Invalid},
		"reason":   {query.NewPurge{CaseNo: no, Basis: query.BasisPerson, Reason: " "}, huiying.Invalid},
		"personal": {query.NewPurge{CaseNo: no, Basis: query.BasisPerson, Reason: "13900001234 来电要求"}, huiying.Invalid},
		"early":    {query.NewPurge{CaseNo: no, Basis: query.BasisRetention, Reason: "到期"}, huiying.Conflict},
		"open":     {query.NewPurge{CaseNo: other, Basis: query.BasisAuthority, Reason: "函〔2026〕7号"}, huiying.Conflict},
		"no case":  {query.NewPurge{CaseNo: "HY1", Basis: query.BasisAuthority, Reason: "函〔2026〕7号"}, huiying.NotFound},
	} {
		if _, err := o.desk.Purge(t.Context(), c.ask); huiying.ErrorCode(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	done, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: again, Basis: query.BasisPerson, Reason: "函〔2026〕7号", Actor: huiying.Actor{ID: "root"}})
	o.must(err)
	if len(done.Texts) != 1 || len(done.Posts) != 1 || done.Pages != 1 || done.By != "root" {
		t.Errorf("%+v", done)
	}
	if found := o.grep("不属本中心", "停车场收费标准"); len(found) > 0 {
		t.Errorf("still there: %v", found)
	}
	o.now = o.now.Add(366 * 24 * time.Hour)
	if _, err = o.desk.Purge(t.Context(), query.NewPurge{CaseNo: no, Basis: query.BasisRetention, Reason: "到期", Actor: huiying.Actor{ID: "root"}}); err != nil {
		t.Fatal(err)
	}
	if after := o.verify(); !after.Clean() || after.Steps != before.Steps {
		t.Errorf("%+v", after)
	}
	// The other case says the same words and has the same file: they stay.
	if len(o.grep(answer)) == 0 || len(o.grep("一份回函")) == 0 {
		t.Error("words that an open case needs are gone")
	}
	if _, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: again, Basis: query.BasisPerson, Reason: "再来"}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("nothing is left, and yet: %v", err)
	}
	report, err := casefile.Verify(o.export(again, "json").Body, rules())
	if err != nil || !report.Clean() {
		t.Errorf("the file of a purged case: %+v, %v", report.Findings, err)
	}
	if page := string(o.export(again, "html").Body); !strings.Contains(page, "依法清除") || !strings.Contains(page, "当事人依法要求") {
		t.Error("the paper does not say that it was purged")
	}
}

// When the last case that needs words is purged, they go: the order does not
// matter.
func TestPurgeOfSharedWords(t *testing.T) {
	o := newOffice(t)
	first, second := o.closed(), o.closed()
	for _, no := range []string{first, second} {
		_, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: no, Basis: query.BasisAuthority, Reason: "函〔2026〕8号", Actor: huiying.Actor{ID: "root"}})
		o.must(err)
	}
	if found := o.grep(answer, draft, "一份回函", "口径一致", citizen); len(found) > 0 {
		t.Errorf("still there: %v", found)
	}
	if r := o.verify(); !r.Clean() {
		t.Errorf("%v", r.Findings)
	}
	for _, no := range []string{first, second} {
		report, err := casefile.Verify(o.export(no, "json").Body, rules())
		if err != nil || !report.Clean() {
			t.Errorf("the file of %s: %+v, %v", no, report.Findings, err)
		}
	}
}

// A case that was purged and then reopened works on its posts again: another
// case's purge leaves them.
func TestPurgeLeavesPostsOfReopenedCases(t *testing.T) {
	o := newOffice(t)
	first, second := o.closed(), o.open(huiying.LevelYellow, "停车场收费标准是多少？")
	o.step(second, "officer", "attach_mention", "post", "weibo:5230000000000001")
	o.step(second, "officer", "dismiss", "reason", "不属本中心")
	purge := func(no string) query.CasePurge {
		t.Helper()
		done, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: no, Basis: query.BasisAuthority, Reason: "函〔2026〕8号", Actor: huiying.Actor{ID: "root"}})
		o.must(err)
		return done
	}
	if done := purge(second); strings.Join(done.Posts, " ") != "weibo:5230000000000002" {
		t.Errorf("%v", done.Posts)
	}
	o.step(second, "officer", "reopen", "reason", "又有来信")
	if done := purge(first); len(done.Posts) != 0 {
		t.Errorf("the post of an open case is gone: %v", done.Posts)
	}
	o.step(second, "officer", "dismiss", "reason", "已另案办理")
	if done := purge(second); strings.Join(done.Posts, " ") != "weibo:5230000000000001" {
		t.Errorf("%v", done.Posts)
	}
}

// A large case goes in several transactions, none of them long, each with its
// own row.
func TestPurgeOfALargeCase(t *testing.T) {
	o := newOffice(t)
	no := o.open(huiying.LevelYellow, "停车场收费标准是多少？")
	for i := range 3 {
		body := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{byte('a' + i)}, 5<<20)...)
		_, err := o.desk.Attach(t.Context(), query.NewFile{CaseNo: no, Name: "回函.pdf", Body: body, Actor: o.actor("officer")})
		o.must(err)
	}
	var events []huiying.Event
	for i := range 60 {
		p := huiying.Post{
			ID: fmt.Sprintf("forum:%d", i), Source: "forum-local", Platform: "forum", Kind: huiying.KindPost, Text: "停车场收费标准是多少？",
			PublishedAt: o.now, CollectedAt: o.now, Evidence: huiying.Digest(fmt.Sprint(i)),
		}
		events = append(events, huiying.NewEvent(huiying.Judgement{Level: huiying.LevelYellow, LevelWhy: []string{}, Post: p}, o.now))
	}
	o.must(posts.NewArchive(o.store).SaveEvents(t.Context(), events))
	for _, ev := range events {
		o.step(no, "officer", "attach_mention", "post", ev.Data.Post.ID)
	}
	o.step(no, "officer", "dismiss", "reason", "不属本中心")
	done, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: no, Basis: query.BasisAuthority, Reason: "函〔2026〕8号", Actor: huiying.Actor{ID: "root"}})
	o.must(err)
	if len(done.Files) != 3 || len(done.Posts) != 61 || done.Pages != 61 || done.N != 1 {
		t.Errorf("%d files, %d posts, %d pages, row %d", len(done.Files), len(done.Posts), done.Pages, done.N)
	}
	rows, err := o.desk.Purges(t.Context())
	o.must(err)
	if len(rows) != 3 || len(rows[0].Files) != 1 || len(rows[0].Posts) != 50 || len(rows[1].Posts) != 11 || len(rows[2].Files) != 1 {
		t.Errorf("%+v", rows)
	}
	if r := o.verify(); !r.Clean() {
		t.Errorf("%v", r.Findings)
	}
	if found := o.grep(strings.Repeat("a", 5000), strings.Repeat("c", 5000), "不属本中心"); len(found) > 0 {
		t.Errorf("still there: %v", found)
	}
}

// Whoever deletes words by hand, exchanges an attachment, or forges a purge is
// found.
func TestTamperedWords(t *testing.T) {
	for name, c := range map[string]struct {
		sql  string
		kind record.Kind
	}{
		"text deleted":         {`DELETE FROM texts WHERE text LIKE '%八点半开门，今天起%'`, record.KindTextGone},
		"file deleted":         {`DELETE FROM attachments`, record.KindTextGone},
		"file exchanged":       {`UPDATE attachments SET body = 'another'`, record.KindFile},
		"purge edited":         {`UPDATE purges SET reason = 'another'`, record.KindPurge},
		"purge forged":         {`UPDATE purges SET texts = '[]'`, record.KindPurge},
		"purge deleted":        {`DELETE FROM purges`, record.KindTextGone},
		"purge of others' row": {`UPDATE purges SET case_no = 'HY20261123-0001'`, record.KindPurge},
	} {
		o := newOffice(t)
		o.closed()
		gone := o.open(huiying.LevelYellow, "停车场收费标准是多少？")
		o.step(gone, "officer", "dismiss", "reason", "不属本中心")
		_, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: gone, Basis: query.BasisPerson, Reason: "来函", Actor: huiying.Actor{ID: "root"}})
		o.must(err)
		o.sql(c.sql)
		report := o.verify()
		if len(report.Findings) == 0 || !hasKind(report, c.kind) {
			t.Errorf("%s: %v", name, report.Findings)
		}
	}
}

func hasKind(r record.Report, k record.Kind) bool {
	for _, f := range r.Findings {
		if f.Kind == k {
			return true
		}
	}
	return false
}

func (o *office) sql(statement string, args ...any) {
	o.t.Helper()
	o.must(o.store.Write(o.t.Context(), store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, statement, args...)
		return err
	}))
}

// Attachments lie here once, go out to who sees the case, and that is noted.
func TestAttachments(t *testing.T) {
	o := newOffice(t)
	one, two := o.closed(), o.closed()
	var n int
	o.must(o.store.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM attachments`).Scan(&n))
	if n != 1 {
		t.Errorf("%d copies of the same bytes", n)
	}
	digest := huiying.Digest(string(pdf))
	for _, no := range []string{one, two} {
		got, err := o.desk.File(t.Context(), query.FileAsk{CaseNo: no, Digest: digest, Scope: query.Scope{Unit: "u-hall"}, Actor: o.actor("hall")})
		if err != nil || got.Name != "回函.pdf" || got.Type != "application/pdf" || !bytes.Equal(got.Body, pdf) {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for name, ask := range map[string]query.FileAsk{
		"unit":   {CaseNo: one, Digest: digest, Scope: query.Scope{Unit: "u-it"}},
		"digest": {CaseNo: one, Digest: "sha256:00", Scope: query.Scope{All: true}},
	} {
		if _, err := o.desk.File(t.Context(), ask); huiying.ErrorCode(err) == "" {
			t.Errorf("%s is given out", name)
		}
	}
	log, err := access.New(o.store).Of(t.Context(), one, access.FileOpened, 10)
	if err != nil || len(log) != 1 || log[0].Actor != "hall" {
		t.Errorf("log %+v, %v", log, err)
	}
	o.sql(`UPDATE attachments SET body = 'another'`)
	if _, err := o.desk.File(t.Context(), query.FileAsk{CaseNo: one, Digest: digest, Scope: query.Scope{All: true}}); huiying.ErrorCode(err) != huiying.Conflict {
		t.Errorf("a changed file: %v", err)
	}
}

// pages and messages outside the database.
type outside struct {
	pages   []string
	bodies  []string
	refuses error
}

func (f *outside) Delete(_ context.Context, name string) error {
	f.pages = append(f.pages, name)
	return f.refuses
}

func (f *outside) Forget(_ context.Context, match func([]byte) bool) (n int, err error) {
	var left []string
	for _, b := range f.bodies {
		if match([]byte(b)) {
			n++
			continue
		}
		left = append(left, b)
	}
	f.bodies = left
	return n, nil
}

// Pages and messages of a purge go as well, if need be after a restart.
func TestSweep(t *testing.T) {
	o := newOffice(t)
	no := o.closed()
	f := &outside{refuses: errors.New("the bus is away"), bodies: []string{
		`{"id":"weibo:5230000000000001","text":"x"}`, `{"id":"e-1","data":{"post":{"id":"weibo:5230000000000001"}}}`,
		`{"id":"weibo:5230000000000002","parent_id":"weibo:5230000000000001"}`, `not json "weibo:5230000000000001"`, `{"id":"weibo:3"}`,
	}}
	_, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: no, Basis: query.BasisAuthority, Reason: "来函", Actor: huiying.Actor{ID: "root"}})
	o.must(err)
	sweeper := papers.Sweeper{Store: o.store, Pages: f, Messages: f}
	if err := sweeper.Step(t.Context()); err == nil {
		t.Fatal("the failure is not told")
	}
	f.refuses = nil
	o.must(sweeper.Step(t.Context()))
	if len(f.pages) != 2 || f.pages[0] != huiying.Digest("weibo:5230000000000001") || len(f.bodies) != 2 {
		t.Errorf("pages %v, left %v", f.pages, f.bodies)
	}
	o.must(sweeper.Step(t.Context()))
	if len(f.pages) != 2 {
		t.Error("swept again")
	}
	list, err := o.desk.Purges(t.Context())
	if err != nil || len(list) != 1 || list[0].SweptAt.IsZero() || !o.verify().Clean() {
		t.Errorf("%+v, %v", list, err)
	}
}

// A page that another post was read from as well stays, and a purge is not
// called swept while the database's log still holds the words.
func TestSweepLeavesSharedPagesAndEmptiesTheLog(t *testing.T) {
	o := newOffice(t)
	no := o.closed()
	shared := huiying.Digest("weibo:5230000000000001")
	o.open(huiying.LevelYellow, "停车场收费标准是多少？")
	o.sql(`UPDATE post_revisions SET post = json_set(post, '$.evidence', $1) WHERE post_id = 'weibo:5230000000000002'`, shared)
	_, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: no, Basis: query.BasisAuthority, Reason: "来函", Actor: huiying.Actor{ID: "root"}})
	o.must(err)
	f := &outside{}
	sweeper := papers.Sweeper{Store: o.store, Pages: f, Messages: f}
	swept := func() bool {
		list, err := o.desk.Purges(t.Context())
		o.must(err)
		return !list[0].SweptAt.IsZero()
	}
	o.must(o.store.Snapshot(t.Context(), func(ctx context.Context, q store.Querier) error {
		var n int
		o.must(q.QueryRowContext(ctx, `SELECT count(*) FROM posts`).Scan(&n))
		o.step(o.open(huiying.LevelYellow, "窗口几点开门？"), "officer", "dismiss", "reason", "不属本中心")
		if err := sweeper.Step(ctx); huiying.ErrorCode(err) != huiying.Unavailable {
			t.Errorf("a log that is not empty: %v", err)
		}
		return nil
	}))
	if swept() {
		t.Error("swept though a reader kept the log")
	}
	o.must(sweeper.Step(t.Context()))
	if !swept() || len(f.pages) != 0 {
		t.Errorf("swept %v, pages %v", swept(), f.pages)
	}
}

// Of another case's purge a case tells what went that it named as well, and
// nothing else of that case.
func TestPurgeOfAnotherCaseIsTold(t *testing.T) {
	o := newOffice(t)
	first, second := o.closed(), o.closed()
	o.step(second, "officer", "reopen", "reason", "又有来信")
	o.step(second, "hall", "note", "note", "只属第二件的话")
	o.step(second, "hall", "submit", "text", answer+"请放心。", "checked", "true")
	o.step(second, "manager", "review_reject", "reason", "不妥")
	o.step(second, "officer", "transfer_out", "organ", "police", "reason", "移送")
	o.step(second, "officer", "receipt", "receipt", "回执1号", "at", o.now.Format(time.RFC3339))
	for _, one := range []string{first, second} {
		_, err := o.desk.Purge(t.Context(), query.NewPurge{CaseNo: one, Basis: query.BasisPerson, Reason: "函〔2026〕" + one[len(one)-1:] + "号", Actor: huiying.Actor{ID: "root"}})
		o.must(err)
	}
	page, err := o.desk.Views.Case(t.Context(), query.Scope{All: true}, first)
	o.must(err)
	if len(page.Purges) != 2 {
		t.Fatalf("%+v", page.Purges)
	}
	other := page.Purges[1]
	named := map[string]bool{}
	for _, s := range page.Steps {
		for _, v := range s.Payload {
			named[v] = true
		}
	}
	for _, d := range append(other.Texts, other.Files...) {
		if !named[d] {
			t.Errorf("%s is the other case's alone", d)
		}
	}
	if other.CaseNo != "" || other.Reason != "" || len(other.Posts)+other.Pages != 0 || len(other.Texts) == 0 || len(other.Files) != 1 || other.At.IsZero() {
		t.Errorf("%+v", other)
	}
}
