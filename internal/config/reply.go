package config

import (
	"fmt"
	"slices"
	"strings"

	"huiying/notifier/casework/machine"
	"huiying/notifier/reply"
)

// Reply is what helps who writes a reply.
type Reply struct {
	Words     []string        `yaml:"words"` // files with wrong words and words to think twice about, over the built-in ones
	Templates []ReplyTemplate `yaml:"templates"`
}

// ReplyTemplate is words to begin a reply from; see reply.Template.
type ReplyTemplate struct {
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	Kind        string `yaml:"kind"`        // of the case it is for, one of the five; "" = of any
	Disposition string `yaml:"disposition"` // likewise, one of the six
	Text        string `yaml:"text"`        // {case_no} {unit} {date} {item} are filled in
}

func (r *Reply) resolve(at func(string) string) {
	for i := range r.Words {
		r.Words[i] = at(r.Words[i])
	}
}

func (r *Reply) validate(d *decoder) {
	for i, name := range r.Words {
		d.mustExist(fmt.Sprintf("reply.words[%d]", i), name)
	}
	ids(d, "reply.templates", r.Templates, func(t ReplyTemplate) string { return t.ID })
	for i, t := range r.Templates {
		at := fmt.Sprintf("reply.templates[%d]", i)
		if t.Name == "" || t.Text == "" {
			d.problem(at, "config.reply_template", t.ID)
		}
		if bad := reply.BadPlaceholder(t.Text); bad != "" {
			d.problem(at+".text", "reply.placeholder", t.ID, bad)
		}
		d.listed(at+".kind", t.Kind, machine.Kinds())
		d.listed(at+".disposition", t.Disposition, machine.Dispositions())
	}
}

// listed refuses a value that the case machine does not know; "" is none.
func (d *decoder) listed(path, value string, known []string) {
	if value != "" && !slices.Contains(known, value) {
		d.problem(path, "config.not_listed", value, strings.Join(known, ", "))
	}
}
