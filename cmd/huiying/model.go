package main

import (
	"context"

	"huiying/internal/app"
	"huiying/internal/app/tool"
)

type modelCmd struct {
	Train modelTrainCmd `cmd:"" help:"${help_model_train}"`
	Eval  modelEvalCmd  `cmd:"" help:"${help_model_eval}"`

	Corrections modelCorrectionsCmd `cmd:"" help:"${help_model_lessons}"`
}

type modelTrainCmd struct {
	Task string `help:"${help_model_task}" required:""`
	Data string `help:"${help_model_data}" type:"existingdir"`
	Out  string `short:"o" help:"${help_model_out}" required:"" type:"path"`

	Corrections string `help:"${help_model_corrections}" type:"existingfile"`
	Cases       string `help:"${help_model_cases}" type:"existingfile"`
}

func (c *modelTrainCmd) Run(s tool.Streams) error {
	return tool.ModelTrain(s, tool.ModelOptions{Task: c.Task, Data: c.Data, Out: c.Out, Corrections: c.Corrections, Cases: c.Cases})
}

type modelEvalCmd struct {
	Task  string `help:"${help_model_task}"`
	Data  string `help:"${help_model_data}" type:"existingdir" xor:"on" required:""`
	TSV   string `help:"${help_model_tsv}" name:"tsv" type:"existingfile" xor:"on" required:""`
	Model string `help:"${help_model_file}" type:"existingfile"`
	JSON  bool   `help:"${help_json}" name:"json"`
}

func (c *modelEvalCmd) Run(s tool.Streams) error {
	return tool.ModelEval(s, tool.ModelOptions{Task: c.Task, Data: c.Data, TSV: c.TSV, Model: c.Model, JSON: c.JSON})
}

type modelCorrectionsCmd struct {
	Task   string `help:"${help_model_task}" required:""`
	Config string `help:"${help_config_file}" type:"existingfile" xor:"where" required:""`
	Data   string `help:"${help_data}" type:"existingdir" xor:"where" required:""`
	Units  bool   `help:"${help_model_units}"`
}

func (c *modelCorrectionsCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.ModelCorrections(ctx, s, tool.LessonOptions{Where: app.Where{ConfigFile: c.Config, Data: c.Data}, Task: c.Task, Units: c.Units})
}
