package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Every page that anybody may open is sound HTML: ids are unique, every field
// has a label, headings do not skip, buttons have names, nothing is inline,
// every key has its sentence, and every link of ours leads somewhere the same
// person may go. Posts are many and alike: of the links to them one in five is
// followed.
func TestPagesAreSound(t *testing.T) {
	s := newSeeded(t)
	for _, id := range []string{"", "admin", "officer", "hall", "hrss", "reviewer", "manager"} {
		b := s.as(id)
		seen := map[string]bool{}
		var links []string
		posts := 0
		for _, path := range s.paths() {
			res := b.get(path)
			if res.status >= 500 {
				t.Errorf("%s %s: %d", id, path, res.status)
			}
			if i := strings.Index(res.body, "web."); res.status == http.StatusOK && i >= 0 {
				t.Errorf("%s %s: a key without a sentence: %q", id, path, res.body[i:min(i+40, len(res.body))])
			}
			if !strings.HasPrefix(res.header.Get("Content-Type"), "text/html") || res.status >= 300 && res.status < 400 {
				continue
			}
			doc, err := html.Parse(strings.NewReader(res.body))
			if err != nil {
				t.Fatal(err)
			}
			for _, wrong := range soundness(doc) {
				t.Errorf("%s %s: %s", id, path, wrong)
			}
			for _, link := range hrefs(doc) {
				if strings.HasPrefix(link, "/") && !seen[link] {
					seen[link] = true
					if strings.HasPrefix(link, "/posts/") {
						if posts++; posts%5 != 1 {
							continue
						}
					}
					links = append(links, link)
				}
			}
		}
		for _, link := range links {
			if res := b.get(link); res.status != http.StatusOK && !(id == "" && res.status == http.StatusSeeOther) {
				t.Errorf("%s: the link %s answers %d", id, link, res.status)
			}
		}
	}
	if log := s.log.String(); strings.Contains(log, "ERROR") {
		t.Error(log)
	}
}

func walk(n *html.Node, do func(*html.Node)) {
	do(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, do)
	}
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func hrefs(doc *html.Node) (out []string) {
	walk(doc, func(n *html.Node) {
		if href, ok := attr(n, "href"); ok && n.Data == "a" {
			out = append(out, href)
		}
	})
	return out
}

func text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return strings.TrimSpace(b.String())
}

func soundness(doc *html.Node) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	ids, labelled := map[string]bool{}, map[string]bool{}
	level, h1, main := 0, 0, 0
	walk(doc, func(n *html.Node) {
		if n.Data == "label" {
			if id, ok := attr(n, "for"); ok {
				labelled[id] = true
			}
		}
	})
	walk(doc, func(n *html.Node) {
		if n.Type != html.ElementNode {
			return
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				say("inline %s on %s", a.Key, n.Data)
			}
		}
		if id, ok := attr(n, "id"); ok {
			if ids[id] {
				say("the id %q stands twice", id)
			}
			ids[id] = true
		}
		switch n.Data {
		case "main":
			main++
		case "h1", "h2", "h3":
			if now := int(n.Data[1] - '0'); now > level+1 {
				say("heading %s %q after level %d", n.Data, text(n), level)
			} else {
				level = now
			}
			if n.Data == "h1" {
				h1++
			}
		case "input", "select", "textarea":
			kind, _ := attr(n, "type")
			id, _ := attr(n, "id")
			if kind != "hidden" && !labelled[id] && !within(n, "label") {
				say("a field without a label: %s %v", n.Data, n.Attr)
			}
		case "button", "a":
			name, _ := attr(n, "aria-label")
			if text(n) == "" && name == "" {
				say("%s without a name: %v", n.Data, n.Attr)
			}
		case "form":
			if method, _ := attr(n, "method"); method != "get" && method != "post" {
				say("a form without a method")
			}
		case "html":
			if lang, _ := attr(n, "lang"); lang == "" {
				say("no language")
			}
		case "style":
			say("a style element")
		case "script":
			kind, _ := attr(n, "type")
			_, src := attr(n, "src")
			if !src && kind != "application/json" {
				say("an inline script")
			}
		}
	})
	if h1 != 1 || main != 1 {
		say("%d h1 and %d main", h1, main)
	}
	return wrong
}

func within(n *html.Node, tag string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == tag {
			return true
		}
	}
	return false
}

// The English pages say the same with no Chinese of ours in them; only names,
// posts and rules are Chinese.
func TestEnglish(t *testing.T) {
	s := newSeeded(t)
	b := s.as("admin")
	s.must(s.users.SetLook(t.Context(), "admin", "en", "dark large"))
	res := b.get("/me")
	for _, want := range []string{`lang="en"`, "data-dark", "data-large", "Sign out", "Active logins"} {
		if !strings.Contains(res.body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(res.body, "登录") {
		t.Error("Chinese on an English page")
	}
	nobody := s.as("")
	if res := nobody.get("/login?lang=en"); !strings.Contains(res.body, "Sign in") {
		t.Error("the sign-in page does not speak English when asked")
	}
}

// A filter in the address comes back as it was put in.
func TestFiltersStandInTheAddress(t *testing.T) {
	s := newSeeded(t)
	b := s.as("officer")
	res := b.get("/cases?" + url.Values{"view": {"all"}, "level": {"red"}, "unit": {"u-hrss"}, "q": {"退休"}}.Encode())
	if !strings.Contains(res.body, s.overdue) || strings.Contains(res.body, s.pending) {
		t.Error("the filter does not hold")
	}
	for _, want := range []string{`name="level" value="red"`, `name="unit" value="u-hrss"`, `value="退休"`, `<mark>退休</mark>`} {
		if !strings.Contains(res.body, want) {
			t.Errorf("the form has forgotten %s", want)
		}
	}
	empty := b.get("/cases?view=all&q=nothing-like-it")
	if !strings.Contains(empty.body, "没有符合筛选条件的案件") || !strings.Contains(empty.body, "清除筛选") {
		t.Error("an empty filter does not say so")
	}
}
