package lang

// maxSpread bounds the tree after NEAR has been spread over AND and NOT.
const maxSpread = 20 * maxNodes

// Normalise rewrites a checked tree for evaluation: field scopes move to the
// leaves (Node.In), NOT NOT vanishes, nested ANDs and ORs are joined, and every
// NEAR has operands with places. ok is false when that would grow too big. The
// tree given stays as it is.
func Normalise(n *Node) (out *Node, ok bool) {
	z := &normaliser{}
	out = z.walk(n, "")
	return out, !z.over
}

// Without is a normalised expression where none of some others holds.
func Without(n *Node, others []*Node) *Node {
	out := &Node{Kind: And, Pos: n.Pos, Kids: []*Node{n}}
	if n.Kind == And {
		out.Kids = append([]*Node(nil), n.Kids...)
	}
	for _, k := range others {
		if k.Kind == Not { // NOT NOT
			out.Kids = append(out.Kids, k.Kids[0])
			continue
		}
		out.Kids = append(out.Kids, &Node{Kind: Not, Pos: k.Pos, Kids: []*Node{k}})
	}
	return out
}

type normaliser struct {
	made int
	over bool
}

func (z *normaliser) copy(n *Node, kids ...*Node) *Node {
	z.made++
	if z.made > maxSpread {
		z.over = true
	}
	made := *n
	made.Kids = kids
	return &made
}

func (z *normaliser) walk(n *Node, in string) *Node {
	if z.over {
		return n
	}
	switch n.Kind {
	case Field:
		return z.walk(n.Kids[0], n.Name)
	case Not:
		if n.Kids[0].Kind == Not {
			return z.walk(n.Kids[0].Kids[0], in)
		}
	case Near:
		return z.near(n, z.walk(n.Kids[0], in), z.walk(n.Kids[1], in))
	}
	kids := make([]*Node, 0, len(n.Kids))
	for _, k := range n.Kids {
		w := z.walk(k, in)
		if (n.Kind == And || n.Kind == Or) && w.Kind == n.Kind {
			kids = append(kids, w.Kids...)
			continue
		}
		kids = append(kids, w)
	}
	out := z.copy(n, kids...)
	if out.Leaf() {
		out.In = in
	}
	return out
}

// near spreads a NEAR over operands that have no places of their own.
func (z *normaliser) near(n, left, right *Node) *Node {
	if z.over {
		return n
	}
	switch {
	case !left.located():
		return z.spread(left, func(k *Node) *Node { return z.near(n, k, right) })
	case !right.located():
		return z.spread(right, func(k *Node) *Node { return z.near(n, left, k) })
	}
	return z.copy(n, left, right)
}

// spread applies f to the operands of an AND or OR, inside their NOTs.
func (z *normaliser) spread(group *Node, f func(*Node) *Node) *Node {
	kids := make([]*Node, 0, len(group.Kids))
	for _, k := range group.Kids {
		if k.Kind == Not {
			kids = append(kids, z.copy(k, f(k.Kids[0])))
			continue
		}
		kids = append(kids, f(k))
	}
	return z.copy(group, kids...)
}
