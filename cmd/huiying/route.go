package main

import (
	"context"
	"time"

	"huiying"
	"huiying/internal/app"
	"huiying/internal/app/tool"
)

type routeCmd struct {
	Preview routePreviewCmd `cmd:"" help:"${help_route_preview}"`
	Explain routeExplainCmd `cmd:"" help:"${help_route_explain}"`
}

type routePreviewCmd struct {
	Config string `help:"${help_config_file}" required:"" type:"existingfile"`
	Routes string `help:"${help_route_file}" type:"existingfile"`
	Days   int    `help:"${help_route_days}" default:"3"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *routePreviewCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RoutePreview(ctx, s, app.RouteTrialOptions{
		Where: app.Where{ConfigFile: c.Config}, Routes: c.Routes, Days: c.Days, Now: time.Now(),
	}, c.JSON)
}

type routeExplainCmd struct {
	Config   string    `help:"${help_config_file}" required:"" type:"existingfile"`
	Routes   string    `help:"${help_route_file}" type:"existingfile"`
	Post     string    `help:"${help_route_post}"`
	Level    string    `help:"${help_route_level}" enum:"red,orange,yellow,blue," default:""`
	Unit     string    `help:"${help_route_unit}"`
	Rule     []string  `help:"${help_route_rule}"`
	Place    []string  `help:"${help_route_place}"`
	Platform string    `help:"${help_route_platform}"`
	Source   string    `help:"${help_route_source}"`
	Intent   string    `help:"${help_route_intent}"`
	Kind     string    `help:"${help_route_kind}" enum:"opens,joins,post," default:""`
	At       time.Time `help:"${help_route_at}" format:"2006-01-02T15:04:05Z07:00"`
	JSON     bool      `help:"${help_json}" name:"json"`
}

func (c *routeExplainCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RouteExplain(ctx, s, app.RouteQuestion{
		Where: app.Where{ConfigFile: c.Config}, Routes: c.Routes, Post: c.Post, At: c.At,
		Facts: huiying.AlertFacts{
			Level: huiying.Level(c.Level), Unit: c.Unit, Rules: c.Rule, Places: c.Place, Platform: c.Platform, Source: c.Source, Intent: c.Intent, Kind: c.Kind,
		},
	}, c.JSON)
}

type alertCmd struct {
	Why alertWhyCmd `cmd:"" help:"${help_alert_why}"`
}

type alertWhyCmd struct {
	stored
	ID string `arg:"" help:"${help_alert_id}"`
}

func (c *alertWhyCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.AlertWhy(ctx, s, tool.WhyOptions{Where: c.where(), ID: c.ID, JSON: c.JSON})
}
