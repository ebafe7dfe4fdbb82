// Package shortcut is what makes the pages a shortcut on a device: the manifest
// of the application, the service worker, and the two pages that stand alone:
// the one for a network that is gone, and the one that a proxy shows while the
// service restarts. It keeps nothing of anybody on a device.
package shortcut

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"

	"huiying/internal/locale"
	"huiying/internal/web/door"
)

// Options is what the files are made with; all are required.
type Options struct {
	Catalogue *locale.Catalogue
	Asset     func(name string) string // URL of a file of the bundle, "" without one
}

// Files answers for them.
type Files struct{ o Options }

// New makes the files.
func New(o Options) *Files { return &Files{o} }

// manifest is the application as a browser installs it.
type manifest struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	ShortName  string `json:"short_name"`
	Lang       string `json:"lang"`
	StartURL   string `json:"start_url"`
	Scope      string `json:"scope"`
	Display    string `json:"display"`
	Background string `json:"background_color"`
	Theme      string `json:"theme_color"`
	Icons      []icon `json:"icons"`
}

type icon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// Manifest is the application for who asks: whoever works on cases starts with
// the alerts, the others with the overview.
func (f *Files) Manifest(w http.ResponseWriter, r *http.Request) error {
	start := "/"
	if a, ok := door.Account(r.Context()); ok && door.CaseRoom().Lets(a) {
		start = "/alerts"
	}
	m := manifest{
		ID: "/", Name: f.o.Catalogue.Text(locale.Chinese, "web.shortcut.name"), ShortName: f.o.Catalogue.Text(locale.Chinese, "web.shortcut.short"), Lang: "zh-CN",
		StartURL: start, Scope: "/", Display: "standalone", Background: "#f4f6fa", Theme: "#0b57d0",
	}
	for _, i := range []icon{
		{"icon-192.png", "192x192", "image/png", "any"}, {"icon-512.png", "512x512", "image/png", "any"}, {"icon-512.png", "512x512", "image/png", "maskable"},
		{"icon.svg", "any", "image/svg+xml", "any"},
	} {
		if i.Source = f.o.Asset(i.Source); i.Source != "" {
			m.Icons = append(m.Icons, i)
		}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	return send(w, "application/manifest+json", body)
}

//go:embed sw.js
var worker string

// Worker is the service worker. A browser asks for it again and again: it is
// never kept.
func (f *Files) Worker(w http.ResponseWriter, _ *http.Request) error {
	name, err := json.Marshal(f.o.Catalogue.Text(locale.Chinese, "web.shortcut.name"))
	if err != nil {
		return fmt.Errorf("write the worker: %w", err)
	}
	icon, err := json.Marshal(f.o.Asset("icon-192.png"))
	if err != nil {
		return fmt.Errorf("write the worker: %w", err)
	}
	w.Header().Set("Service-Worker-Allowed", "/")
	return send(w, "text/javascript; charset=utf-8", fmt.Appendf(nil, "%s\nconst NAME = %s;\nconst ICON = %s;\n", worker, name, icon))
}

// Offline is the page for a network that is gone. The worker keeps it, with its
// policy: its own style and nothing else.
func (f *Files) Offline(w http.ResponseWriter, _ *http.Request) error {
	body, err := Page(f.o.Catalogue, "offline")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", policy()+"; frame-ancestors 'none'")
	return send(w, "text/html; charset=utf-8", body)
}

func send(w http.ResponseWriter, kind string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-cache")
	// The connection may be gone; there is nobody left to tell.
	_, _ = w.Write(body)
	return nil
}

// style is that of the pages that stand alone; the policy names it by its
// digest.
const style = `body{margin:0;background:#f4f6fa;color:#1b2333;font:16px/1.6 "PingFang SC","HarmonyOS Sans SC","Microsoft YaHei","Noto Sans CJK SC",system-ui,sans-serif}` +
	`main{max-width:34rem;margin:12vh auto 0;padding:24px}h1{font-size:1.5rem;line-height:1.35;margin:0 0 .6rem}p{margin:0 0 1rem}` +
	`a{display:inline-flex;align-items:center;min-height:44px;padding:0 1.2rem;border-radius:6px;background:#0b57d0;color:#fff;text-decoration:none;font-weight:600}` +
	`section+section{margin-top:2.4rem;border-top:1px solid #c6cedb;padding-top:1.6rem}` +
	`@media (prefers-color-scheme:dark){body{background:#0f131a;color:#e6eaf2}a{background:#8ab4f8;color:#06122b}section+section{border-color:#3a4456}}`

func policy() string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
}

// standing is a page that stands alone: no file beside it, in both languages.
// Its link asks for the same address again.
var standing = template.Must(template.New("").Parse(`<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta http-equiv="Content-Security-Policy" content="{{.Policy}}">
<title>{{(index .Says 0).Title}} · {{.Name}}</title>
<style>{{.Style}}</style>
</head>
<body><main>
{{range .Says}}<section lang="{{.Lang}}"><h1>{{.Title}}</h1><p>{{.Text}}</p><p><a href="">{{.Again}}</a></p></section>
{{end}}</main></body>
</html>
`))

type says struct{ Lang, Title, Text, Again string }

// Page writes one of them.
func Page(words *locale.Catalogue, kind string) ([]byte, error) {
	data := struct {
		Name, Policy string
		Style        template.CSS
		Says         []says
	}{Name: words.Text(locale.Chinese, "web.shortcut.name"), Policy: policy(), Style: style}
	for _, l := range []struct {
		lang locale.Lang
		tag  string
	}{{locale.Chinese, "zh-CN"}, {locale.English, "en"}} {
		data.Says = append(data.Says, says{
			Lang: l.tag, Title: words.Text(l.lang, "web."+kind+".title"), Text: words.Text(l.lang, "web."+kind+".text"), Again: words.Text(l.lang, "web.standing.again"),
		})
	}
	var b bytes.Buffer
	if err := standing.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("write the %s page: %w", kind, err)
	}
	return b.Bytes(), nil
}
