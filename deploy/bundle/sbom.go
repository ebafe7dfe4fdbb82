package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// document is a CycloneDX 1.6 list of components.
type document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Serial     string      `json:"serialNumber"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	PURL       string     `json:"purl,omitempty"`
	Hashes     []hashed   `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hashed struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// sbom lists what the binary itself says it was built of, and what the browser
// bundle in it was.
func sbom(o options, binary []byte) ([]byte, error) {
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return nil, fmt.Errorf("read what the binary is made of: %w", err)
	}
	sum := sha256.Sum256(binary)
	d := document{
		Format: "CycloneDX", Spec: "1.6", Version: 1, Serial: uuid(sum),
		Metadata: metadata{o.At.Format(time.RFC3339), component{Type: "application", Ref: "huiying", Name: "huiying", Version: o.Version,
			Hashes: []hashed{{"SHA-256", hex.EncodeToString(sum[:])}}}},
	}
	for _, s := range info.Settings {
		if s.Key == "-tags" || s.Key == "GOARCH" || s.Key == "GOOS" || s.Key == "CGO_ENABLED" {
			d.Metadata.Component.Properties = append(d.Metadata.Component.Properties, property{"go:" + strings.TrimPrefix(s.Key, "-"), s.Value})
		}
	}
	d.Components = append(d.Components, golang("stdlib", strings.TrimPrefix(info.GoVersion, "go"), ""))
	for _, m := range info.Deps {
		d.Components = append(d.Components, module(m))
	}
	npm, err := packages(filepath.Join(o.Tree, "internal", "web", "assets", "package-lock.json"))
	if err != nil {
		return nil, err
	}
	d.Components = append(d.Components, npm...)
	slices.SortFunc(d.Components, func(a, b component) int { return cmp.Compare(a.Ref, b.Ref) })
	out, err := json.MarshalIndent(d, "", "  ")
	return append(out, '\n'), err
}

func module(m *debug.Module) component {
	for m.Replace != nil {
		m = m.Replace
	}
	return golang(m.Path, m.Version, m.Sum)
}

func golang(path, version, sum string) component {
	purl := "pkg:golang/" + path + "@" + version
	c := component{Type: "library", Ref: purl, Name: path, Version: version, PURL: purl}
	if sum != "" { // of the module's tree, as in go.sum; no digest of a file
		c.Properties = []property{{"go:sum", sum}}
	}
	return c
}

// packages reads what of npm ends up in the pages; tools that only build it do
// not.
func packages(lock string) ([]component, error) {
	raw, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var l struct {
		Packages map[string]struct {
			Version   string `json:"version"`
			Integrity string `json:"integrity"`
			Dev       bool   `json:"dev"`
			Optional  bool   `json:"optional"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return nil, fmt.Errorf("read %s: %w", lock, err)
	}
	var out []component
	for at, p := range l.Packages {
		_, name, ok := strings.Cut(at, "node_modules/")
		if !ok || p.Dev || p.Optional {
			continue
		}
		purl := "pkg:npm/" + strings.Replace(name, "@", "%40", 1) + "@" + p.Version
		c := component{Type: "library", Ref: purl, Name: name, Version: p.Version, PURL: purl}
		if digest, ok := strings.CutPrefix(p.Integrity, "sha512-"); ok {
			body, err := base64.StdEncoding.DecodeString(digest)
			if err != nil {
				return nil, fmt.Errorf("read the digest of %s: %w", name, err)
			}
			c.Hashes = []hashed{{"SHA-512", hex.EncodeToString(body)}}
		}
		out = append(out, c)
	}
	return out, nil
}

// uuid makes a serial number of the binary's digest, so that the same binary
// has the same one.
func uuid(sum [32]byte) string {
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8, made by our own rule
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
