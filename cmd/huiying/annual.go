package main

import (
	"context"

	"huiying/internal/app"
	"huiying/internal/app/tool"
)

type reportAnnualCmd struct {
	Config   string `help:"${help_config_file}" type:"existingfile" xor:"what"`
	Sample   bool   `help:"${help_annual_sample}" xor:"what"`
	Year     int    `help:"${help_annual_year}" required:""`
	Template string `help:"${help_annual_template}" enum:"2008,2021," default:""`
	Format   string `help:"${help_annual_format}" enum:"docx,xlsx,html,text" default:"docx"`
	Output   string `short:"o" help:"${help_annual_output}" type:"path"`
	Draft    bool   `help:"${help_annual_draft}"`
	Explain  bool   `help:"${help_annual_explain}"`
	JSON     bool   `help:"${help_json}" name:"json"`
}

func (c *reportAnnualCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Annual(ctx, s, tool.AnnualOptions{
		Where: app.Where{ConfigFile: c.Config}, Year: c.Year, Sample: c.Sample, Form: c.Template, Format: c.Format, Output: c.Output, Draft: c.Draft, Explain: c.Explain, JSON: c.JSON,
	})
}

type disclosureCmd struct {
	Import  disclosureImportCmd  `cmd:"" help:"${help_disclosure_import}"`
	Export  disclosureExportCmd  `cmd:"" help:"${help_disclosure_export}"`
	Remove  disclosureRemoveCmd  `cmd:"" help:"${help_disclosure_remove}"`
	Check   disclosureCheckCmd   `cmd:"" help:"${help_disclosure_check}"`
	Release disclosureReleaseCmd `cmd:"" help:"${help_disclosure_release}"`
}

type disclosureImportCmd struct {
	office
	File string `arg:"" type:"existingfile" help:"${help_disclosure_file}"`
	Year int    `help:"${help_disclosure_year}"`
	By   string `help:"${help_disclosure_by}" required:""`
}

func (c *disclosureImportCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DisclosureImport(ctx, s, tool.DisclosureOptions{Where: c.where(), Year: c.Year, File: c.File, By: c.By})
}

type disclosureExportCmd struct {
	office
	Year   int    `help:"${help_annual_year}" required:""`
	Output string `short:"o" help:"${help_disclosure_output}" required:"" type:"path"`
}

func (c *disclosureExportCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DisclosureExport(ctx, s, tool.DisclosureOptions{Where: c.where(), Year: c.Year, File: c.Output})
}

type disclosureRemoveCmd struct {
	office
	Keys []string `arg:"" name:"key" help:"${help_disclosure_key}"`
	Year int      `help:"${help_annual_year}" required:""`
	By   string   `help:"${help_disclosure_by}" required:""`
}

func (c *disclosureRemoveCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DisclosureRemove(ctx, s, tool.DisclosureOptions{Where: c.where(), Year: c.Year, Keys: c.Keys, By: c.By})
}

type disclosureCheckCmd struct {
	office
	Year     int    `help:"${help_annual_year}" required:""`
	Template string `help:"${help_annual_template}" enum:"2008,2021," default:""`
}

func (c *disclosureCheckCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DisclosureCheck(ctx, s, tool.DisclosureOptions{Where: c.where(), Year: c.Year, Form: c.Template})
}

type disclosureReleaseCmd struct {
	office
	Year     int    `help:"${help_annual_year}" required:""`
	Template string `help:"${help_annual_template}" enum:"2008,2021," default:""`
	By       string `help:"${help_disclosure_by}" required:""`
}

func (c *disclosureReleaseCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.DisclosureRelease(ctx, s, tool.DisclosureOptions{Where: c.where(), Year: c.Year, Form: c.Template, By: c.By})
}
