package foreign

import (
	"slices"

	"huiying"
)

// effect is what becomes of a rule when a part of it is lost.
type effect int

const (
	whole    effect = iota // the rule does not come out
	wider                  // it catches more
	narrower               // it catches less
)

// keeper leaves out of a rule what cannot be carried over and tells it.
type keeper struct{ notes []Note }

// keep gives what is left of a node, nil when nothing is. positive says that
// more matches of the node mean more matches of the rule; loss is the effect
// of losing the node.
func (k *keeper) keep(n *node, positive bool, loss effect) *node {
	if !alive(n) {
		k.tell(n, loss)
		return nil
	}
	if n.kind == except {
		return k.except(n, positive, loss)
	}
	switch n.kind {
	case and, near:
		loss = effectOf(positive, wider, narrower)
	case or:
		loss = effectOf(positive, narrower, wider)
	case not:
		positive = !positive
	}
	kept := *n
	kept.kids = nil
	for _, kid := range n.kids {
		if left := k.keep(kid, positive, loss); left != nil {
			kept.kids = append(kept.kids, left)
		}
	}
	switch {
	case n.kind == and || n.kind == or:
		return join(n.kind, n.at, kept.kids...)
	case len(kept.kids) < len(n.kids) && n.kind != near: // the only one
		return nil
	case n.kind == near:
		return k.near(&kept)
	case n.kind == atLeast && !located(kept.kids[0]):
		why := huiying.Errorf(huiying.Invalid, "rule.atleast_operand")
		k.left(n, loss, why)
		return nil
	}
	return &kept
}

func effectOf(positive bool, yes, no effect) effect {
	if positive {
		return yes
	}
	return no
}

// near becomes AND where an operand has no place in the text.
func (k *keeper) near(n *node) *node {
	if len(n.kids) < 2 {
		return join(and, n.at, n.kids...)
	}
	if placed(n.kids[0]) && placed(n.kids[1]) {
		if n.op != "" {
			k.notes = once(k.notes, n.at.note("rule.import_near_words", n.op))
		}
		return n
	}
	k.notes = once(k.notes, n.at.note("rule.import_near_and", n.op))
	return join(and, n.at, n.kids...)
}

// except keeps its first operand where the second has no places that could be
// taken from it.
func (k *keeper) except(n *node, positive bool, loss effect) *node {
	left := k.keep(n.kids[0], positive, loss)
	more := effectOf(positive, wider, narrower)
	if left == nil || !alive(n.kids[1]) {
		k.tell(n.kids[1], more)
		return left
	}
	right := k.keep(n.kids[1], !positive, more)
	if right == nil || !located(left) || !located(right) {
		k.left(n.kids[1], more, huiying.Errorf(huiying.Invalid, "rule.except_operand"))
		return left
	}
	kept := *n
	kept.kids = []*node{left, right}
	return &kept
}

// alive reports whether something of a node can be kept. An AND that loses
// something to look for must keep something else to look for: what would be
// left of author:x NOT 广告 holds for nearly every post.
func alive(n *node) bool {
	switch n.kind {
	case lost:
		return false
	case or, near, not, field, atLeast:
		return slices.ContainsFunc(n.kids, alive)
	case except:
		return alive(n.kids[0])
	case and:
		left, anchor, lostOne := false, false, false
		for _, kid := range n.kids {
			switch ok := alive(kid); {
			case ok:
				left, anchor = true, anchor || anchored(kid)
			case kid.kind != not:
				lostOne = true
			}
		}
		return left && (anchor || !lostOne)
	}
	return true
}

// anchored reports whether what is kept of a node asks for something in the
// text.
func anchored(n *node) bool {
	switch n.kind {
	case term, regex:
		return true
	case except:
		return anchored(n.kids[0])
	case and, near, field, atLeast:
		return slices.ContainsFunc(n.kids, func(k *node) bool { return alive(k) && anchored(k) })
	case or:
		return !slices.ContainsFunc(n.kids, func(k *node) bool { return alive(k) && !anchored(k) })
	}
	return false
}

// tell says what is lost with a node of which nothing is kept.
func (k *keeper) tell(n *node, e effect) {
	why := n.why
	switch {
	case alive(n):
		why = huiying.Errorf(huiying.Invalid, "rule.import_no_anchor")
	case n.kind != lost:
		for _, kid := range n.kids {
			k.tell(kid, e)
		}
		return
	}
	k.left(n, e, why)
}

// left tells one part that is left out.
func (k *keeper) left(n *node, e effect, why *huiying.Error) {
	key := "rule.import_left_out"
	switch e {
	case wider:
		key = "rule.import_left_out_wider"
	case narrower:
		key = "rule.import_left_out_narrower"
	}
	k.notes = append(k.notes, n.at.note(key, shorten(write(n), maxQuote), why))
}
