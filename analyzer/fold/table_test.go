package fold

import (
	"strings"
	"testing"
)

// The table of pairs is well formed: each traditional character once, none of
// them a simplified one as well.
func TestPairs(t *testing.T) {
	seen := map[rune]rune{}
	for line := range strings.Lines(pairs) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		runes := []rune(strings.TrimSpace(line))
		if len(runes)%2 != 0 {
			t.Fatalf("a line of %d characters: %s", len(runes), line)
		}
		for i := 0; i < len(runes); i += 2 {
			if runes[i] == runes[i+1] || seen[runes[i]] != 0 {
				t.Errorf("%c stands for itself or twice", runes[i])
			}
			seen[runes[i]] = runes[i+1]
		}
	}
	if len(seen) < 2500 {
		t.Errorf("only %d pairs", len(seen))
	}
	for traditional, simplified := range seen {
		if seen[simplified] != 0 {
			t.Errorf("%c leads to %c, which leads on to %c", traditional, simplified, seen[simplified])
		}
	}
}

// Names of emoticons are compared folded, so they are folded in the list.
func TestEmoticonNamesAreFolded(t *testing.T) {
	for name := range emoticons() {
		if String(name) != name {
			t.Errorf("%s is not folded", name)
		}
	}
}
