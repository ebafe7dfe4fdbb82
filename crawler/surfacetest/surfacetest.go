// Package surfacetest is what the tests of all parsers share: documents of one
// moment and zone, goldens, bytes that are no answer, what must hold of
// anything a parser gives out, and the fuzzing of it. Only tests import it; it
// asks no site and holds no saved words of anybody.
package surfacetest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiying/crawler"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Source is whose the test documents are.
const Source = "town-source"

// Zone is the office zone of the tests.
func Zone() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Fetched is when the test pages were fetched.
func Fetched() time.Time { return time.Date(2026, 11, 20, 10, 0, 0, 0, Zone()) }

// Document is a file as a response of url.
func Document(tb testing.TB, file, url string) crawler.Document {
	tb.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	return Body(string(body), url)
}

// Body is a text as a response of url.
func Body(body, url string) crawler.Document {
	return crawler.Document{Body: []byte(body), URL: url, FetchedAt: Fetched(), Zone: Zone(), Source: Source}
}

// Saved is the path of a saved real answer, which is kept beside the
// repository and not shipped: without it the test is skipped.
func Saved(t *testing.T, name string) string {
	t.Helper()
	for root := ".."; len(root) < 30; root = filepath.Join(root, "..") {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
			continue
		}
		file := filepath.Join(root, "..", "shared", "fixtures", filepath.FromSlash(name))
		if _, err := os.Stat(file); err == nil {
			return file
		}
		break
	}
	t.Skipf("skipped: %s is not here; real answers are kept outside the repository", name)
	return ""
}

// Parse reads a document by a surface and fails the test on an error.
func Parse(tb testing.TB, surfaces map[string]crawler.Parse, name string, d crawler.Document) crawler.Parsed {
	tb.Helper()
	parse := surfaces[name]
	if parse == nil {
		tb.Fatalf("no surface %s", name)
	}
	got, err := parse(d)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return got
}

// Goldens compares what each file is parsed to with testdata/golden/FILE.golden.
// A case is a file of testdata, the surface it is read by, and the address it
// came from. The golden names the surface, so that a test of the whole house
// can tell which surfaces have one.
func Goldens(t *testing.T, surfaces map[string]crawler.Parse, cases [][3]string) {
	for _, c := range cases {
		file, surface, address := c[0], c[1], c[2]
		t.Run(file, func(t *testing.T) {
			got := Parse(t, surfaces, surface, Document(t, filepath.Join("testdata", file), address))
			Sound(t, got)
			golden(t, filepath.Join("testdata", "golden", file+".golden"), surface, got)
		})
	}
}

// Golden is a golden as it is kept.
type Golden struct {
	Surface string
	crawler.Parsed
}

func golden(t *testing.T, file, surface string, got crawler.Parsed) {
	t.Helper()
	for i := range got.Posts {
		got.Posts[i] = got.Posts[i].In(Zone())
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(Golden{surface, got}); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}
