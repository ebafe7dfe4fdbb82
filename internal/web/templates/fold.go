package templates

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"
	"text/template/parse"
)

// folder writes into parsed templates what is known before there is any data:
// sentences that take none, and icons. Of what a page calls, which is what
// rendering costs, that is a third.
type folder struct {
	text  func(key string) string
	icon  func(name string) (string, error)
	wrong error
}

func newFolder(w words, shared *template.Template) (*folder, error) {
	drawn, err := shared.Clone()
	if err != nil {
		return nil, err
	}
	return &folder{
		text: func(key string) string { return w.text(key) },
		icon: func(name string) (string, error) {
			var b bytes.Buffer
			err := drawn.ExecuteTemplate(&b, "icon", name)
			return b.String(), err
		},
	}, nil
}

// fold folds all templates of a page. It comes before the page is first
// rendered: escaping sees what is left. Pages may be folded at the same time.
func (f *folder) fold(page *template.Template) error {
	one := *f // what is wrong with this one
	for _, t := range page.Templates() {
		if t.Tree != nil {
			one.list(t.Tree.Root)
		}
	}
	return one.wrong
}

func (f *folder) list(l *parse.ListNode) {
	if l == nil {
		return
	}
	kept := l.Nodes[:0]
	for _, n := range l.Nodes {
		n = f.node(n)
		text, isText := n.(*parse.TextNode)
		if len(kept) > 0 && isText {
			if before, follows := kept[len(kept)-1].(*parse.TextNode); follows {
				before.Text = append(bytes.Clone(before.Text), text.Text...)
				continue
			}
		}
		kept = append(kept, n)
	}
	l.Nodes = kept
}

func (f *folder) node(n parse.Node) parse.Node {
	switch n := n.(type) {
	case *parse.ActionNode:
		return f.action(n)
	case *parse.IfNode:
		f.branch(&n.BranchNode)
	case *parse.WithNode:
		f.branch(&n.BranchNode)
	case *parse.RangeNode:
		f.branch(&n.BranchNode)
	case *parse.TemplateNode:
		return f.call(n)
	}
	return n
}

func (f *folder) branch(n *parse.BranchNode) {
	f.pipe(n.Pipe)
	f.list(n.List)
	f.list(n.ElseList)
}

func (f *folder) action(n *parse.ActionNode) parse.Node {
	f.pipe(n.Pipe)
	if text, ok := constant(n.Pipe); ok && plain(text) {
		return &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(text)}
	}
	return n
}

// call draws an icon that is named; other templates are called.
func (f *folder) call(n *parse.TemplateNode) parse.Node {
	if n.Pipe == nil {
		return n
	}
	f.pipe(n.Pipe)
	name, ok := constant(n.Pipe)
	if !ok || n.Name != "icon" {
		return n
	}
	drawn, err := f.icon(name)
	if err != nil {
		f.wrong = err
		return n
	}
	return &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(drawn)}
}

// pipe makes a text of every sentence that takes no data.
func (f *folder) pipe(p *parse.PipeNode) {
	for _, cmd := range p.Cmds {
		for i, arg := range cmd.Args {
			inner, isPipe := arg.(*parse.PipeNode)
			if !isPipe {
				continue
			}
			f.pipe(inner)
			if text, ok := constant(inner); ok {
				cmd.Args[i] = quoted(inner.Pos, text)
			}
		}
		if key, ok := sentence(cmd); ok {
			cmd.Args = []parse.Node{quoted(cmd.Pos, f.text(key))}
		}
	}
}

// sentence is the key of a command {{t "key"}}.
func sentence(cmd *parse.CommandNode) (key string, ok bool) {
	if len(cmd.Args) != 2 {
		return "", false
	}
	name, isName := cmd.Args[0].(*parse.IdentifierNode)
	text, isText := cmd.Args[1].(*parse.StringNode)
	if !isName || !isText || name.Ident != "t" {
		return "", false
	}
	return text.Text, true
}

// constant is the text that a pipeline is, when it is nothing else.
func constant(p *parse.PipeNode) (text string, ok bool) {
	if len(p.Decl) != 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return "", false
	}
	s, ok := p.Cmds[0].Args[0].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return s.Text, true
}

func quoted(at parse.Pos, text string) *parse.StringNode {
	return &parse.StringNode{NodeType: parse.NodeString, Pos: at, Quoted: strconv.Quote(text), Text: text}
}

// plain reports whether text is the same in an element, in a quoted attribute
// and as itself; what is not is left to be escaped for where it stands.
func plain(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' || r == '\uFEFF' || strings.ContainsRune("<>&\"'`+=\\{}", r)
	})
}
