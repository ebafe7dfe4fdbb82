package foreign

import (
	"slices"

	"huiying"
)

// Effect is what becomes of a rule when a part of it is lost.
type Effect int

// The Effects.
const (
	Whole    Effect = iota // the rule does not come out
	Wider                  // it catches more
	narrower               // it catches less
)

// Keeper leaves out of a rule what cannot be carried over and tells it.
type Keeper struct{ Notes []Note }

// Keep gives what is left of a node, nil when nothing is. positive says that
// more matches of the node mean more matches of the rule; loss is the Effect
// of losing the node.
func (k *Keeper) Keep(n *Node, positive bool, loss Effect) *Node {
	if !alive(n) {
		k.tell(n, loss)
		return nil
	}
	if n.Kind == Except {
		return k.except(n, positive, loss)
	}
	switch n.Kind {
	case And, Near:
		loss = effectOf(positive, Wider, narrower)
	case Or:
		loss = effectOf(positive, narrower, Wider)
	case Not:
		positive = !positive
	}
	kept := *n
	kept.Kids = nil
	for _, kid := range n.Kids {
		if left := k.Keep(kid, positive, loss); left != nil {
			kept.Kids = append(kept.Kids, left)
		}
	}
	switch {
	case n.Kind == And || n.Kind == Or:
		return Join(n.Kind, n.At, kept.Kids...)
	case len(kept.Kids) < len(n.Kids) && n.Kind != Near: // the only one
		return nil
	case n.Kind == Near:
		return k.near(&kept)
	case n.Kind == AtLeast && !Located(kept.Kids[0]):
		why := huiying.Errorf(huiying.Invalid, "rule.atleast_operand")
		k.left(n, loss, why)
		return nil
	}
	return &kept
}

func effectOf(positive bool, yes, no Effect) Effect {
	if positive {
		return yes
	}
	return no
}

// near becomes AND where an operand has no place in the text.
func (k *Keeper) near(n *Node) *Node {
	if len(n.Kids) < 2 {
		return Join(And, n.At, n.Kids...)
	}
	if placed(n.Kids[0]) && placed(n.Kids[1]) {
		if n.Op != "" {
			k.Notes = Once(k.Notes, n.At.Note("rule.import_near_words", n.Op))
		}
		return n
	}
	k.Notes = Once(k.Notes, n.At.Note("rule.import_near_and", n.Op))
	return Join(And, n.At, n.Kids...)
}

// except keeps its first operand where the second has no places that could be
// taken from it.
func (k *Keeper) except(n *Node, positive bool, loss Effect) *Node {
	left := k.Keep(n.Kids[0], positive, loss)
	more := effectOf(positive, Wider, narrower)
	if left == nil || !alive(n.Kids[1]) {
		k.tell(n.Kids[1], more)
		return left
	}
	right := k.Keep(n.Kids[1], !positive, more)
	if right == nil || !Located(left) || !Located(right) {
		k.left(n.Kids[1], more, huiying.Errorf(huiying.Invalid, "rule.except_operand"))
		return left
	}
	kept := *n
	kept.Kids = []*Node{left, right}
	return &kept
}

// alive reports whether something of a node can be kept. An AND that loses
// something to look for must keep something else to look for: what would be
// left of author:x NOT 广告 holds for nearly every post.
func alive(n *Node) bool {
	switch n.Kind {
	case Lost:
		return false
	case Or, Near, Not, Field, AtLeast:
		return slices.ContainsFunc(n.Kids, alive)
	case Except:
		return alive(n.Kids[0])
	case And:
		left, anchor, lostOne := false, false, false
		for _, kid := range n.Kids {
			switch ok := alive(kid); {
			case ok:
				left, anchor = true, anchor || anchored(kid)
			case kid.Kind != Not:
				lostOne = true
			}
		}
		return left && (anchor || !lostOne)
	}
	return true
}

// anchored reports whether what is kept of a node asks for something in the
// text.
func anchored(n *Node) bool {
	switch n.Kind {
	case Term, Regex:
		return true
	case Except:
		return anchored(n.Kids[0])
	case And, Near, Field, AtLeast:
		return slices.ContainsFunc(n.Kids, func(k *Node) bool { return alive(k) && anchored(k) })
	case Or:
		return !slices.ContainsFunc(n.Kids, func(k *Node) bool { return alive(k) && !anchored(k) })
	}
	return false
}

// tell says what is lost with a node of which nothing is kept.
func (k *Keeper) tell(n *Node, e Effect) {
	why := n.why
	switch {
	case alive(n):
		why = huiying.Errorf(huiying.Invalid, "rule.import_no_anchor")
	case n.Kind != Lost:
		for _, kid := range n.Kids {
			k.tell(kid, e)
		}
		return
	}
	k.left(n, e, why)
}

// left tells one part that is left out.
func (k *Keeper) left(n *Node, e Effect, why *huiying.Error) {
	key := "rule.import_left_out"
	switch e {
	case Wider:
		key = "rule.import_left_out_wider"
	case narrower:
		key = "rule.import_left_out_narrower"
	}
	k.Notes = append(k.Notes, n.At.Note(key, Shorten(Write(n), MaxQuote), why))
}
