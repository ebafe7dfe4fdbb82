package main

import (
	"context"

	"huiying/internal/app"
	"huiying/internal/app/tool"
)

type calendarCmd struct {
	Add    calendarAddCmd    `cmd:"" help:"${help_calendar_add}"`
	Show   calendarShowCmd   `cmd:"" help:"${help_calendar_show}"`
	Import calendarImportCmd `cmd:"" help:"${help_calendar_import}"`
}

// known are the flags of commands that need no stored data and use it when it
// is named.
type known struct {
	Config string `help:"${help_calendar_config}" type:"existingfile" xor:"where"`
	Data   string `help:"${help_calendar_data}" type:"existingdir" xor:"where"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *known) options() tool.CalendarOptions {
	return tool.CalendarOptions{Where: app.Where{ConfigFile: c.Config, Data: c.Data}, JSON: c.JSON}
}

type calendarAddCmd struct {
	known
	Day  string `arg:"" help:"${help_calendar_day}"`
	N    int    `arg:"" help:"${help_calendar_count}"`
	Unit string `help:"${help_calendar_unit}" enum:"workday,day,month" default:"workday"`
}

func (c *calendarAddCmd) Run(ctx context.Context, s tool.Streams) error {
	o := c.options()
	o.Day, o.N, o.Unit = c.Day, c.N, c.Unit
	return tool.CalendarAdd(ctx, s, o)
}

type calendarShowCmd struct {
	known
	Year int `arg:"" help:"${help_calendar_year}"`
}

func (c *calendarShowCmd) Run(ctx context.Context, s tool.Streams) error {
	o := c.options()
	o.Year = c.Year
	return tool.CalendarShow(ctx, s, o)
}

type calendarImportCmd struct {
	stored
	File string `arg:"" type:"existingfile" help:"${help_calendar_file}"`
}

func (c *calendarImportCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CalendarImport(ctx, s, tool.CalendarOptions{Where: c.where(), JSON: c.JSON, File: c.File})
}
