package main

import (
	"context"

	"huiying/internal/app"
	"huiying/internal/app/tool"
)

// office are the flags of commands that act for the office: how long words are
// kept, which numbers are public and what units are called stand in its
// configuration, so a data folder alone will not do.
type office struct {
	Config string `help:"${help_config_file}" type:"existingfile" required:""`
}

func (c *office) where() app.Where { return app.Where{ConfigFile: c.Config} }

type caseExportCmd struct {
	office
	No     string `arg:"" help:"${help_case_no}"`
	Format string `help:"${help_case_format}" enum:"html,docx,json" default:"json"`
	Output string `short:"o" help:"${help_case_output}" required:"" type:"path"`
	By     string `help:"${help_case_by}" default:"cli"`
}

func (c *caseExportCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CaseExport(ctx, s, tool.ExportOptions{Where: c.where(), No: c.No, Format: c.Format, Output: c.Output, By: c.By, Version: version})
}

type casePurgeCmd struct {
	office
	No     string `arg:"" help:"${help_case_no}"`
	Basis  string `help:"${help_purge_basis}" enum:"retention,person,authority" default:"retention"`
	Reason string `help:"${help_purge_reason}" required:""`
	By     string `help:"${help_purge_by}" required:""`
}

func (c *casePurgeCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CasePurge(ctx, s, tool.PurgeOptions{Where: c.where(), No: c.No, Basis: c.Basis, Reason: c.Reason, By: c.By})
}

type auditVerifyCmd struct {
	Config  string `help:"${help_config_file}" type:"existingfile" xor:"what" required:""`
	Data    string `help:"${help_data}" type:"existingdir" xor:"what" required:""`
	File    string `help:"${help_verify_file}" type:"existingfile" xor:"what" required:""`
	KeyFile string `help:"${help_key_file}" name:"key-file" type:"existingfile"`
	JSON    bool   `help:"${help_json}" name:"json"`
}

func (c *auditVerifyCmd) Run(ctx context.Context, s tool.Streams) error {
	if c.File != "" {
		return tool.FileVerify(s, tool.FileOptions{File: c.File, KeyFile: c.KeyFile, JSON: c.JSON})
	}
	return tool.AuditVerify(ctx, s, tool.ListOptions{Where: app.Where{ConfigFile: c.Config, Data: c.Data}, JSON: c.JSON})
}
