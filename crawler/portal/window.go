package portal

import (
	"time"

	"huiying"
	"huiying/crawler"
	"huiying/crawler/portal/site"
)

// maxBack bounds the pages of one list in one back-fill, should a site never
// end.
const maxBack = 2000

// window is how far the reading of a past window has come in one list.
type window struct {
	crawler.Window
	dated  int       // rows of the page that give a time
	before int       // of them, those before the window
	oldest time.Time // of all pages
	passed bool      // a whole page lies before the window
}

// holds reports whether a row is to be read: any without a window, and one
// that may lie in it. Of a row that gives only a day the whole day counts.
func (w *window) holds(i site.Item) bool {
	if w.IsZero() {
		return true
	}
	if i.At.IsZero() {
		return true
	}
	w.dated++
	if w.oldest.IsZero() || i.At.Before(w.oldest) {
		w.oldest = i.At
	}
	last := i.At
	if i.Precision == huiying.PrecisionDay {
		last = last.AddDate(0, 0, 1).Add(-time.Nanosecond)
	}
	if last.Before(w.From) {
		w.before++
		return false
	}
	return w.To.IsZero() || i.At.Before(w.To)
}

// close ends a page. Pinned rows are old too, so that only a page of nothing
// but old rows says that the window is behind it.
func (w *window) close() {
	w.passed = w.passed || (w.dated > 0 && w.before == w.dated)
	w.dated, w.before = 0, 0
}

// ended notes the end of a list that did not reach the window's beginning.
func (r *visit) ended(w *window) error {
	if !w.IsZero() && !w.passed && w.oldest.After(w.From) {
		r.report.Entry.Capped = true
		r.report.Entry.Detail = "the site shows nothing before " + w.oldest.In(zoneOf(r.Zone)).Format(time.DateOnly)
	}
	return nil
}

func zoneOf(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}

// keep notes what is known of a post. A back-fill may not push what a plain
// visit needs out of the cursor.
func (r *visit) keep(id string, known row) {
	if _, ok := r.cursor.Items[id]; !ok && !r.Window.IsZero() && len(r.cursor.Items) >= maxRows {
		return
	}
	r.cursor.Items[id] = known
}
