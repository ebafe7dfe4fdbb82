package main

import (
	"context"

	"huiying/internal/app/tool"
)

type reportCmd struct {
	Daily   dailyReportCmd   `cmd:"" help:"${help_report_daily}"`
	Weekly  weeklyReportCmd  `cmd:"" help:"${help_report_weekly}"`
	Monthly monthlyReportCmd `cmd:"" help:"${help_report_monthly}"`
	Special specialReportCmd `cmd:"" help:"${help_report_special}"`
	Annual  reportAnnualCmd  `cmd:"" help:"${help_annual}"`
}

// reportOut is where a report goes, or what of it is explained.
type reportOut struct {
	stored
	Format  string `help:"${help_report_format}" enum:"docx,xlsx,html,text" default:"docx"`
	Out     string `short:"o" help:"${help_report_out}"`
	Explain bool   `help:"${help_report_explain}"`
	Figure  string `help:"${help_report_figure}" placeholder:"ID"`
}

func (c *reportOut) options(kind string) tool.ReportOptions {
	return tool.ReportOptions{Where: c.where(), Kind: kind, Explain: c.Explain, Figure: c.Figure, JSON: c.JSON, Format: c.Format, Out: c.Out}
}

// reportPeriod is which day, week or month.
type reportPeriod struct {
	reportOut
	Day  string `help:"${help_report_day}"`
	From string `help:"${help_report_from}"`
	To   string `help:"${help_report_to}"`
}

func (c *reportPeriod) run(ctx context.Context, s tool.Streams, kind string) error {
	o := c.options(kind)
	o.Day, o.From, o.To = c.Day, c.From, c.To
	return tool.PeriodicReport(ctx, s, o)
}

type dailyReportCmd struct{ reportPeriod }

func (c *dailyReportCmd) Run(ctx context.Context, s tool.Streams) error {
	return c.run(ctx, s, "daily")
}

type weeklyReportCmd struct{ reportPeriod }

func (c *weeklyReportCmd) Run(ctx context.Context, s tool.Streams) error {
	return c.run(ctx, s, "weekly")
}

type monthlyReportCmd struct{ reportPeriod }

func (c *monthlyReportCmd) Run(ctx context.Context, s tool.Streams) error {
	return c.run(ctx, s, "monthly")
}

type specialReportCmd struct {
	reportOut
	Event string `help:"${help_report_event}" required:""`
	Title string `help:"${help_report_title}"`
}

func (c *specialReportCmd) Run(ctx context.Context, s tool.Streams) error {
	o := c.options("special")
	o.Event, o.Title = c.Event, c.Title
	return tool.PeriodicReport(ctx, s, o)
}
