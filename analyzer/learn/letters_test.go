package learn_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiying"
	"huiying/analyzer/learn"
)

// archives writes two small archives of letters.
func archives(t *testing.T, replied, timed []string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for file, lines := range map[string][]string{"complaints_replied.tsv": replied, "complaints_timed.tsv": timed} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Heads of the files of labels.
const (
	twiceHead = "file\tid\tfirst\tsecond\tlabel\n"
	onceHead  = "file\tid\tlabel\n"
)

// made are archives of six letters; the second and the third say the same.
func made(t *testing.T) (dir string) {
	return archives(t,
		[]string{"11\t2020\t2020\t投诉窗口排队\t等了三小时\t已转", "12\t2020\t2020\t咨询办证\t要带什么\t请带"},
		[]string{"21\t2020\t0\t0\t咨询办证\t带什么材料", "22\t2020\t0\t0\t路灯不亮\t请修", "23\t2020\t0\t0\t建议加座椅\t候车处", "24\t2020\t0\t0\t楼顶违建\t请查"},
	)
}

func TestJoin(t *testing.T) {
	twice := twiceHead + "complaints_replied.tsv\t11\tcomplaint\treport\tcomplaint\ncomplaints_replied.tsv\t12\tenquiry\tenquiry\tenquiry\n"
	once := onceHead + "complaints_timed.tsv\t22\thelp\n"
	got, err := learn.Join(made(t), twice, once)
	if err != nil || got != [3]int{2, 1, 2} {
		t.Errorf("read twice, once, never: %v, %v", got, err)
	}
	// Of two that were read twice and say the same, one is measured.
	twice += "complaints_timed.tsv\t21\tenquiry\tenquiry\tenquiry\n"
	if got, err = learn.Join(made(t), twice, once); err != nil || got != [3]int{2, 1, 2} {
		t.Errorf("a letter that was sent again: %v, %v", got, err)
	}
}

// A mistake in a file of labels or of letters is told with its line.
func TestMistakesInLabels(t *testing.T) {
	const good = twiceHead + "complaints_replied.tsv\t11\tcomplaint\tcomplaint\tcomplaint\n"
	for _, c := range []struct{ name, twice, once, key, args string }{
		{"columns", good + "complaints_replied.tsv\t12\tenquiry\n", onceHead, "learn.reading", "intent_labels.tsv 3"},
		{"archive", good + "letters.tsv\t12\thelp\thelp\thelp\n", onceHead, "learn.reading", "intent_labels.tsv 3"},
		{"class", good + "complaints_replied.tsv\t12\thelp\tanger\thelp\n", onceHead, "learn.label", "intent_labels.tsv 3 anger"},
		{"twice", good + good[len(twiceHead):], onceHead, "learn.twice", "intent_labels.tsv 3 11"},
		{"no letter", good + "complaints_timed.tsv\t12\thelp\thelp\thelp\n", onceHead, "learn.no_letter", "intent_labels.tsv 3 12"},
		{"once, columns", good, onceHead + "complaints_timed.tsv\t22\thelp\thelp\thelp\n", "learn.reading", "intent_once.tsv 2"},
		{"once, class", good, onceHead + "complaints_timed.tsv\t22\t\n", "learn.label", "intent_once.tsv 2"},
		{"once, no letter", good, onceHead + "complaints_timed.tsv\t11\thelp\n", "learn.no_letter", "intent_once.tsv 2 11"},
		{"read once and twice", good, onceHead + "complaints_replied.tsv\t11\thelp\n", "learn.twice", "intent_once.tsv 2 11"},
	} {
		_, err := learn.Join(made(t), c.twice, c.once)
		if huiying.ErrorCode(err) != huiying.Invalid || !strings.HasPrefix(err.Error(), c.key+" ") || !strings.Contains(err.Error(), c.args) {
			t.Errorf("%s: %v, want %s of %s", c.name, err, c.key, c.args)
		}
	}
	if _, err := learn.Join(archives(t, []string{"11\t投诉\t等了三小时"}, nil), good, onceHead); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("a letter of three columns: %v", err)
	}
	if _, err := learn.Join(t.TempDir(), good, onceHead); huiying.ErrorCode(err) != huiying.NotFound {
		t.Errorf("no archive: %v", err)
	}
}

func TestAgreement(t *testing.T) {
	body := twiceHead +
		"complaints_timed.tsv\t1\thelp\thelp\thelp\ncomplaints_timed.tsv\t2\thelp\tcomplaint\thelp\n" +
		"complaints_timed.tsv\t3\tcomplaint\tcomplaint\tcomplaint\ncomplaints_timed.tsv\t4\tcomplaint\tcomplaint\tcomplaint\n"
	n, share, kappa, err := learn.AgreementOf(body) // chance: ½·¼ + ½·¾ = ½
	if err != nil || n != 4 || share != .75 || math.Abs(kappa-.5) > 1e-9 {
		t.Errorf("%d letters, %v, kappa %v, %v", n, share, kappa, err)
	}
	n, share, kappa, err = learn.Agreement()
	if err != nil || n != 960 || share < .9 || kappa < .85 || kappa > share {
		t.Errorf("the labels of the repository: %d letters, %.3f, kappa %.3f, %v", n, share, kappa, err)
	}
	t.Logf("two readings of %d letters: the same %.3f, kappa %.3f", n, share, kappa)
}

// No word of the table is hidden by one that stands before it.
func TestCuesAreReached(t *testing.T) {
	for _, c := range learn.Cues() {
		if got := learn.ByCue("关于" + c[1] + "的事"); got != c[0] {
			t.Errorf("%s speaks for %s, the table says %s", c[1], got, c[0])
		}
	}
}

func TestRuled(t *testing.T) {
	for _, c := range []struct{ title, text, want string }{
		{"咨询公积金怎么提取", "我要投诉", "enquiry"},
		{"窗口排队三小时", "建议多开一个", "complaint"},
		{"", "建议多开一个窗口", "suggestion"},
		{"投诉并请求查处", "", "complaint"},
		{"请求查处楼顶加盖", "", "report"},
		{"", "", "complaint"},
	} {
		if got := learn.Ruled(c.title, c.text); got != c.want {
			t.Errorf("%q, %q: %s, want %s", c.title, c.text, got, c.want)
		}
	}
}
