package tool

import (
	"context"
	"errors"
	"fmt"

	"huiying/internal/app"
	"huiying/internal/store/record"
)

// verified is what audit verify --json prints.
type verified struct {
	Clean    bool      `json:"clean"`
	Steps    int       `json:"steps"`
	Cases    int       `json:"cases"`
	Texts    int       `json:"texts"`
	Heads    int       `json:"heads"`
	Findings []finding `json:"findings"`
	More     int       `json:"more_findings"`
}

type finding struct {
	Kind     record.Kind `json:"kind"`
	Seq      int64       `json:"seq,omitempty"`
	Last     int64       `json:"last,omitempty"`
	CaseNo   string      `json:"case_no,omitempty"`
	Step     int         `json:"step,omitempty"`
	Sentence string      `json:"sentence"`
}

// AuditVerify checks every row, head, case and text of the record and names
// whatever was edited, removed, swapped or rewritten. It fails when anything
// was.
func AuditVerify(ctx context.Context, s Streams, o ListOptions) (err error) {
	data, err := app.OpenArchive(ctx, o.Where)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	report, err := app.Verify(ctx, record.New(data.Store), data.Key, data.Heads)
	if err != nil {
		return err
	}
	for _, n := range report.Notices {
		fmt.Fprintln(s.Err, s.Words.Sentence(s.Lang, n))
	}
	out := verified{
		Clean: report.Clean(), Steps: report.Steps, Cases: report.Cases, Texts: report.Texts, Heads: report.Heads,
		More: report.More, Findings: []finding{},
	}
	for _, f := range report.Findings {
		sentence := s.Words.Sentence(s.Lang, f.Err)
		out.Findings = append(out.Findings, finding{f.Kind, f.Seq, f.Last, f.CaseNo, f.N, sentence})
		if !o.JSON {
			fmt.Fprintln(s.Out, sentence)
		}
	}
	if o.JSON {
		err = s.line(out)
	} else {
		key := "cli.verified_clean"
		if !out.Clean {
			key = "cli.verified_broken"
		}
		fmt.Fprintln(s.Out, s.Words.Text(s.Lang, key, out.Steps, out.Cases, out.Heads, len(out.Findings)+out.More))
	}
	if err == nil && !out.Clean {
		err = ErrFailed
	}
	return err
}
