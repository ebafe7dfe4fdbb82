package weibo_test

import (
	"slices"
	"testing"

	"huiying/crawler/weibo"
)

// TestSurfaces: every face of the site has its parser.
func TestSurfaces(t *testing.T) {
	want := []string{
		"weibo.ajax.comments", "weibo.ajax.hotsearch", "weibo.ajax.longtext", "weibo.ajax.reposts", "weibo.ajax.show", "weibo.ajax.timeline",
		"weibo.cn.comments", "weibo.cn.timeline", "weibo.legacy.comments",
		"weibo.m.extend", "weibo.m.hotflow", "weibo.m.reposts", "weibo.m.search", "weibo.m.show", "weibo.m.timeline",
		"weibo.open.comments", "weibo.open.statuses", "weibo.s.search",
	}
	var got []string
	for name, parse := range weibo.Kind().Surfaces {
		if parse == nil {
			t.Errorf("%s has no parser", name)
		}
		got = append(got, name)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("surfaces %v, want %v", got, want)
	}
}
