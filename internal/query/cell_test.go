package query_test

import (
	"testing"

	"huiying/internal/query"
)

func TestGuarded(t *testing.T) {
	for in, want := range map[string]string{
		"=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")", "+86 13900001234": "'+86 13900001234", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1+1": "'＝1+1", "＋1": "'＋1", "－1": "'－1", "＠x": "'＠x",
		"=1": "'=1", "-": "'-", "@x": "'@x", "正常": "正常",
		"": "", "大厅排队": "大厅排队", "a=1": "a=1", " =1": " =1", "'=1": "'=1", "1-1": "1-1", "HY20261123-0001": "HY20261123-0001", "\xff": "\xff",
	} {
		got := query.Guarded(in)
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got != in && query.Unguarded(got) != in {
			t.Errorf("%q comes back as %q", in, query.Unguarded(got))
		}
	}
	for _, s := range []string{"", "'", "'词", "词"} {
		if got := query.Unguarded(s); got != s {
			t.Errorf("%q becomes %q", s, got)
		}
	}
}
