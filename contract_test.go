package huiying_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying"
)

var update = flag.Bool("update", false, "write the golden files of the contract anew")

// office is the zone of a JSON that people and other systems read.
var office = time.FixedZone("", 8*3600)

func clock(h, m, s int) time.Time { return time.Date(2026, 11, 23, h, m, s, 0, office) }

// contractPost has every field set, in invented words.
func contractPost() huiying.Post {
	return huiying.Post{
		ID: "weibo:5900000000000001", Source: "weibo-mentions", Platform: huiying.PlatformWeibo, Kind: huiying.KindRepost,
		URL: "https://m.weibo.cn/detail/5900000000000001", ParentID: "weibo:5900000000000000", RootID: "weibo:5900000000000000",
		Title: "示例市政务大厅", Text: "示例市政务大厅排队三小时，太慢，没人管 [doge]",
		Author:      huiying.Author{ID: "k-1f0c", Name: "k-88d2", Verified: "none"},
		PublishedAt: clock(9, 0, 0), PublishedPrecision: huiying.PrecisionMinute, CollectedAt: clock(9, 1, 30), Region: "宁夏",
		Engagement: huiying.Engagement{Reposts: 12, Comments: 3, Likes: 40, Views: 100000, AtLeast: true},
		Answers:    []huiying.Answer{{Org: "示例市政务服务中心", At: clock(9, 30, 0), Text: "已增开两个窗口。"}},
		Edited:     true, Evidence: "sha256:" + strings.Repeat("ab", 32),
		Status: huiying.StatusHandling, Number: "SZXX20261123001", DueAt: clock(17, 0, 0), Held: true,
		Finding: &huiying.Finding{
			Check: "home-stale", Level: huiying.LevelOrange, Found: "16 天", Limit: "14 天", Basis: "国办秘函〔2019〕19号",
			Notify: []string{"u-office"}, Over: true,
		},
	}
}

func contractEvent() huiying.Event {
	return huiying.NewEvent(huiying.Judgement{
		Post: contractPost(),
		Tags: []huiying.Tag{{Rule: "r-queue", Name: "排队", Level: huiying.LevelOrange, Notify: []string{"u-hall"}, Matches: []huiying.Match{
			{Field: "text", Start: 7, End: 9, Text: "排队"},
		}}},
		Keywords:     []huiying.Keyword{{Word: "政务大厅", Weight: 7.1}},
		Intent:       &huiying.Intent{Label: "complaint", Score: 0.93, Why: []huiying.Why{{Text: "没人管", Weight: 1.2}}},
		Sentiment:    &huiying.Sentiment{Label: "negative", Probabilities: map[string]float64{"positive": 0.03, "neutral": 0.09, "negative": 0.88}, Why: []huiying.Why{{Text: "太慢", Weight: 1.7}}},
		DuplicateOf:  "weibo:5900000000000000",
		Topic:        "t-queue-1",
		Places:       []string{"示例区"},
		ServiceItems: []string{"社保卡补办"},
		Routing:      []huiying.Route{{Unit: "u-hall", Name: "政务大厅管理科", Score: 0.91}},
		PersonalData: []huiying.PersonalData{{Kind: "address", Field: "text", Start: 0, End: 7}},
		Level:        huiying.LevelOrange,
		LevelWhy:     []string{"r-queue: orange"},
		Failed:       []huiying.FailedStep{{Step: "intent", Why: "example"}},
	}, clock(9, 1, 31))
}

func contractAlert() huiying.Alert {
	p := contractPost()
	return huiying.Alert{
		ID: huiying.AlertID(p.ID, "r-queue", huiying.LevelOrange), PostID: p.ID, PostURL: p.URL, Platform: p.Platform,
		Rule: "r-queue", RuleName: "排队", Level: huiying.LevelOrange, Unit: "u-hall", Topic: "t-queue-1", CaseNo: "HY20261123-0001",
		AcceptedAt: clock(9, 1, 30), RaisedAt: clock(9, 1, 31),
	}
}

func contractStep() huiying.Step {
	return huiying.Step{
		Seq: 1042, CaseNo: "HY20261123-0001", N: 3, At: clock(9, 12, 0), Actor: "hall", Action: "submit",
		From: huiying.StateHandling, To: huiying.StateInReview, Payload: map[string]string{"text": huiying.Digest("已增开两个窗口。")},
		Prev: strings.Repeat("0a", 32), Hash: strings.Repeat("1b", 32), MAC: strings.Repeat("2c", 32),
	}
}

func contractLedger() huiying.LedgerEntry {
	return huiying.LedgerEntry{
		Source: "weibo-mentions", At: clock(9, 1, 28), Took: 1500 * time.Millisecond, State: huiying.SourceRateLimited,
		Pages: 3, Posts: 27, Accepted: 4, Capped: true, Reason: "source.reason.rate-limited", Detail: "page 4: HTTP 418", NextAt: clock(9, 16, 28),
		Answers: huiying.AnswerCounts{
			OK: 3, Empty: 1, Deleted: 1, Unchanged: 1, Redirected: 1, Robots: 1, LoginWall: 1, Blocked: 1, RateLimited: 1,
			Forbidden: 1, Maintenance: 1, Malformed: 1, Unreachable: 1,
		},
		Held: 2, Refused: 1, Job: huiying.JobBackfill,
	}
}

// contractTopic has every field set, as no single action does.
func contractTopic() huiying.TopicChange {
	return huiying.TopicChange{
		Action: huiying.TopicBurst, Key: "topic/t-queue-1", State: "burst", At: clock(9, 15, 0), Since: clock(8, 0, 0),
		Hours: 3, Count: 12, Expected: 1.5, P: 0.00001, Topic: "t-queue-1", From: "t-queue-2", Posts: []string{"weibo:5900000000000001"},
		Was: huiying.LevelYellow, Level: huiying.LevelRed, By: "press", Title: "大厅排队", Typical: "weibo:5900000000000001",
		Size: 14, Voices: 11, Platforms: []string{huiying.PlatformWeibo}, Stage: "rise",
	}
}

// contract is every body on the bus by its golden file.
func contract() map[string]any {
	return map[string]any{
		"post.json": contractPost(), "event.json": contractEvent(), "alert.json": contractAlert(),
		"case-step.json": contractStep(), "ledger.json": contractLedger(), "topic.json": contractTopic(),
	}
}

func encodeContract(t *testing.T, v any) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is sent is byte for byte the golden file, and the golden file is read
// back whole. A golden may gain fields; one that loses or renames a field
// breaks every outside reader.
func TestContract(t *testing.T) {
	for name, v := range contract() {
		file := filepath.Join("testdata", "contract", name)
		sent := encodeContract(t, v)
		if *update {
			if err := os.WriteFile(file, sent, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(golden), string(sent)); d != "" {
			t.Errorf("%s: -golden +sent\n%s", file, d)
		}
		read := reflect.New(reflect.TypeOf(v))
		dec := json.NewDecoder(bytes.NewReader(golden))
		dec.DisallowUnknownFields()
		if err := dec.Decode(read.Interface()); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if again := encodeContract(t, read.Elem().Interface()); !bytes.Equal(again, golden) {
			t.Errorf("%s: read and written again it is\n%s", file, again)
		}
	}
}

// A reader that is newer than its writer, or older, goes on: unknown fields
// are ignored and missing ones are zero.
func TestContractIsAdditive(t *testing.T) {
	var p huiying.Post
	if err := json.Unmarshal([]byte(`{"id":"weibo:1","from_the_future":{"a":[1]}}`), &p); err != nil || p.ID != "weibo:1" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestContractIdentity(t *testing.T) {
	e := contractEvent()
	if e.ID != contractPost().MessageID() || e.Subject != contractPost().ID || e.Type != huiying.EventType || e.Data.SubjectRule() != "r-queue" {
		t.Errorf("the envelope says %s, %s, %s", e.ID, e.Subject, e.Type)
	}
}

// Every field on the bus stands in docs/events.md.
func TestContractIsDocumented(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("docs", "events.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range contract() {
		for _, field := range fields(reflect.TypeOf(v)) {
			if !strings.Contains(string(raw), "`"+field+"`") {
				t.Errorf("%s: the field %s is not described", name, field)
			}
		}
	}
}

func fields(t reflect.Type) (names []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[time.Time]() {
		return nil
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
		names = append(names, fields(t.Field(i).Type)...)
	}
	return names
}
