package document

import (
	_ "embed"
	"strings"
	"sync"
	"unicode/utf8"

	"huiying/analyzer/rule/automaton"
)

//go:embed names.txt
var names string

// Kinds of terms that announce a mention beside the kinds of mentions.
const (
	opening = "《"  // of a title
	bracket = "〔2" // around the year of a number
	order   = "令"  // before the number of an order or announcement
)

// term is an entry of the table.
type term struct {
	kind, name string
	size       int // in runes
}

// table is all that is looked for, made once; it never changes after.
type table struct {
	machine *automaton.Automaton
	terms   []term
}

// terms is the table of laws, policies and of what announces titles and
// numbers, which are then found in the same pass.
var terms = sync.OnceValue(func() *table {
	t := &table{}
	var words []string
	add := func(kind, name, word string) {
		words = append(words, word)
		t.terms = append(t.terms, term{kind, name, utf8.RuneCountInString(word)})
	}
	for line := range strings.Lines(names) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" {
			continue
		}
		for _, word := range fields[1:] {
			add(fields[0], fields[1], word)
		}
	}
	add(opening, "", "《")
	for _, open := range brackets {
		if closing(open) == 0 {
			continue
		}
		for _, century := range []string{"1", "2", "一", "二"} {
			add(bracket, "", string(open)+century)
		}
	}
	for _, word := range []string{"院令", "席令", "部令", "局令", "署令", "府令", "会令", "公告1", "公告2", "公告 1", "公告 2"} {
		add(order, "", word)
	}
	t.machine = automaton.New(words)
	return t
})

// brackets are the pairs that people write around the year, right ones
// included: tortoise shells of three kinds, then whatever the keyboard has. The
// full-width forms of ASCII are folded before.
const brackets = "〔〕﹝﹞❲❳⦗⦘〘〙[]()【】〖〗{}<>〈〉「」『』⟨⟩﹙﹚"

// closing is the bracket that closes another; 0 for none.
func closing(open rune) rune {
	left := rune(0)
	for _, c := range brackets {
		if left == 0 {
			left = c
			continue
		}
		if left == open {
			return c
		}
		left = 0
	}
	return 0
}
