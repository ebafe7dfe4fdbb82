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

// Common are the actions that every one of several cases offers, in the order
// of the first. Those that name another case or carry a file are taken one at a
// time.
func Common(offered [][]huiying.Choice) []huiying.Choice {
	var out []huiying.Choice
	for _, c := range offered[0] {
		switch c.Action {
		case "merge", "unmerge", "attach_file", "attach_mention", "co_ack":
			continue
		}
		every := !slices.ContainsFunc(offered, func(list []huiying.Choice) bool {
			return !slices.ContainsFunc(list, func(o huiying.Choice) bool { return o.Action == c.Action && o.Allowed })
		})
		if every {
			c.Presets = slices.DeleteFunc(slices.Clone(c.Presets), func(preset string) bool { return !inAll(offered, c.Action, preset) })
			out = append(out, c)
		}
	}
	return out
}

// inAll reports whether an action may name the time limit in every case.
func inAll(offered [][]huiying.Choice, action, preset string) bool {
	return !slices.ContainsFunc(offered, func(list []huiying.Choice) bool {
		return !slices.ContainsFunc(list, func(o huiying.Choice) bool { return o.Action == action && slices.Contains(o.Presets, preset) })
	})
}
