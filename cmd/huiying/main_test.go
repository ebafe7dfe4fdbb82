package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"huiying/internal/app/tool"
	"huiying/internal/locale"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"huiying": main})
}

// TestScripts runs the command lines people run.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"HOME", "GOPATH", "GOMODCACHE"} { // the dictionaries lie in the module cache
				if v, ok := os.LookupEnv(name); ok {
					e.Setenv(name, v)
				}
			}
			e.Setenv("HUIYING_LANG", "en")
			return nil
		},
	})
}

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--help"}, exitOK},
		{[]string{"parse", "--help"}, exitOK},
		{[]string{"nonsense"}, exitUsage},
		{[]string{"parse", "--as", "weibo.m.timeline"}, exitUsage},
		{[]string{"parse", "--as", "no.such.surface", "main.go"}, exitUsage},
		{[]string{"rule", "check"}, exitUsage},
		{[]string{"case", "purge", "HY20261123-0001", "--data", "testdata", "--reason", "x", "--by", "root"}, exitUsage}, // without its configuration an office's time limit is not known
		{[]string{"case", "export", "HY20261123-0001", "--data", "testdata", "-o", "x"}, exitUsage},
		{[]string{"config", "check", "main.go"}, exitFailed},
		{[]string{"parse", "--as", "weibo.m.timeline", "main.go"}, exitFailed},
	} {
		var out, said bytes.Buffer
		got := run(t.Context(), c.args, tool.Streams{In: strings.NewReader(""), Out: &out, Err: &said})
		if got != c.want {
			t.Errorf("huiying %s: exit code %d, want %d\n%s%s", strings.Join(c.args, " "), got, c.want, out.String(), said.String())
		}
	}
}

// TestMisuse checks that a wrong command line is told in the person's language,
// whatever the flag parser says.
func TestMisuse(t *testing.T) {
	for _, c := range []struct {
		args     []string
		zh, want string
	}{
		{[]string{"nonsense"}, "没有 nonsense 这个命令或参数，用 --help 看说明。", "There is no command or argument nonsense; see --help."},
		{[]string{"parse", "--nope", "x"}, "没有 --nope 这个选项，用 --help 看说明。", "There is no flag --nope; see --help."},
		{[]string{"parse", "--as", "x"}, "缺少 <file>，用 --help 看说明。", "<file> is missing; see --help."},
		{[]string{"parse", "--as", "x", "gone.html"}, "gone.html，请检查路径。", "gone.html; check the path."},
		{[]string{"parse", "--as", "x", "testdata"}, "是目录，这里要写文件。", "is a folder; name a file."},
		{[]string{"audit", "verify", "--data", "main.go"}, "不是目录，这里要写目录。", "is not a folder; name a folder."},
		{[]string{"case"}, "命令不完整", "The command is not complete"},
		{[]string{"drill", "--fault", "x"}, "--fault 只能是", "--fault must be one of"},
	} {
		for lang, want := range map[string]string{"zh": c.zh, "en": c.want} {
			var out, said bytes.Buffer
			code := run(t.Context(), append([]string{"--lang=" + lang}, c.args...), tool.Streams{In: strings.NewReader(""), Out: &out, Err: &said})
			if code != exitUsage || !strings.Contains(said.String(), want) || strings.Count(said.String(), "\n") != 1 {
				t.Errorf("%s %v: code %d, said %q, want %q", lang, c.args, code, said.String(), want)
			}
		}
	}
}

// TestHelpIsComplete checks that every command and flag is described in both
// languages.
func TestHelpIsComplete(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, command := range [][]string{
			nil, {"drill"}, {"run"}, {"config", "check"}, {"collect"}, {"parse"}, {"analyze"}, {"rule", "check"}, {"rule", "explain"},
			{"case", "list"}, {"case", "show"}, {"source", "list"}, {"audit", "verify"}, {"user", "add"}, {"user", "link"},
			{"model", "train"}, {"model", "corrections"}, {"calendar", "add"}, {"calendar", "show"}, {"calendar", "import"},
		} {
			var out, said bytes.Buffer
			args := append(append([]string{"--lang", lang}, command...), "--help")
			if code := run(t.Context(), args, tool.Streams{Out: &out, Err: &said}); code != exitOK {
				t.Errorf("%v: exit code %d: %s", args, code, said.String())
			}
			if strings.Contains(out.String(), "${") || strings.Contains(out.String(), "cli.help") {
				t.Errorf("%v: a text is missing:\n%s", args, out.String())
			}
		}
	}
}

// TestNamedCommands checks that every command that a sentence or a document
// names is there.
func TestNamedCommands(t *testing.T) {
	words, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var c cli
	parser, err := kong.New(&c, kong.Name("huiying"), helpTexts(words, locale.Chinese))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for pattern, of := range map[string]*regexp.Regexp{
		"../../internal/locale/catalogue/*.yaml": regexp.MustCompile(`zh: "[^"]*?huiying ([a-z-]+)(?: ([a-z-]+))?`),
		"../../docs/*.md":                        regexp.MustCompile("`huiying ([a-z-]+)(?: ([a-z-]+))?"),
		"../../*.md":                             regexp.MustCompile("`huiying ([a-z-]+)(?: ([a-z-]+))?"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range of.FindAllStringSubmatch(string(text), -1) {
				named++
				if node := child(parser.Model.Node, found[1]); node == nil || len(node.Children) > 0 && found[2] != "" && child(node, found[2]) == nil {
					t.Errorf("%s: there is no command huiying %s %s", file, found[1], found[2])
				}
			}
		}
	}
	if named < 50 {
		t.Errorf("%d commands are named", named)
	}
}

func child(n *kong.Node, name string) *kong.Node {
	i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return n.Children[i]
}
