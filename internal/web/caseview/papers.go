package caseview

import (
	"slices"
	"time"

	"huiying"
	"huiying/internal/query"
)

// File is one attachment as the page lists it.
type File struct {
	huiying.File
	Label    string // its name, "" when purged
	PurgedAt time.Time
}

// Files are the attachments of a case, the oldest first.
func Files(page query.CasePage) []File {
	var out []File
	for _, f := range page.Case.Files {
		one := File{File: f, Label: page.Texts[f.Name]}
		one.PurgedAt, _ = query.PurgedAt(page.Purges, f.Digest)
		out = append(out, one)
	}
	return out
}

// MayAttach reports whether a file may be added now.
func MayAttach(offered []huiying.Choice) bool {
	return slices.ContainsFunc(offered, func(c huiying.Choice) bool { return c.Action == "attach_file" && c.Allowed })
}

// Begin puts a template into the forms that ask for a reply.
func Begin(choices []Choice, offered []query.ReplyTemplate, id string) {
	i := slices.IndexFunc(offered, func(t query.ReplyTemplate) bool { return t.ID == id })
	if i < 0 {
		return
	}
	for c := range choices {
		if choices[c].Action != "submit" && choices[c].Action != "draft" {
			continue
		}
		for k := range choices[c].Inputs {
			if choices[c].Inputs[k].Name == "text" {
				choices[c].Inputs[k].Value = offered[i].Text
			}
		}
	}
}

// Common are the actions that at least one of several cases offers, those that
// every one offers first, each half in the order of the cases; which cases lack
// one says Lacking. Those that name another case or carry a file are taken one
// at a time.
func Common(offered [][]huiying.Choice) []huiying.Choice {
	var every, some []huiying.Choice
	for i, list := range offered {
		for _, c := range list {
			switch c.Action {
			case "merge", "unmerge", "attach_file", "attach_mention", "co_ack":
				continue
			}
			if !c.Allowed || len(Lacking(offered[:i], c.Action)) < i {
				continue // an earlier case brought it
			}
			c.Presets = slices.DeleteFunc(slices.Clone(c.Presets), func(preset string) bool { return !inAll(offered, c.Action, preset) })
			if len(Lacking(offered, c.Action)) == 0 {
				every = append(every, c)
			} else {
				some = append(some, c)
			}
		}
	}
	return slices.Concat(every, some)
}

// Lacking are the places of the cases that do not offer an action.
func Lacking(offered [][]huiying.Choice, action string) (out []int) {
	for i, list := range offered {
		if !slices.ContainsFunc(list, func(o huiying.Choice) bool { return o.Action == action && o.Allowed }) {
			out = append(out, i)
		}
	}
	return out
}

// inAll reports whether an action may name the time limit in every case that
// offers it.
func inAll(offered [][]huiying.Choice, action, preset string) bool {
	return !slices.ContainsFunc(offered, func(list []huiying.Choice) bool {
		return slices.ContainsFunc(list, func(o huiying.Choice) bool {
			return o.Action == action && o.Allowed && !slices.Contains(o.Presets, preset)
		})
	})
}
