package replica

import (
	"embed"
	"html/template"
)

//go:embed pages/*.html
var pageFiles embed.FS

// The portal's pages. Their class names and order are those of the sites they
// stand for; what stands in them is ours.
var (
	letterTemplate   = page("letter.html")
	articlesTemplate = page("articles.html")
	articleTemplate  = page("article.html")
)

func page(name string) *template.Template {
	return template.Must(template.ParseFS(pageFiles, "pages/"+name))
}
