package segment_test

import (
	"testing"

	"huiying/analyzer/segment"
)

// Short names and clippings are met across words, whole words hardly ever.
func TestAcross(t *testing.T) {
	b, err := segment.ReadBorders(files(t).Main)
	if err != nil {
		t.Fatal(err)
	}
	for term, want := range map[string]struct {
		left, right string
		often       bool
	}{
		"中卫": {"其中", "卫生", true}, "海原": {"上海", "原来", true}, "低保": {"降低", "保护", true}, "人大": {"有人", "大学", true},
		"排队": {"安排", "队伍", false}, "窗口": {"门窗", "口味", false}, "医院": {"中医", "院长", false},
		"政务服务中心": {"", "", false}, "中": {"", "", false}, "": {"", "", false},
	} {
		l, r, n := b.Across(term)
		if l != want.left || r != want.right || n >= .05 != want.often {
			t.Errorf("%s: %s|%s %.4f", term, l, r, n)
		}
	}
}
