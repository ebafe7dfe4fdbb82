package segment_test

import "testing"

// FuzzCutsAsGojieba: whatever bytes come, the two ways cut alike, and the
// tokens follow each other without a gap.
func FuzzCutsAsGojieba(f *testing.F) {
	for _, seed := range []string{"", "中卫市政务大厅排队三小时", "集中卫生整治。abc12.5 x", "\xff\x00", "[怒][doge怒]", "囧rz ， 。"} {
		f.Add(seed)
	}
	own, original := both(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 4000 { // longer runs are cut in other pieces
			differs(t, own, original, text)
		}
	})
}
