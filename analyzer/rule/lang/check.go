package lang

// check finds what parses but cannot mean anything.
func (p *parser) check(n *Node) {
	switch n.Kind {
	case Near:
		for _, k := range n.Kids {
			if !spreadable(k) {
				p.fail(k.Pos, nearProblem(k))
			}
		}
	case Except:
		for _, k := range n.Kids {
			if !k.located() {
				p.fail(k.Pos, "rule.except_operand")
			}
		}
	case AtLeast:
		if !n.Kids[0].located() {
			p.fail(n.Kids[0].Pos, "rule.atleast_operand")
		}
	case Sentence, Paragraph:
		if !anyPositive(n) {
			p.fail(n.Pos, "rule.within_operand")
		}
	case Field:
		if inner := otherField(n.Kids[0], n.Name); inner != nil {
			p.fail(inner.Pos, "rule.field_in_field", inner.Name, n.Name)
		}
	}
	for _, k := range n.Kids {
		p.check(k)
	}
}

func nearProblem(k *Node) string {
	if k.Kind == Not {
		return "rule.near_not"
	}
	return "rule.near_operand"
}

// spreadable reports whether a node may be an operand of NEAR: something with
// places, or AND, OR and NOT of such things with at least one to find.
func spreadable(n *Node) bool {
	switch n.Kind {
	case And:
		found := false
		for _, k := range n.Kids {
			switch {
			case k.Kind == Not && spreadable(k.Kids[0]):
			case spreadable(k):
				found = true
			default:
				return false
			}
		}
		return found
	case Or, Field:
		for _, k := range n.Kids {
			if !spreadable(k) {
				return false
			}
		}
		return true
	}
	return n.located()
}

// anyPositive reports whether the node has a leaf that is not under a NOT.
func anyPositive(n *Node) bool {
	if n.Leaf() {
		return true
	}
	if n.Kind == Not {
		return false
	}
	if n.Kind == Except {
		return anyPositive(n.Kids[0])
	}
	for i, k := range n.Kids {
		if n.Kind == Score && n.Weights[i] < 0 {
			continue
		}
		if anyPositive(k) {
			return true
		}
	}
	return false
}

// otherField finds a field scope of the other field inside a field scope,
// which nothing can satisfy.
func otherField(n *Node, name string) *Node {
	if n.Kind == Field {
		if n.Name != name {
			return n
		}
		return nil // check visits it by itself
	}
	for _, k := range n.Kids {
		if found := otherField(k, name); found != nil {
			return found
		}
	}
	return nil
}

// Late are the properties that are known only once a post has its rules and its
// topic.
func Late() []string { return []string{"level", "burst", "voices", "platforms", "speed"} }

// Find gives the first node for which f holds, or nil.
func (n *Node) Find(f func(*Node) bool) *Node {
	if f(n) {
		return n
	}
	for _, k := range n.Kids {
		if found := k.Find(f); found != nil {
			return found
		}
	}
	return nil
}
