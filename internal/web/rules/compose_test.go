package rules_test

import (
	"testing"

	"huiying/analyzer/rule"
	"huiying/internal/web/rules"
)

// What is composed is what the language reads, with the words whole.
func TestCompose(t *testing.T) {
	for _, one := range []struct{ places, about, events, want string }{
		{"中卫 沙坡头", "大厅，窗口", "排队", "(word(中卫) OR word(沙坡头)) AND (大厅 OR 窗口) AND 排队"},
		{"", "", "停车、难", "(停车 OR 难)"},
		{"中卫", "", "", "word(中卫)"},
		{"", "OR", "A(b", `"OR" AND "A(b"`},
		{"某?市", "", `说"好"`, `word("某?市") AND "说\"好\""`},
		{" ", "，", "", ""},
	} {
		got := rules.Compose(one.places, one.about, one.events)
		if got != one.want {
			t.Errorf("%q %q %q: %s, want %s", one.places, one.about, one.events, got, one.want)
		}
		if got == "" {
			continue
		}
		if _, problems := rule.ParseWhen(got, nil); len(problems) > 0 {
			t.Errorf("%s: %+v", got, problems)
		}
	}
}

// Places that may lie inside other words are written as they are.
func TestComposeInside(t *testing.T) {
	if got := rules.ComposeInside("中卫 沙坡头", "大厅", ""); got != "(中卫 OR 沙坡头) AND 大厅" {
		t.Error(got)
	}
}
