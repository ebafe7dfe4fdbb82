// Package lang is the rule language: what an expression such as
//
//	word(中卫) NOT (国足 OR 中超)
//
// says, as a tree. It parses and checks; it knows nothing of posts and
// evaluates nothing. It refuses what it does not understand, with the place
// and a hint: a rule that is silently read otherwise than written is worse
// than none.
//
// The language: a term is searched as it stands; "a phrase" may hold spaces and
// signs and is searched literally; word(T) asks for whole words; set(name)
// stands for any word of a set; /regex/ is RE2. AND, OR, NOT in capitals;
// A NOT B is A AND NOT B. A NEAR/10 B: at most ten characters between the end
// of one and the start of the other, which do not overlap; ONEAR asks for that
// order; NEAR/5t counts tokens (white space is none). sentence(A, B) and
// paragraph(A, B): all hold within one; atleast(3, A): three places that do not
// overlap. title:( ) and text:( ) look in that field only. platform: kind:
// region: verified: intent: sentiment: place: hour:22-6 weekday:6-7 and
// reposts>=100 (comments, likes, views, engagement; >= > <= < =) ask about the
// post. In a term ? stands for one letter or figure and * for up to ten; in
// quotes they are signs. A EXCEPT B: places of A that no place of B overlaps.
// score(3, A^2, B, C^-1): the weights of those that hold add up to 3 at least.
// Precedence: NOT, then NEAR, ONEAR and EXCEPT, AND, OR.
// An AND or NOT inside an operand of NEAR is spread over it: (A AND B) NEAR/5 C
// is (A NEAR/5 C) AND (B NEAR/5 C). # begins a comment.
package lang

import (
	"regexp"
)

// Kind says what a Node is.
type Kind int

// The kinds of nodes.
const (
	Term      Kind = iota // Text, Word
	Set                   // Name, Words, Word: any of the words
	Regex                 // Text, Re, Gates
	And                   // Kids
	Or                    // Kids
	Not                   // one kid
	Near                  // two kids, N, Ordered, Tokens
	Sentence              // Kids: all hold within one sentence
	Paragraph             // Kids: all hold within one paragraph
	AtLeast               // one kid, N
	Field                 // one kid, Name
	Meta                  // Name, Text: equals (region: begins with; place: lies in)
	Count                 // Name, Op, N
	Wild                  // Text, Word, Parts: a term with * or ?
	Except                // two kids: places of the first that none of the second overlaps
	Score                 // Kids, Weights, Least
	Time                  // Name (hour or weekday), N to Upto
)

// Node is one part of an expression.
type Node struct {
	Kind    Kind
	Pos     int       // rune offset in the expression
	Text    string    // Term: folded; Regex and Wild: as written; Meta: the value, folded
	Raw     string    // Term, Meta: as written
	Word    bool      // Term, Set: whole words only
	Quoted  bool      // Term: written as a phrase
	Name    string    // Set, Field, Meta, Count
	Words   []string  // Set: folded
	N       int       // Near, AtLeast, Count
	Ordered bool      // Near: the first operand comes first
	Tokens  bool      // Near: N counts tokens
	Op      string    // Count: >= > <= < =
	Weights []float64 // Score: of each kid
	Least   float64   // Score: the sum that is asked for, above 0
	Upto    int       // Time: the end, counted in for weekdays and not for hours; below N = over midnight or Sunday
	Parts   Pattern   // Wild
	In      string    // leaves, after Normalise: title, text, or "" for both
	Kids    []*Node

	// Re matches folded text; Gates are folded strings one of which a match
	// must hold (none when the pattern has no such string).
	Re    *regexp.Regexp
	Gates []string
}

// Leaf reports whether the node is looked for in the text by itself.
func (n *Node) Leaf() bool {
	return n.Kind == Term || n.Kind == Set || n.Kind == Regex || n.Kind == Wild
}

// located reports whether the node has places in the text when it holds, so
// that NEAR and atleast can ask about them.
func (n *Node) located() bool {
	switch n.Kind {
	case Term, Set, Regex, Near, Wild, Except:
		return true
	case Or, Field, AtLeast, Sentence, Paragraph:
		for _, k := range n.Kids {
			if !k.located() {
				return false
			}
		}
		return true
	}
	return false
}

// Problem is a mistake in an expression: where, and the catalogue key with its
// arguments that says what.
type Problem struct {
	Pos  int // rune offset in the expression
	Key  string
	Args []any
}
