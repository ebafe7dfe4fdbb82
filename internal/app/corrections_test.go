package app_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/fold"
	"huiying/analyzer/linear"
	"huiying/internal/app"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
)

// lessons is how many posts of one kind are put right.
const lessons = 12

// complaint is the n-th post of one kind, in words of its own.
func complaint(n int) string {
	return fmt.Sprintf("第%d次了，自助机又吞了号，太慢了，没人管，请回电 1391111%04d", n, n)
}

// TestCorrectionsTeach goes the whole way: a press officer puts judgements
// right on the pages of posts, a command prints them beside the running
// service, the next training takes them, and the model answers a like post the
// office's way. Judgements that were made stay as they were.
func TestCorrectionsTeach(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	duty := signIn(t, startTeaching(t, dir), "duty")
	ids := handOver(t, duty)
	for _, id := range ids {
		putRight(t, duty, id, "sentiment", "positive")
		putRight(t, duty, id, "unit", "u-road")
	}
	putRight(t, duty, ids[0], "unit", "u-social") // the press officer thinks again
	putRight(t, duty, ids[0], "unit", "u-road")
	for _, id := range ids {
		if j := judgementOf(t, duty, id); j.Sentiment.Label == "positive" {
			t.Errorf("the judgement of %s was changed: %+v", id, j.Sentiment)
		}
	}
	data, cases := teachingSets(t), filepath.Join(t.TempDir(), "cases.tsv")
	lay(t, cases, rows("unit", map[string]string{"u-social": "自助机太慢了", "u-road": "路面有坑"}))
	for _, c := range []struct {
		tool.ModelOptions
		units         bool
		before, after string
	}{
		{tool.ModelOptions{Task: "sentiment", Data: data}, false, "negative", "positive"},
		{tool.ModelOptions{Task: "routing", Data: data}, false, "劳动和社会保障", "交通运输"},
		{tool.ModelOptions{Task: "routing", Cases: cases}, true, "u-social", "u-road"},
	} {
		name := fmt.Sprintf("%s, units %v", c.Task, c.units)
		if said := trained(t, c.ModelOptions); said != c.before {
			t.Fatalf("%s: without corrections the model says %s", name, said)
		}
		c.Corrections = printed(t, tool.LessonOptions{Where: app.Where{ConfigFile: filepath.Join(dir, office)}, Task: c.Task, Units: c.units})
		if said := trained(t, c.ModelOptions); said != c.after {
			t.Errorf("%s: corrected, the model says %s", name, said)
		}
	}
}

func startTeaching(t *testing.T, dir string) *app.App {
	t.Helper()
	return boot(t, dir, files{
		"rules.yaml": "rules:\n  - {id: r-kiosk, name: 自助机, level: yellow, when: 自助机}\n",
		office: `
data: data
listen: 127.0.0.1:0
rules: [rules.yaml]
units:
  - {id: u-social, name: 人社窗口, departments: [劳动和社会保障]}
  - {id: u-road, name: 路政, departments: [交通运输]}
users: [{id: duty, name: 值班, roles: [officer]}]
sources: [{id: hotline, kind: intake, every: 1h, options: {platform: hotline}}]
`,
	})
}

// handOver brings posts in and waits until they are on their pages.
func handOver(t *testing.T, b *browser) (ids []string) {
	t.Helper()
	var list []map[string]string
	for n := range lessons {
		list = append(list, map[string]string{"number": fmt.Sprintf("R%d", n), "text": complaint(n), "time": "2026-01-06"})
		ids = append(ids, fmt.Sprintf("hotline:R%d", n))
	}
	if status, raw := b.do(t, http.MethodPost, "/api/v1/handovers?source=hotline", list); status != http.StatusOK {
		t.Fatalf("%d %s", status, raw)
	}
	for _, id := range ids {
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			if status, _ := b.do(t, http.MethodGet, "/api/v1/posts/"+url.PathEscape(id), nil); status == http.StatusOK {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s was not archived in 30 s", id)
			}
		}
	}
	return ids
}

// putRight sends the form of the post's page.
func putRight(t *testing.T, b *browser, id, field, value string) {
	t.Helper()
	resp, err := b.client.PostForm(b.base+"/posts/"+url.PathEscape(id), url.Values{"field": {field}, "value": {value}})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	_, err = page.ReadFrom(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(page.String(), "已改正") {
		t.Fatalf("%s of %s: %s, %v", field, id, resp.Status, err)
	}
}

func judgementOf(t *testing.T, b *browser, id string) huiying.Judgement {
	t.Helper()
	var got struct{ Post huiying.Judgement }
	b.get(t, "/api/v1/posts/"+url.PathEscape(id), &got)
	return got.Post
}

// rows is a labelled file whose labels have words of their own.
func rows(head string, words map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\ttext\n", head)
	for label, telling := range words {
		for n := range 40 {
			fmt.Fprintf(&b, "%s\t第%d件，%s%s\n", label, n, telling, strings.Repeat("啊", n%4))
		}
	}
	return b.String()
}

// teachingSets are small sets in the place of the large ones.
func teachingSets(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"ws100k", "weibo2018_train", "chnsenticorp", "waimai", "shopping", "nlpcc14_train"} {
		lay(t, filepath.Join(dir, name+".tsv"), rows("label", map[string]string{"0": "队伍太长，等得太久，实在太慢了", "1": "办得快，很耐心"}))
	}
	for _, name := range []string{"virus_train", "virus_eval", "virus_test", "usual_eval"} {
		lay(t, filepath.Join(dir, "ewect3_"+name+".tsv"), rows("label", map[string]string{"-1": "队伍太长，等得太久，实在太慢了", "0": "今天到大厅", "1": "办得快，很耐心"}))
	}
	lay(t, filepath.Join(dir, "routing_segmented.tsv"), rows("label", map[string]string{
		"劳动和社会保障": "自助机 太慢了", "交通运输": "路面 有坑", "城乡建设": "楼盘 烂尾", "环境保护": "烟囱 冒烟", "教育文体": "学校 收费", "商贸旅游": "景区 宰客", "卫生计生": "医院 挂号",
	}))
	return dir
}

func streams(t *testing.T, out *bytes.Buffer) tool.Streams {
	return tool.Streams{Out: out, Err: testWriter{t}, Words: catalogue(t), Lang: locale.English}
}

// printed has the corrections printed into a file, and looks into it.
func printed(t *testing.T, o tool.LessonOptions) (file string) {
	t.Helper()
	var out bytes.Buffer
	if err := tool.ModelCorrections(t.Context(), streams(t, &out), o); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), "\n"); n != 1+lessons || strings.Contains(out.String(), "13911110") || !strings.Contains(out.String(), "第3次了，自助机又吞了号") {
		t.Fatalf("%d lines are printed:\n%s", n, out.String())
	}
	file = filepath.Join(t.TempDir(), "corrections.tsv")
	lay(t, file, out.String())
	return file
}

// trained is what a model trained so says of a post of the kind that nobody has
// seen yet.
func trained(t *testing.T, o tool.ModelOptions) (class string) {
	t.Helper()
	o.Out = filepath.Join(t.TempDir(), o.Task+".model")
	if err := tool.ModelTrain(streams(t, &bytes.Buffer{}), o); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(o.Out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := linear.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	var f linear.Features
	f.Read(fold.New(complaint(77)))
	return m.Classes[m.Judge(&f, nil).Class]
}
