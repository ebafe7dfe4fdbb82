package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"huiying/internal/app/tool"
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

// TestHelpIsComplete checks that every command and flag is described in both
// languages.
func TestHelpIsComplete(t *testing.T) {
	for _, lang := range []string{"zh", "en"} {
		for _, command := range [][]string{
			nil, {"drill"}, {"run"}, {"config", "check"}, {"collect"}, {"parse"}, {"analyze"}, {"rule", "check"}, {"rule", "explain"},
			{"case", "list"}, {"case", "show"}, {"source", "list"}, {"audit", "verify"}, {"user", "add"}, {"user", "link"},
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
