// Command bundle packs what an office without the internet needs into one
// archive: the binary with everything inside, the deploy files, the guides, a
// list of what the binary is made of (CycloneDX), the digests of all files, and
// a script that installs nothing unless every digest holds. The same tree gives
// the same archive. It refuses a binary that needs libraries of the machine.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/elf"
	_ "embed"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed install.sh
var install []byte

func main() {
	var o options
	flag.StringVar(&o.Binary, "binary", "", "the static binary")
	flag.StringVar(&o.Tree, "tree", ".", "the source tree")
	flag.StringVar(&o.Version, "version", "dev", "version, part of the name")
	flag.StringVar(&o.Out, "out", "dist", "folder that takes the archive")
	flag.Parse()
	o.At = epoch()
	name, err := pack(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
	fmt.Println(name)
}

// epoch is the time that the files of the archive bear.
func epoch() time.Time {
	if n, err := strconv.ParseInt(os.Getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(n, 0).UTC()
	}
	return time.Unix(0, 0).UTC()
}

type options struct {
	Binary, Tree, Version, Out string
	At                         time.Time
}

// file is one file of the archive.
type file struct {
	name string
	mode int64
	body []byte
}

// pack writes the archive and its digest beside it, and gives its name.
func pack(o options) (string, error) {
	arch, err := static(o.Binary)
	if err != nil {
		return "", err
	}
	files, err := gather(o)
	if err != nil {
		return "", err
	}
	base := "huiying-" + o.Version + "-linux-" + arch
	name := filepath.Join(o.Out, base+".tar.gz")
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return "", err
	}
	sum, err := write(name, base, files, o.At)
	if err != nil {
		return "", errors.Join(err, os.Remove(name))
	}
	return name, os.WriteFile(name+".sha256", []byte(sum+"  "+filepath.Base(name)+"\n"), 0o644)
}

// static names the architecture of a binary that needs nothing of the machine.
func static(binary string) (string, error) {
	f, err := elf.Open(binary)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", binary, err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			libraries, err := f.ImportedLibraries()
			return "", errors.Join(fmt.Errorf("%s is not static: it needs a loader and %s", binary, strings.Join(libraries, ", ")), err)
		}
	}
	switch f.Machine {
	case elf.EM_X86_64:
		return "amd64", nil
	case elf.EM_AARCH64:
		return "arm64", nil
	}
	return "", fmt.Errorf("%s is for %s", binary, f.Machine)
}

// gather reads every file of the archive, sorted, with the digests last.
func gather(o options) ([]file, error) {
	binary, err := os.ReadFile(o.Binary)
	if err != nil {
		return nil, err
	}
	list, err := sbom(o, binary)
	if err != nil {
		return nil, err
	}
	files := []file{{"bin/huiying", 0o755, binary}, {"install.sh", 0o755, install}, {"sbom.cdx.json", 0o644, list}}
	for _, one := range []string{"README.md", "LICENSE", "CHANGELOG.md"} {
		body, err := os.ReadFile(filepath.Join(o.Tree, one))
		if err != nil {
			return nil, err
		}
		files = append(files, file{one, 0o644, body})
	}
	for _, folder := range []string{"deploy", "docs"} {
		more, err := under(o.Tree, folder)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	var sums bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(f.body), f.name)
	}
	return append(files, file{"SHA256SUMS", 0o644, sums.Bytes()}), nil
}

// under reads a folder without what only builds and tests need.
func under(tree, folder string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(filepath.Join(tree, folder), func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(tree, at)
		if err != nil {
			return err
		}
		switch {
		case !e.Type().IsRegular(), strings.HasPrefix(e.Name(), "."), slices.Contains([]string{".go", ".mod", ".sum"}, filepath.Ext(name)),
			strings.HasPrefix(filepath.ToSlash(name), "deploy/bundle/"):
			return nil
		}
		body, err := os.ReadFile(at)
		files = append(files, file{filepath.ToSlash(name), 0o644, body})
		return err
	})
	return files, err
}

// write writes the archive and gives its digest.
func write(name, base string, files []file, at time.Time) (sum string, err error) {
	f, err := os.Create(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	digest := sha256.New()
	z, err := gzip.NewWriterLevel(io.MultiWriter(f, digest), gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	t := tar.NewWriter(z)
	for _, one := range files {
		h := &tar.Header{Name: path.Join(base, one.name), Mode: one.mode, Size: int64(len(one.body)), ModTime: at, Format: tar.FormatPAX}
		if err := t.WriteHeader(h); err != nil {
			return "", err
		}
		if _, err := t.Write(one.body); err != nil {
			return "", err
		}
	}
	if err := errors.Join(t.Close(), z.Close(), f.Sync()); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}
