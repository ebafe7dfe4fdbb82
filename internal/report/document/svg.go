package document

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The drawing's measures, in its own units.
const (
	svgWidth  = 640.0
	svgHeight = 300.0
	leftRoom  = 52.0
	footRoom  = 34.0
	topRoom   = 12.0
	rowHeight = 26.0 // of a ranked bar
)

// drawing is an SVG in the making.
type drawing struct {
	strings.Builder
	c        Chart
	from, to float64 // of the value axis
	step     float64
}

// svg draws a chart: shapes and words with attributes only, so that it stands
// under the strictest policy.
func svg(c Chart) string {
	if len(c.Categories) == 0 {
		return ""
	}
	low, high := c.span()
	g := &drawing{c: c}
	g.from, g.to, g.step = scale(low, high)
	height := svgHeight
	if c.Kind == Ranked {
		height = topRoom + rowHeight*float64(len(c.Categories))
		if c.Unit != "" {
			height += 16
		}
	}
	legend := len(c.Series) > 1
	total := height
	if legend {
		total += 22
	}
	g.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + px(svgWidth) + ` ` + px(total) + `" role="img" aria-label="` + escaped(strings.TrimSpace(c.Title+" "+c.Summary)) + `">`)
	switch c.Kind {
	case Ranked:
		g.ranked(height)
	case Lines:
		g.axes()
		g.lines()
	default:
		g.axes()
		g.columns()
	}
	if legend {
		g.legend(height + 14)
	}
	g.WriteString(`</svg>`)
	return g.String()
}

func px(v float64) string {
	return strings.TrimSuffix(strings.TrimSuffix(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".0")
}

// y is the height of a value.
func (g *drawing) y(v float64) float64 {
	return topRoom + (g.to-v)/(g.to-g.from)*(svgHeight-topRoom-footRoom)
}

func (g *drawing) text(x, y float64, anchor, s string) {
	g.WriteString(`<text x="` + px(x) + `" y="` + px(y) + `" text-anchor="` + anchor + `">` + escaped(s) + `</text>`)
}

func (g *drawing) line(x1, y1, x2, y2 float64, color string) {
	g.WriteString(`<line x1="` + px(x1) + `" y1="` + px(y1) + `" x2="` + px(x2) + `" y2="` + px(y2) + `" stroke="#` + color + `"/>`)
}

// rect draws a bar; wide and tall may be zero, which shows nothing.
func (g *drawing) rect(x, y, wide, tall float64, color string) {
	g.WriteString(`<rect x="` + px(x) + `" y="` + px(y) + `" width="` + px(max(wide, 0)) + `" height="` + px(max(tall, 0)) + `" fill="#` + color + `"/>`)
}

// ticks are the values at which the axis is marked.
func (g *drawing) ticks() []float64 {
	var out []float64
	for i := 0; ; i++ {
		v := g.from + float64(i)*g.step
		if v > g.to+g.step/2 || i > 20 {
			return out
		}
		out = append(out, math.Round(v/g.step)*g.step)
	}
}

func (g *drawing) tick(v float64) string { return strconv.FormatFloat(v, 'g', 10, 64) }

// axes draws the lines behind columns and lines, and the names below them, as
// many as do not touch.
func (g *drawing) axes() {
	for _, v := range g.ticks() {
		g.line(leftRoom, g.y(v), svgWidth, g.y(v), "d9d9d9")
		g.text(leftRoom-6, g.y(v)+4, "end", g.tick(v))
	}
	g.line(leftRoom, g.y(0), svgWidth, g.y(0), "4a5465")
	if g.c.Unit != "" {
		g.text(svgWidth, svgHeight-2, "end", g.c.Unit)
	}
	widest := 1
	for _, name := range g.c.Categories {
		widest = max(widest, utf8.RuneCountInString(name))
	}
	band := g.band()
	every := max(1, int(math.Ceil(float64(min(widest, 12))*9/band)))
	for i := 0; i < len(g.c.Categories); i += every {
		g.text(leftRoom+band*(float64(i)+0.5), svgHeight-footRoom+16, "middle", short(g.c.Categories[i], 12))
	}
}

func (g *drawing) band() float64 { return (svgWidth - leftRoom) / float64(len(g.c.Categories)) }

func short(s string, n int) string {
	r := []rune(clean(s))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n-1]) + "…"
}

func (g *drawing) columns() {
	band := g.band()
	wide := band * 0.7
	if g.c.Kind == Bars {
		wide /= float64(len(g.c.Series))
	}
	for i := range g.c.Categories {
		up, down := 0.0, 0.0
		for k, s := range g.c.Series {
			v := s.Values[i]
			if math.IsNaN(v) {
				continue
			}
			x, base := leftRoom+band*(float64(i)+0.15), 0.0
			if g.c.Kind == Bars {
				x += wide * float64(k)
			} else if v >= 0 {
				base, up = up, up+v
			} else {
				base, down = down, down+v
			}
			top, foot := max(base, base+v), min(base, base+v)
			g.rect(x, g.y(top), wide, g.y(foot)-g.y(top), g.c.color(k))
			if len(g.c.Series) == 1 && band >= 24 {
				g.text(x+wide/2, g.y(top)-3, "middle", decimal(v))
			}
		}
	}
}

func (g *drawing) lines() {
	band := g.band()
	for k, s := range g.c.Series {
		_, stroke := dash(k)
		path, drawn := "", false
		for i, v := range s.Values {
			if math.IsNaN(v) {
				drawn = false
				continue
			}
			step := "M"
			if drawn {
				step = "L"
			}
			x, y := leftRoom+band*(float64(i)+0.5), g.y(v)
			path, drawn = path+step+px(x)+" "+px(y), true
			if alone := (i == 0 || math.IsNaN(s.Values[i-1])) && (i == len(s.Values)-1 || math.IsNaN(s.Values[i+1])); alone || len(s.Values) <= 31 {
				g.WriteString(`<circle cx="` + px(x) + `" cy="` + px(y) + `" r="2.5" fill="#` + g.c.color(k) + `"/>`)
			}
		}
		g.WriteString(`<path d="` + path + `" fill="none" stroke="#` + g.c.color(k) + `" stroke-width="2" stroke-dasharray="` + stroke + `"/>`)
	}
}

// ranked draws bars from the left, each with its name before and its value
// behind it.
func (g *drawing) ranked(height float64) {
	const names = 150.0
	room := svgWidth - names - 60
	x := func(v float64) float64 { return names + (v-g.from)/(g.to-g.from)*room }
	tall := rowHeight * 0.7 / float64(len(g.c.Series))
	for i, name := range g.c.Categories {
		top := topRoom + rowHeight*float64(i)
		g.text(names-6, top+rowHeight*0.6, "end", short(name, 13))
		for k, s := range g.c.Series {
			v := s.Values[i]
			if math.IsNaN(v) {
				g.text(x(0)+4, top+rowHeight*0.6, "start", decimal(v))
				continue
			}
			g.rect(min(x(0), x(v)), top+rowHeight*0.15+tall*float64(k), math.Abs(x(v)-x(0)), tall, g.c.color(k))
			if len(g.c.Series) == 1 {
				g.text(max(x(0), x(v))+4, top+rowHeight*0.6, "start", decimal(v))
			}
		}
	}
	g.line(x(0), topRoom, x(0), topRoom+rowHeight*float64(len(g.c.Categories)), "4a5465")
	if g.c.Unit != "" {
		g.text(svgWidth, height-2, "end", g.c.Unit)
	}
}

func (g *drawing) legend(y float64) {
	x := leftRoom
	for k, s := range g.c.Series {
		name := short(s.Name, 12)
		if g.c.Kind == Lines {
			_, stroke := dash(k)
			g.WriteString(`<line x1="` + px(x) + `" y1="` + px(y-4) + `" x2="` + px(x+20) + `" y2="` + px(y-4) + `" stroke="#` + g.c.color(k) + `" stroke-width="2" stroke-dasharray="` + stroke + `"/>`)
		} else {
			g.rect(x, y-9, 12, 10, g.c.color(k))
		}
		g.text(x+24, y, "start", name)
		x += 40 + 12*float64(utf8.RuneCountInString(name))
	}
}
