package catalogue_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying/analyzer/analyzertest"
	"huiying/analyzer/catalogue"
)

func segmented(t testing.TB) catalogue.Options {
	c := analyzertest.Cutter(t)
	return catalogue.Options{Segment: func(text string) []string {
		folded, tokens := analyzertest.Cut(t, c, text)
		var out []string
		for _, s := range tokens {
			out = append(out, folded.Term(s))
		}
		return out
	}}
}

func document(t testing.TB, title, text string) catalogue.Document {
	var d catalogue.Document
	c := analyzertest.Cutter(t)
	d.Texts[0], d.Tokens[0] = analyzertest.Cut(t, c, title)
	d.Texts[1], d.Tokens[1] = analyzertest.Cut(t, c, text)
	return d
}

func index(t testing.TB, items []catalogue.Item, units []catalogue.Unit) *catalogue.Index {
	t.Helper()
	x, err := catalogue.New(items, units, segmented(t))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func demo(t testing.TB) *catalogue.Index {
	t.Helper()
	items, units, err := catalogue.Demo()
	if err != nil {
		t.Fatal(err)
	}
	return index(t, items, units)
}

func codes(f catalogue.Found) []string {
	out := []string{}
	for _, h := range f.Items {
		out = append(out, h.Code)
	}
	return out
}

type post struct {
	text string
	want []string
}

func posts(t testing.TB) []post {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "posts.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var out []post
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		text, want, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			t.Fatalf("no tab: %q", line)
		}
		p := post{text: text}
		if want != "-" {
			p.want = strings.Split(want, ",")
		}
		out = append(out, p)
	}
	return out
}

// The demo catalogue finds what invented posts are about, and little else; each
// mistake stands in the golden file.
func TestPosts(t *testing.T) {
	x := demo(t)
	var mistakes strings.Builder
	hit, wrong, missed, quiet, about := 0, 0, 0, 0, 0
	for _, p := range posts(t) {
		f := x.Find(document(t, "", p.text))
		got := codes(f)
		if len(p.want) > 0 {
			about++
		} else if len(got) == 0 {
			quiet++
		}
		var lost, extra []string
		for _, c := range p.want {
			if slices.Contains(got, c) {
				hit++
			} else {
				lost = append(lost, c)
			}
		}
		for _, h := range f.Items {
			if !slices.Contains(p.want, h.Code) {
				extra = append(extra, fmt.Sprintf("%s %.2f %v", h.Code, h.Score, h.Why))
			}
		}
		missed, wrong = missed+len(lost), wrong+len(extra)
		if len(lost)+len(extra) > 0 {
			fmt.Fprintf(&mistakes, "%s\n  missed %v\n  wrong %v\n", p.text, lost, extra)
		}
	}
	precision, recall := float64(hit)/float64(hit+wrong), float64(hit)/float64(hit+missed)
	t.Logf("%d posts about items, %d about none (%d of them quiet): precision %.3f, recall %.3f", about, len(posts(t))-about, quiet, precision, recall)
	if precision < 0.9 || recall < 0.85 {
		t.Errorf("precision %.3f, want 0.9; recall %.3f, want 0.85", precision, recall)
	}
	golden(t, "mistakes.golden", mistakes.String())
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}
