package linear

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"huiying/analyzer/fold"
)

// words that speak for each class, among words that speak for none.
func vocabulary() (classes []string, telling [][]string, plain []string) {
	return []string{"bad", "plain", "good"},
		[][]string{{"太慢", "没人管", "扯皮"}, {"开会", "通知", "公示"}, {"点赞", "耐心", "办得快"}},
		strings.Fields("今天 窗口 大厅 下午 材料 工作人员 社保 我们 小区 路口")
}

func examples(n int, seed uint64) (list []Example, texts []string) {
	_, telling, plain := vocabulary()
	r := rand.New(rand.NewPCG(seed, 1))
	var f Features
	for range n {
		class := r.IntN(len(telling))
		text := plain[r.IntN(len(plain))] + telling[class][r.IntN(3)] + plain[r.IntN(len(plain))]
		f.Read(fold.New(text))
		list, texts = append(list, Example{Hashes: slices.Clone(f.Hashes), Class: class}), append(texts, text)
	}
	return list, texts
}

func training(bits int) Training {
	classes, _, _ := vocabulary()
	return Training{Name: "test", Classes: classes, Bits: bits, Epochs: 6, Rate: .2, Decay: 1e-5, Seed: 1, Sets: map[string]string{"made.tsv": "00"}}
}

func TestLearnsWhatDecides(t *testing.T) {
	list, _ := examples(600, 1)
	unseen, texts := examples(200, 2)
	m := Train(training(12), list)
	m.Calibrate(unseen, .9)
	for i, e := range unseen {
		if a := m.Judge(&Features{Hashes: e.Hashes}, nil); a.Class != e.Class || !a.Sure {
			t.Fatalf("%s: %+v, want class %d", texts[i], a, e.Class)
		}
	}
	var f Features
	text := fold.New("下午窗口没人管材料")
	f.Read(text)
	words := [][]fold.Span{{{Start: 0, End: 2}, {Start: 2, End: 4}, {Start: 4, End: 7}, {Start: 7, End: 9}}}
	var x Explainer
	why := x.Explain(m, &f, 0, 2, words)
	if len(why) == 0 || text.Term(why[0].Span) != "没人管" {
		t.Errorf("the word that decided: %+v", why)
	}
}

// Labels of two classes say nothing about a third.
func TestAmong(t *testing.T) {
	list, _ := examples(600, 1)
	for i := range list {
		if list[i].Class != 1 {
			list[i].Among = 1<<0 | 1<<2
		}
	}
	m := Train(training(12), list)
	unseen, _ := examples(200, 3)
	wrong := 0
	for _, e := range unseen {
		if e.Class == 1 {
			continue
		}
		a := m.Judge(&Features{Hashes: e.Hashes}, nil)
		if (a.Probabilities[0] > a.Probabilities[2]) != (e.Class == 0) {
			wrong++
		}
	}
	if wrong > 0 {
		t.Errorf("%d texts on the wrong side of two classes", wrong)
	}
}

func TestSameExamplesSameModel(t *testing.T) {
	var got [2]bytes.Buffer
	for i := range got {
		list, _ := examples(200, 1)
		if err := Train(training(10), list).Encode(&got[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(got[0].Bytes(), got[1].Bytes()) {
		t.Error("two trainings differ")
	}
}

// What is decoded answers as what was encoded, to the last bit, with few
// classes and with many.
func TestRoundTrip(t *testing.T) {
	for _, classes := range []int{2, 3, 4, 5, 8} {
		m := random(classes, 10, uint64(classes))
		var b bytes.Buffer
		if err := m.Encode(&b); err != nil {
			t.Fatal(err)
		}
		back, err := Decode(b.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		list, _ := examples(50, 4)
		for _, e := range list {
			f := &Features{Hashes: e.Hashes}
			if a, b := m.Judge(f, nil), back.Judge(f, nil); !slices.Equal(a.Probabilities, b.Probabilities) {
				t.Fatalf("%d classes: %v became %v", classes, a, b)
			}
		}
	}
}

func random(classes, bits int, seed uint64) *Model {
	r := rand.New(rand.NewPCG(seed, 1))
	m := &Model{Name: "random", Classes: make([]string, classes), Bits: bits, Scale: .02, Bias: make([]float64, classes), Temperature: 1, Sure: .5, rows: newRows(classes, bits)}
	for row := range 1 << bits {
		for c := range classes {
			m.rows.set(row, c, r.IntN(255)-127)
		}
	}
	return m
}

// The sums of many rows at once are those of one row after another, also of
// long texts and of the largest weights.
func TestSums(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, classes := range []int{3, 7} {
		m := random(classes, 8, 5)
		for c := range classes {
			m.rows.set(0, c, 127)
		}
		for _, n := range []int{0, 1, 256, 257, 258, 5000} {
			hashes := make([]uint32, n)
			for i := range hashes {
				hashes[i] = r.Uint32() * uint32(i%3) // a third are row 0
			}
			rows := m.rows.of(hashes, 24, rows{})
			sums := rows.sums()
			for c := range classes {
				want, wrong := 0, 0
				contrasts := rows.contrasts(c, classes, nil)
				for i, h := range hashes {
					want += m.rows.weight(int(h>>24), c)
					all := 0
					for d := range classes {
						all += m.rows.weight(int(h>>24), d)
					}
					if int(contrasts[i]) != classes*m.rows.weight(int(h>>24), c)-all {
						wrong++
					}
				}
				if sums[c] != want || wrong > 0 {
					t.Fatalf("%d classes, %d rows: %d, want %d, %d contrasts wrong", classes, n, sums[c], want, wrong)
				}
			}
		}
	}
}

// Links, names of people and digits are told apart from words, and what a
// negation covers from what it does not.
func TestMarks(t *testing.T) {
	same := func(a, b string) bool {
		var f, g Features
		f.Read(fold.New(a))
		g.Read(fold.New(b))
		return slices.Equal(f.Hashes, g.Hashes)
	}
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"等了3小时", "等了45小时", true},
		{"看 http://t.cn/abc", "看 https://x.example/d?e=1", true},
		{"@小明 你好", "@李雷lei 你好", true},
		{"满 意", "满意", true},
		{"[怒]", "[赞]", false},
		{"满意", "不满意", false},
		{"http", "https://a.b", false},
	} {
		if got := same(c.a, c.b); got != c.same {
			t.Errorf("%q and %q the same: %v", c.a, c.b, got)
		}
	}
	if same("不在这里满意", "在这里满意") {
		t.Error("a negation covers nothing")
	}
	var f, g Features
	f.Read(fold.New("不，很好"))
	g.Read(fold.New("，很好"))
	if len(f.Hashes)-len(g.Hashes) > 4 {
		t.Errorf("a negation reaches over the comma: %d and %d features", len(f.Hashes), len(g.Hashes))
	}
}

func TestNothingToJudge(t *testing.T) {
	m := random(3, 8, 1)
	m.Sure = 0
	a := m.Judge(&Features{}, nil)
	if a.Sure || math.Abs(a.Probabilities[0]-1./3) > 1e-9 {
		t.Errorf("%+v", a)
	}
	var f Features
	f.Read(nil, fold.New(""))
	if len(f.Hashes) != 0 {
		t.Errorf("%d features of nothing", len(f.Hashes))
	}
}

func FuzzDecode(f *testing.F) {
	list, _ := examples(100, 1)
	var b bytes.Buffer
	if err := Train(training(8), list).Encode(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:len(b.Bytes())/2])
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := Decode(body)
		if err != nil {
			return
		}
		a := m.Judge(&Features{Hashes: []uint32{0, 1 << 31, math.MaxUint32}}, nil)
		for _, p := range a.Probabilities {
			if math.IsNaN(p) || p < 0 || p > 1 {
				t.Fatalf("probability %v", p)
			}
		}
	})
}

func FuzzFeatures(f *testing.F) {
	for _, s := range []string{"", "大厅[怒]排队3小时 http://t.cn/a @谁", "不[", "[]", "@", "http", "https:/", "\x00\xff不"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, title, text string) {
		var x Features
		a, b := fold.New(title), fold.New(text)
		x.Read(a, b)
		if len(x.ends) != len(x.marks) || (len(x.ends) > 0 && int(x.ends[len(x.ends)-1]) != len(x.Hashes)) {
			t.Fatal("marks and features do not fit")
		}
		last := int32(0)
		for i, field := range []*fold.Text{a, b} {
			if len(x.places[i]) > 0 && len(x.places[i]) != len(field.Runes)+1 {
				t.Fatal("places and characters do not fit")
			}
			for _, at := range x.places[i] {
				if at < last || int(at) > len(x.marks) {
					t.Fatal("a mark outside its field")
				}
				last = at
			}
		}
	})
}
