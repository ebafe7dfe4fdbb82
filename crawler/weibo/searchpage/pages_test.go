package searchpage_test

import (
	"testing"

	"huiying/crawler/surfacetest"
	"huiying/crawler/weibo/searchpage"
)

func TestPages(t *testing.T) {
	for body, want := range map[string]int{
		`<html><body><div class="m-page"><ul class="s-scroll"><li>1</li><li>2</li><li>3</li></ul></div></body></html>`: 3,
		`<html><body><ul><li>1</li></ul></body></html>`:                                                                0,
		``:   0,
		`{}`: 0,
	} {
		if got := searchpage.Pages(surfacetest.Body(body, "")); got != want {
			t.Errorf("%q: %d pages, want %d", body, got, want)
		}
	}
	if got := searchpage.Pages(surfacetest.Document(t, "testdata/2026.html", "")); got != 1 {
		t.Errorf("%d pages", got)
	}
}

func FuzzPages(f *testing.F) {
	f.Add([]byte(`<ul class="s-scroll"><li>1<li>2</ul>`))
	f.Add([]byte("\xff<ul"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if n := searchpage.Pages(surfacetest.Body(string(body), "")); n < 0 {
			t.Error(n)
		}
	})
}
