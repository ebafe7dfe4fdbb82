package replica

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// SiteName is the name the portal gives itself.
const SiteName = "中卫市政务服务网"

// LettersPath is the address of the list of letters.
const LettersPath = "/hudong/hdjl/sindex/bjah-index-hdjl!letterListJson.action"

// ArticlesPath is the address of the list of articles.
const ArticlesPath = "/zwxx/tzgg/index.html"

// letterKinds are the portal's numbers, names and page addresses of the kinds
// of letters.
var letterKinds = map[string]struct {
	number     int
	name, flow string
}{
	LetterConsult:  {1, "咨询", "com.web.consult.consultDetail.flow"},
	LetterSuggest:  {2, "建议", "com.web.suggest.suggesDetail.flow"},
	LetterComplain: {3, "投诉", "com.web.complain.complainDetail.flow"},
}

// Portal is the replica of a government portal over a world: letters, as the
// pages of 首都之窗 give them, and articles of a static site.
func Portal(w *World) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /robots.txt", robots("User-agent: *\nDisallow: /manage/\n"))
	mux.HandleFunc("GET "+LettersPath, w.letterList)
	for kind, k := range letterKinds {
		mux.HandleFunc("GET /hudong/hdjl/"+k.flow, func(rw http.ResponseWriter, r *http.Request) { w.letterPage(rw, r, kind) })
	}
	mux.HandleFunc("GET "+ArticlesPath, w.articleList)
	mux.HandleFunc("GET /zwxx/tzgg/{month}/{page}", w.articlePage)
	return mux
}

// letterList answers the text of a JavaScript object: bare keys and single
// quotes, so no JSON.
func (w *World) letterList(rw http.ResponseWriter, r *http.Request) {
	_, unlock := w.lock()
	defer unlock()
	q := r.URL.Query()
	size := int(min(number(q.Get("page.pageSize")), 100))
	if size == 0 {
		size = 6
	}
	page := int(pageOf(q.Get("page.pageNo")))
	list := slices.DeleteFunc(slices.Clone(w.letters), func(l *letter) bool {
		return !strings.Contains(l.title+l.text, q.Get("keyword"))
	})
	slices.Reverse(list)
	pages := (len(list) + size - 1) / size
	var b strings.Builder
	fmt.Fprintf(&b, "{page:{pageNo:%d,totalCount:%d,totalPages:%d,pageSize:%d},result:[", page, len(list), pages, size)
	list = list[min((page-1)*size, len(list)):]
	for i, l := range list[:min(len(list), size)] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(letterRow(l))
	}
	b.WriteString("]}")
	rw.Header().Set("Content-Type", "text/html;charset=UTF-8")
	_, _ = rw.Write([]byte(b.String())) // a reader that went away needs no answer
}

func letterRow(l *letter) string {
	k := letterKinds[l.kind]
	var orgs []string
	for _, a := range l.answers {
		orgs = append(orgs, a.org)
	}
	return fmt.Sprintf("{letterType:'%d',letterTypeName:'%s',letterTitle:'%s',showLetterTitle:'%s',writeDate:'%s',orgNames:'%s',showOrgNames:'%s',originalId:'%s'}",
		k.number, k.name, quote(l.title), quote(shorten(l.title)), day(l.at), quote(strings.Join(orgs, ",")), quote(shorten(strings.Join(orgs, ","))), l.id)
}

// quote writes a string for single quotes.
func quote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", "").Replace(s)
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 26 {
		return string(r[:26]) + "..."
	}
	return s
}

func day(t time.Time) string { return t.In(siteZone).Format("2006-01-02") }

type letterView struct {
	Site, Domain, Title, Kind, Day, Text string
	Answers                              []answerView
}

type answerView struct{ Org, Day, Text string }

func (w *World) letterPage(rw http.ResponseWriter, r *http.Request, kind string) {
	now, unlock := w.lock()
	defer unlock()
	id := r.URL.Query().Get("originalId")
	at := slices.IndexFunc(w.letters, func(l *letter) bool { return l.id == id && l.kind == kind })
	if at < 0 {
		http.NotFound(rw, r)
		return
	}
	l := w.letters[at]
	view := letterView{Site: SiteName, Domain: r.Host, Title: l.title, Kind: letterKinds[kind].name, Day: day(l.at), Text: l.text}
	for _, a := range l.answers {
		view.Answers = append(view.Answers, answerView{Org: a.org, Day: day(a.at), Text: a.text})
	}
	if writePage(rw, letterTemplate, view, l.gbk) {
		s := w.serve("portal:l"+l.id, now)
		s.Answers = max(s.Answers, len(l.answers))
	}
}

// writePage renders a page, as GBK bytes under its utf-8 meta tag where asked
// for, and reports whether it could be sent.
func writePage(rw http.ResponseWriter, t *template.Template, view any, gbk bool) bool {
	var page bytes.Buffer
	err := t.Execute(&page, view)
	body := page.Bytes()
	if err == nil && gbk {
		body, err = simplifiedchinese.GBK.NewEncoder().Bytes(body)
	}
	if err != nil {
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return false
	}
	contentType := "text/html;charset=utf-8"
	if gbk {
		contentType = "text/html"
	}
	rw.Header().Set("Content-Type", contentType)
	_, err = rw.Write(body)
	return err == nil
}

func (w *World) articleList(rw http.ResponseWriter, _ *http.Request) {
	_, unlock := w.lock()
	defer unlock()
	type row struct{ URL, Title, Day string }
	view := struct {
		Site string
		Rows []row
	}{Site: SiteName}
	for _, a := range slices.Backward(w.articles) {
		view.Rows = append(view.Rows, row{URL: "./" + a.path(), Title: a.Title, Day: day(a.at)})
	}
	writePage(rw, articlesTemplate, view, false)
}

// path is where an article lies beside its list: 202611/t20261123_600001.html.
func (a *article) path() string {
	t := a.at.In(siteZone)
	return t.Format("200601") + "/t" + t.Format("20060102") + "_" + a.id + ".html"
}

func (w *World) articlePage(rw http.ResponseWriter, r *http.Request) {
	now, unlock := w.lock()
	defer unlock()
	path := r.PathValue("month") + "/" + r.PathValue("page")
	at := slices.IndexFunc(w.articles, func(a *article) bool { return a.path() == path })
	if at < 0 {
		http.NotFound(rw, r)
		return
	}
	a := w.articles[at]
	view := struct {
		Site, Domain, Column, Title, Time, Source, URL string
		Paragraphs                                     []string
	}{SiteName, r.Host, a.Column, a.Title, a.at.In(siteZone).Format("2006-01-02 15:04"), a.Source, "./" + path[strings.LastIndex(path, "/")+1:], strings.Split(a.Text, "\n")}
	if writePage(rw, articleTemplate, view, false) {
		w.serve("portal:a"+a.id, now)
	}
}
