package dict

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"huiying"
)

// sumsName lists the digests of the unpacked files, one "hex name" a line.
const sumsName = "sums"

// Pack compresses the dictionaries of the folder from into the folder to, with
// the list of their digests; "make dict" runs it before a build that embeds
// them. A file that is packed already is left alone.
func Pack(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return fmt.Errorf("make folder for packed dictionaries: %w", err)
	}
	var sums strings.Builder
	for _, name := range Names() {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return fmt.Errorf("read dictionary: %w", err)
		}
		sum := sha256.Sum256(raw)
		fmt.Fprintf(&sums, "%x %s\n", sum, name)
		if err := packFile(filepath.Join(to, name+".gz"), raw); err != nil {
			return err
		}
	}
	return packFile(filepath.Join(to, sumsName+".gz"), []byte(sums.String()))
}

func packFile(path string, raw []byte) error {
	if old, err := os.ReadFile(path); err == nil {
		if unpacked, err := inflate(old); err == nil && bytes.Equal(unpacked, raw) {
			return nil
		}
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress %s: %w", filepath.Base(path), err)
	}
	if _, err := z.Write(raw); err != nil {
		return fmt.Errorf("compress %s: %w", filepath.Base(path), err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress %s: %w", filepath.Base(path), err)
	}
	return writeWhole(path, packed.Bytes())
}

// writeWhole writes a file so that others see the old one or the new one,
// never a part.
func writeWhole(path string, raw []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(raw)
	err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func inflate(packed []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("open packed dictionary: %w", err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack dictionary: %w", err)
	}
	return raw, nil
}

// unpack writes the packed files into a folder of their own under state and
// gives that folder. What is there already is kept if its digest is right.
func unpack(packed fs.FS, state string) (string, error) {
	sums, err := digests(packed)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(state, "dict")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", huiying.Errorf(huiying.Unavailable, "analyzer.cannot_unpack", folder, err)
	}
	for _, name := range Names() {
		if digestOf(filepath.Join(folder, name)) == sums[name] {
			continue
		}
		raw, err := readPacked(packed, name)
		if err != nil {
			return "", err
		}
		if hexSum(raw) != sums[name] {
			return "", huiying.Errorf(huiying.Internal, "analyzer.dictionary_damaged", name)
		}
		if err := writeWhole(filepath.Join(folder, name), raw); err != nil {
			return "", huiying.Errorf(huiying.Unavailable, "analyzer.cannot_unpack", folder, err)
		}
	}
	return folder, nil
}

func digests(packed fs.FS) (map[string]string, error) {
	raw, err := readPacked(packed, sumsName)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			sums[name] = sum
		}
	}
	return sums, nil
}

func readPacked(packed fs.FS, name string) ([]byte, error) {
	zipped, err := fs.ReadFile(packed, name+".gz")
	if err != nil {
		return nil, huiying.Errorf(huiying.Internal, "analyzer.dictionary_damaged", name, err)
	}
	raw, err := inflate(zipped)
	if err != nil {
		return nil, huiying.Errorf(huiying.Internal, "analyzer.dictionary_damaged", name, err)
	}
	return raw, nil
}

// digestOf is the digest of a file, "" when it cannot be read.
func digestOf(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return hexSum(raw)
}

func hexSum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
