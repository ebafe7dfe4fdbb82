package dict

import (
	"os"
	"path/filepath"
	"testing"

	"huiying"
)

// somewhere makes a folder with small files under the dictionaries' names.
func somewhere(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range Names() {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("内容 of "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func packed2(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	if err := Pack(somewhere(t), to); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestPackAndUnpack(t *testing.T) {
	packed, state := packed2(t), t.TempDir()
	folder, err := unpack(os.DirFS(packed), state)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		raw, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || string(raw) != "内容 of "+name+"\n" {
			t.Errorf("%s: %q, %v", name, raw, err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != len(Names()) {
		t.Errorf("%d files in the folder, want %d: no temporary ones stay (%v)", len(entries), len(Names()), err)
	}
}

// A file that was cut short or changed since is written again.
func TestUnpackMends(t *testing.T) {
	packed, state := packed2(t), t.TempDir()
	folder, err := unpack(os.DirFS(packed), state)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(folder, Names()[1])
	if err := os.WriteFile(broken, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	untouched, err := os.Stat(filepath.Join(folder, Names()[0]))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(os.DirFS(packed), state); err != nil {
		t.Fatal(err)
	}
	if raw, _ := os.ReadFile(broken); string(raw) != "内容 of "+Names()[1]+"\n" {
		t.Errorf("still broken: %q", raw)
	}
	again, err := os.Stat(filepath.Join(folder, Names()[0]))
	if err != nil || !os.SameFile(untouched, again) {
		t.Error("an intact file was written again")
	}
}

// What is inside the binary is refused when it is not what was packed.
func TestUnpackRefusesDamage(t *testing.T) {
	packed := packed2(t)
	other, err := os.ReadFile(filepath.Join(packed, Names()[0]+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	for what, content := range map[string][]byte{"another file's content": other, "no gzip at all": []byte("x")} {
		if err := os.WriteFile(filepath.Join(packed, Names()[1]+".gz"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(os.DirFS(packed), t.TempDir()); huiying.ErrorCode(err) != huiying.Internal {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestUnpackSaysWhere(t *testing.T) {
	state := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := unpack(os.DirFS(packed2(t)), state); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Errorf("got %v", err)
	}
}

// Packing again changes nothing, so that a build is not repeated for it.
func TestPackIsStable(t *testing.T) {
	from, to := somewhere(t), t.TempDir()
	if err := Pack(from, to); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(filepath.Join(to, Names()[2]+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Pack(from, to); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(filepath.Join(to, Names()[2]+".gz"))
	if err != nil || !os.SameFile(before, after) {
		t.Error("an unchanged file was packed again")
	}
	if err := Pack(t.TempDir(), to); err == nil {
		t.Error("packing an empty folder gives no error")
	}
}

func TestLocate(t *testing.T) {
	folder := somewhere(t)
	files, err := Locate(Options{Folder: folder})
	if err != nil || files.Main != filepath.Join(folder, "jieba.dict.utf8") || files.StopWords != filepath.Join(folder, "stop_words.utf8") {
		t.Errorf("got %+v, %v", files, err)
	}
	if err := os.Remove(files.HMM); err != nil {
		t.Fatal(err)
	}
	if _, err := Locate(Options{Folder: folder}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a missing file: got %v", err)
	}
	if _, err := Locate(Options{State: t.TempDir()}); err != nil {
		t.Errorf("a plain test finds the module's own: %v", err)
	}
}
