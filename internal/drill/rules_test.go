package drill_test

import (
	"testing"

	"huiying/analyzer/rule"
	"huiying/internal/drill"
)

// TestTheRulesAreRules reads the drill's rules as the analyzer does.
func TestTheRulesAreRules(t *testing.T) {
	f, err := rule.ParseFile(definitions(t, begin(t, drill.Options{})).Rules)
	if err != nil {
		t.Fatal(catalogue(t).Sentence("en", err))
	}
	if len(f.Rules) < 6 {
		t.Errorf("%d rules", len(f.Rules))
	}
}
