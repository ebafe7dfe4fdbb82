package tool_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app/tool"
	"huiying/internal/locale"
)

func fileVerify(t *testing.T, o tool.FileOptions) (out, said string, err error) {
	t.Helper()
	words, lerr := locale.Load()
	if lerr != nil {
		t.Fatal(lerr)
	}
	var data, talk bytes.Buffer
	err = tool.FileVerify(tool.Streams{Out: &data, Err: &talk, Words: words, Lang: locale.English}, o)
	return data.String(), talk.String(), err
}

// An exported case is verified with no database at hand.
func TestFileVerify(t *testing.T) {
	golden := filepath.Join("..", "..", "casefile", "testdata", "case.json")
	out, said, err := fileVerify(t, tool.FileOptions{File: golden})
	if err != nil || !strings.Contains(out, "HY20261123-0001") || !strings.Contains(said, "Without the record's key") {
		t.Errorf("%s %s %v", out, said, err)
	}
	raw, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(bad, bytes.Replace(raw, []byte(`"actor": "hall"`), []byte(`"actor": "hell"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err = fileVerify(t, tool.FileOptions{File: bad, JSON: true})
	if !errors.Is(err, tool.ErrFailed) || !strings.Contains(out, `"kind":"edited"`) || !strings.Contains(out, `"clean":false`) {
		t.Errorf("%s %v", out, err)
	}
	keyFile := filepath.Join(t.TempDir(), "master.key")
	if err := os.WriteFile(keyFile, []byte(strings.Repeat("0", 64)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _, err = fileVerify(t, tool.FileOptions{File: golden, KeyFile: keyFile}); !errors.Is(err, tool.ErrFailed) || !strings.Contains(out, "not signed") {
		t.Errorf("another key: %s %v", out, err)
	}
	if _, _, err = fileVerify(t, tool.FileOptions{File: keyFile}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("no case file: %v", err)
	}
	if _, _, err = fileVerify(t, tool.FileOptions{File: golden, KeyFile: bad + "x"}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("no key file: %v", err)
	}
}
