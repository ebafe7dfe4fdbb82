package tool_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"huiying/crawler"
	"huiying/crawler/surfacetest"
	"huiying/internal/app"
)

// promised is every surface that the command line names.
const promised = `weibo.m.timeline weibo.m.search weibo.m.hotflow weibo.m.extend weibo.m.show weibo.m.reposts
	weibo.ajax.show weibo.ajax.longtext weibo.ajax.timeline weibo.ajax.comments weibo.ajax.reposts weibo.ajax.hotsearch
	weibo.s.search weibo.cn.timeline weibo.cn.comments weibo.legacy.comments weibo.open.statuses weibo.open.comments
	portal.list portal.article portal.letter portal.liuyan portal.changyan discuz.forum discuz.thread
	tieba.list tieba.thread tieba.replies tieba.search feed json`

// TestSurfaces: every surface has a parser, a golden of our own making that
// holds posts, and a fuzz target beside it.
func TestSurfaces(t *testing.T) {
	surfaces := app.Surfaces(app.Kinds(nil))
	want := slices.Sorted(slices.Values(strings.Fields(promised)))
	if got := slices.Sorted(maps.Keys(surfaces)); !slices.Equal(got, want) {
		t.Errorf("surfaces %v, want %v", got, want)
	}
	if design, err := os.ReadFile("../../../../shared/DESIGN.md"); err == nil {
		for _, name := range want {
			if !bytes.Contains(design, []byte(name)) {
				t.Errorf("%s is not in the design", name)
			}
		}
	}
	have := map[string]string{} // surface → the folder of its golden
	for _, g := range goldens(t) {
		if len(g.Posts) > 0 {
			have[g.Surface] = g.folder
		}
	}
	for _, name := range want {
		switch folder := have[name]; {
		case folder == "":
			t.Errorf("%s has no golden with posts", name)
		case !fuzzed(t, folder):
			t.Errorf("%s has no fuzz target in %s", name, folder)
		}
	}
}

type golden struct {
	surfacetest.Golden
	folder string
	source string // the file that was parsed
}

func goldens(t *testing.T) []golden {
	t.Helper()
	var out []golden
	for _, pattern := range []string{"*", "*/*"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "..", "crawler", pattern, "testdata", "golden", "*.golden"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data := filepath.Dir(filepath.Dir(file))
			g := golden{folder: filepath.Dir(data), source: filepath.Join(data, strings.TrimSuffix(filepath.Base(file), ".golden"))}
			if err := json.Unmarshal(raw, &g.Golden); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			out = append(out, g)
		}
	}
	if len(out) < 31 {
		t.Fatalf("%d goldens", len(out))
	}
	return out
}

func fuzzed(t *testing.T, folder string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(raw), "surfacetest.Fuzz(f, ") {
			return true
		}
	}
	return false
}

// free are the surfaces that read any page there is, by its title and body.
var free = regexp.MustCompile(`^portal\.(article|list)$`)

// TestWrongSurface: an answer that is read as another kind of page than it is
// brings no identity that its own reading does not have. What else a person
// saved, such as a timeline as a search, may be read all the same.
func TestWrongSurface(t *testing.T) {
	surfaces := app.Surfaces(app.Kinds(nil))
	for _, g := range goldens(t) {
		own := map[string]bool{"": true}
		for _, p := range g.Posts {
			own[p.ID], own[p.ParentID], own[p.RootID] = true, true, true
		}
		for name, ids := range crossed(t, surfaces, g.source) {
			for _, id := range ids {
				if !own[id] && name != g.Surface && !free.MatchString(g.Surface) {
					t.Errorf("%s, which is %s, read as %s brings %s", g.source, g.Surface, name, id)
				}
			}
		}
	}
}

// crossed is what identities the surfaces read in a file.
func crossed(t *testing.T, surfaces map[string]crawler.Parse, file string) map[string][]string {
	t.Helper()
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for name, parse := range surfaces {
		if name == "json" || free.MatchString(name) {
			continue
		}
		begun := time.Now()
		got, err := parse(crawler.Document{Body: body, FetchedAt: surfacetest.Fetched(), Zone: surfacetest.Zone(), Source: surfacetest.Source})
		if err != nil {
			t.Fatalf("%s as %s: %v", file, name, err)
		}
		surfacetest.Sound(t, got)
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s as %s took %v", file, name, took)
		}
		for _, p := range got.Posts {
			out[name] = append(out[name], p.ID)
		}
	}
	return out
}

// TestSavedWrongSurface reads real answers as everything they are not.
func TestSavedWrongSurface(t *testing.T) {
	surfaces := app.Surfaces(app.Kinds(nil))
	files, err := filepath.Glob(filepath.Join(surfacetest.Saved(t, "."), "*", "*"))
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	read := map[string]int{}
	for _, file := range files {
		named := crossed(t, surfaces, file)
		read[filepath.Base(file)] = len(named)
		ids := ""
		for _, name := range slices.Sorted(maps.Keys(named)) {
			slices.Sort(named[name])
			all := strings.Join(named[name], " ")
			if ids != "" && ids != all && named[name][0] != "" {
				t.Errorf("%s is read as %v to different posts", filepath.Base(file), slices.Sorted(maps.Keys(named)))
			}
			ids = all
		}
	}
	for file, want := range map[string]int{
		"maintenance.html": 0, "desktop_prompt_login.html": 0, "access_denied.html": 0, "account_blocked_gbk.html": 0, "user_info.html": 0,
		"getIndex_user_profile.json": 0, "search_list_parsed.json": 0, "error_20502.json": 0, "getIndex_ok0_empty.json": 0,
		"mobile_thread.html": 1, "mobile_forumdisplay.html": 1, "comment_page.html": 1, "profile_page1.html": 1, "floor_replies_lzl.html": 1,
	} {
		if read[file] != want {
			t.Errorf("%s is read by %d surfaces, want %d", file, read[file], want)
		}
	}
}
