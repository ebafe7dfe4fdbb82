package tool

import (
	"context"
	"errors"
	"fmt"
	"os"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/papers"
	"huiying/internal/casefile"
	"huiying/internal/query"
)

// ExportOptions say which case is exported, and to where.
type ExportOptions struct {
	Where   app.Where
	No      string
	Format  string
	Output  string
	By      string // noted in the access log
	Version string
}

// CaseExport writes the file of a case and notes it in the access log of the
// data of a stopped service; while it runs, the page and the API do the same.
func CaseExport(ctx context.Context, s Streams, o ExportOptions) error {
	return withPapers(ctx, s, o.Where, func(d papers.Desk) error {
		d.Office.Program = o.Version
		p, err := d.Export(ctx, query.PaperAsk{
			CaseNo: o.No, Format: o.Format, Lang: string(s.Lang), Scope: query.Scope{All: true}, Actor: huiying.Actor{ID: o.By},
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(o.Output, p.Body, 0o600); err != nil {
			return huiying.Errorf(huiying.Invalid, "cli.case_unwritable", o.Output, err)
		}
		s.say("cli.case_exported", o.No, o.Output, len(p.Body))
		return nil
	})
}

// PurgeOptions say which case is purged, and why.
type PurgeOptions struct {
	Where                 app.Where
	No, Basis, Reason, By string
}

// CasePurge takes the words of an ended case out of the data of a stopped
// service. What lies outside the database goes when the service starts.
func CasePurge(ctx context.Context, s Streams, o PurgeOptions) error {
	return withPapers(ctx, s, o.Where, func(d papers.Desk) error {
		p, err := d.Purge(ctx, query.NewPurge{CaseNo: o.No, Basis: o.Basis, Reason: o.Reason, Actor: huiying.Actor{ID: o.By}})
		if err == nil {
			s.say("cli.case_purged", o.No, len(p.Texts), len(p.Files), len(p.Posts))
		}
		return err
	})
}

func withPapers(ctx context.Context, s Streams, w app.Where, do func(papers.Desk) error) (err error) {
	data, desk, err := app.OpenPapers(ctx, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	desk.Words = s.Words
	return do(desk)
}

// FileOptions say which exported case is verified, and with which key.
type FileOptions struct {
	File    string
	KeyFile string // of the master key; "" = without
	JSON    bool
}

// verifiedFile is what audit verify --file --json prints.
type verifiedFile struct {
	Clean    bool          `json:"clean"`
	CaseNo   string        `json:"case_no"`
	Steps    int           `json:"steps"`
	Words    int           `json:"words"`
	Signed   bool          `json:"signatures_checked"`
	Findings []fileFinding `json:"findings"`
}

type fileFinding struct {
	Kind     casefile.Kind `json:"kind"`
	Section  string        `json:"section"`
	Step     int           `json:"step,omitempty"`
	Sentence string        `json:"sentence"`
}

// FileVerify checks an exported case by itself, with no database at hand. It
// fails when anything in it was changed.
func FileVerify(s Streams, o FileOptions) error {
	raw, err := os.ReadFile(o.File)
	if err != nil {
		return huiying.Errorf(huiying.Invalid, "config.unreadable", o.File, err)
	}
	var key []byte
	if o.KeyFile != "" {
		if key, err = app.RecordKey(o.KeyFile); err != nil {
			return err
		}
	}
	report, err := casefile.Verify(raw, papers.Rules(key))
	if err != nil {
		return err
	}
	for _, n := range report.Notices {
		fmt.Fprintln(s.Err, s.Words.Sentence(s.Lang, n))
	}
	out := verifiedFile{report.Clean(), report.CaseNo, report.Steps, report.Words, report.Signed, []fileFinding{}}
	for _, f := range report.Findings {
		sentence := s.Words.Sentence(s.Lang, f.Err)
		out.Findings = append(out.Findings, fileFinding{f.Kind, f.Section, f.N, sentence})
		if !o.JSON {
			fmt.Fprintln(s.Out, sentence)
		}
	}
	if o.JSON {
		err = s.line(out)
	} else {
		text := "cli.file_clean"
		if !out.Clean {
			text = "cli.file_broken"
		}
		fmt.Fprintln(s.Out, s.Words.Text(s.Lang, text, out.CaseNo, out.Steps, out.Words, len(out.Findings)))
	}
	if err == nil && !out.Clean {
		err = ErrFailed
	}
	return err
}
