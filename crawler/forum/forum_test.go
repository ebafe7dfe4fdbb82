package forum_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"huiying/crawler/forum"
)

func TestSurfaces(t *testing.T) {
	got := slices.Sorted(maps.Keys(forum.Surfaces()))
	want := []string{"discuz.forum", "discuz.thread", "tieba.list", "tieba.replies", "tieba.search", "tieba.thread"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
