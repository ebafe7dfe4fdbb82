package main

import (
	"context"
	"time"

	"github.com/alecthomas/kong"

	"huiying/internal/app"
	"huiying/internal/app/tool"
)

// cli is every command with its flags. Each Run hands over to internal/app.
type cli struct {
	Lang    string           `help:"${help_lang}" enum:"zh,en," default:""`
	Version kong.VersionFlag `help:"${help_version}"`

	Drill   drillCmd   `cmd:"" help:"${help_drill}"`
	Run     runCmd     `cmd:"" help:"${help_run}"`
	Config  configCmd  `cmd:"" help:"${help_config}"`
	Collect collectCmd `cmd:"" help:"${help_collect}"`
	Parse   parseCmd   `cmd:"" help:"${help_parse}"`
	Analyze analyzeCmd `cmd:"" help:"${help_analyze}"`
	Rule    ruleCmd    `cmd:"" help:"${help_rule}"`
	Case    caseCmd    `cmd:"" help:"${help_case}"`
	Source  sourceCmd  `cmd:"" help:"${help_source}"`
	Audit   auditCmd   `cmd:"" help:"${help_audit}"`
	User    userCmd    `cmd:"" help:"${help_user}"`
	Refusal refusalCmd `cmd:"" help:"${help_refusal}"`
	Model   modelCmd   `cmd:"" help:"${help_model}"`
	Duty    dutyCmd    `cmd:"" help:"${help_duty}"`

	Calendar calendarCmd `cmd:"" help:"${help_calendar}"`
	Route    routeCmd    `cmd:"" help:"${help_route}"`
	Alert    alertCmd    `cmd:"" help:"${help_alert}"`

	Delivery deliveryCmd `cmd:"" help:"${help_delivery}"`
	Channel  channelCmd  `cmd:"" help:"${help_channel}"`

	Token tokenCmd `cmd:"" help:"${help_token}"`
	Dead  deadCmd  `cmd:"" help:"${help_dead}"`
	Page  pageCmd  `cmd:"" help:"${help_page}"`

	Backup  backupCmd  `cmd:"" help:"${help_backup}"`
	Restore restoreCmd `cmd:"" help:"${help_restore}"`
	Migrate migrateCmd `cmd:"" help:"${help_migrate}"`
	Ready   readyCmd   `cmd:"" help:"${help_ready}"`

	Report     reportCmd     `cmd:"" help:"${help_report}"`
	Retention  retentionCmd  `cmd:"" help:"${help_retention}"`
	Disclosure disclosureCmd `cmd:"" help:"${help_disclosure}"`
}

type pageCmd struct {
	Kind string `arg:"" enum:"maintenance,offline" help:"${help_page_kind}"`
}

func (c *pageCmd) Run(s tool.Streams) error { return tool.Page(s, c.Kind) }

type drillCmd struct {
	Incident  string        `help:"${help_drill_incident}" default:"queue"`
	Speed     float64       `help:"${help_drill_speed}" default:"1"`
	Listen    string        `help:"${help_listen}" default:"127.0.0.1:8420"`
	Data      string        `help:"${help_drill_data}" type:"path"`
	Store     string        `help:"${help_drill_store}" env:"HUIYING_DRILL_STORE"`
	ExitAfter time.Duration `help:"${help_drill_exit_after}" name:"exit-after"`
	JSON      bool          `help:"${help_json}" name:"json"`
	Fault     string        `help:"${help_drill_fault}" enum:"drop-one," default:""`
}

func (c *drillCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Drill(ctx, s, tool.DrillOptions{
		Incident: c.Incident, Speed: c.Speed, Listen: c.Listen, Data: c.Data, Store: c.Store,
		ExitAfter: c.ExitAfter, JSON: c.JSON, Fault: c.Fault, Version: version,
	})
}

type runCmd struct {
	Config     string   `help:"${help_config_file}" required:"" type:"existingfile"`
	Target     []string `help:"${help_target}" default:"all"`
	Listen     string   `help:"${help_listen}"`
	Checkpoint string   `hidden:""` // tests kill the process at a named point: name[:nth]
}

func (c *runCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Run(ctx, s, tool.RunOptions{
		ConfigFile: c.Config, Targets: c.Target, Listen: c.Listen, Version: version, Checkpoint: c.Checkpoint,
	})
}

type configCmd struct {
	Check struct {
		File string `arg:"" type:"existingfile" help:"${help_config_file}"`
	} `cmd:"" help:"${help_config_check}"`
}

func (c *configCmd) Run(s tool.Streams) error { return tool.ConfigCheck(s, c.Check.File) }

type collectCmd struct {
	Source string `arg:"" help:"${help_collect_source}"`
	Config string `help:"${help_config_file}" required:"" type:"existingfile"`
	Once   bool   `help:"${help_collect_once}"`
}

func (c *collectCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Collect(ctx, s, tool.CollectOptions{Source: c.Source, ConfigFile: c.Config, Once: c.Once})
}

type parseCmd struct {
	As        string    `help:"${help_parse_as}" required:""`
	File      string    `arg:"" type:"existingfile" help:"${help_parse_file}"`
	Profile   string    `help:"${help_parse_profile}"`
	URL       string    `help:"${help_parse_url}" name:"url"`
	FetchedAt time.Time `help:"${help_parse_fetched_at}" name:"fetched-at" format:"2006-01-02T15:04:05Z07:00"`
}

func (c *parseCmd) Run(s tool.Streams) error {
	return tool.Parse(s, tool.ParseOptions{Surface: c.As, File: c.File, Profile: c.Profile, URL: c.URL, FetchedAt: c.FetchedAt})
}

type analyzeCmd struct {
	Config  string `help:"${help_config_file}" type:"existingfile"`
	Rules   string `help:"${help_rules_file}" type:"existingfile"`
	Workers int    `help:"${help_analyze_workers}" default:"2"`
}

func (c *analyzeCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Analyze(ctx, s, tool.AnalyzeOptions{ConfigFile: c.Config, RulesFile: c.Rules, Workers: c.Workers})
}

type ruleCmd struct {
	Check    ruleCheckCmd    `cmd:"" help:"${help_rule_check}"`
	Explain  ruleExplainCmd  `cmd:"" help:"${help_rule_explain}"`
	Lint     ruleLintCmd     `cmd:"" help:"${help_rule_lint}"`
	Fmt      ruleFmtCmd      `cmd:"" help:"${help_rule_fmt}"`
	Backtest ruleBacktestCmd `cmd:"" help:"${help_rule_backtest}"`
	Import   ruleImportCmd   `cmd:"" help:"${help_rule_import}"`
	History  ruleHistoryCmd  `cmd:"" help:"${help_rule_history}"`
}

type ruleHistoryCmd struct {
	stored
	ID      string `help:"${help_rules_id}"`
	Version int    `help:"${help_rules_version}" name:"print"`
}

func (c *ruleHistoryCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RuleHistory(ctx, s, tool.HistoryOptions{Where: c.where(), ID: c.ID, Version: c.Version, JSON: c.JSON})
}

type ruleLintCmd struct {
	File   string `arg:"" type:"existingfile" help:"${help_rules_file}"`
	Config string `help:"${help_config_file}" type:"existingfile"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *ruleLintCmd) Run(s tool.Streams) error { return tool.RuleLint(s, c.File, c.Config, c.JSON) }

type ruleFmtCmd struct {
	File  string `arg:"" type:"existingfile" help:"${help_rules_file}"`
	Write bool   `short:"w" help:"${help_rule_write}"`
}

func (c *ruleFmtCmd) Run(s tool.Streams) error { return tool.RuleFormat(s, c.File, c.Write) }

type ruleBacktestCmd struct {
	Rules   string `help:"${help_rules_file}" required:"" type:"existingfile"`
	Against string `help:"${help_rule_against}" type:"existingfile"`
	Config  string `help:"${help_config_file}" type:"existingfile" xor:"where"`
	Data    string `help:"${help_data}" type:"existingdir" xor:"where"`
	Posts   string `help:"${help_rule_posts}" type:"existingfile"`
	Days    int    `help:"${help_rule_days}" default:"7"`
	Samples int    `help:"${help_rule_samples}" default:"3"`
	JSON    bool   `help:"${help_json}" name:"json"`
}

func (c *ruleBacktestCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.RuleBacktest(ctx, s, app.TrialOptions{
		Where: app.Where{ConfigFile: c.Config, Data: c.Data}, Rules: c.Rules, Against: c.Against, Posts: c.Posts,
		Days: c.Days, Samples: c.Samples, Now: time.Now(),
	}, c.JSON)
}

type ruleImportCmd struct {
	File string `arg:"" type:"existingfile" help:"${help_import_file}"`
	From string `required:"" enum:"trendradar,brandwatch,meltwater" help:"${help_import_from}"`
}

func (c *ruleImportCmd) Run(s tool.Streams) error { return tool.RuleImport(s, c.File, c.From) }

type ruleCheckCmd struct {
	Rules string `help:"${help_rules_file}" type:"existingfile"`
	File  string `arg:"" optional:"" type:"existingfile" help:"${help_rules_file}"`
}

func (c *ruleCheckCmd) Run(s tool.Streams) error {
	file := c.File
	if file == "" {
		file = c.Rules
	}
	return tool.RuleCheck(s, file)
}

type ruleExplainCmd struct {
	Rules  string `help:"${help_rules_file}" required:"" type:"existingfile"`
	Rule   string `help:"${help_rule_id}"`
	Text   string `help:"${help_rule_text}" required:""`
	Title  string `help:"${help_rule_title}"`
	Config string `help:"${help_config_file}" type:"existingfile"`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *ruleExplainCmd) Run(s tool.Streams) error {
	return tool.RuleExplain(s, tool.ExplainOptions{
		RulesFile: c.Rules, Rule: c.Rule, Text: c.Text, Title: c.Title, ConfigFile: c.Config, JSON: c.JSON,
	})
}

// stored are the flags of commands that read stored data.
type stored struct {
	Config string `help:"${help_config_file}" type:"existingfile" xor:"where" required:""`
	Data   string `help:"${help_data}" type:"existingdir" xor:"where" required:""`
	JSON   bool   `help:"${help_json}" name:"json"`
}

func (c *stored) where() app.Where { return app.Where{ConfigFile: c.Config, Data: c.Data} }

type caseCmd struct {
	List caseListCmd `cmd:"" help:"${help_case_list}"`
	Show caseShowCmd `cmd:"" help:"${help_case_show}"`
	Do   caseDoCmd   `cmd:"" help:"${help_case_do}"`

	Post     casePostCmd     `cmd:"" help:"${help_case_post}"`
	Measures caseMeasuresCmd `cmd:"" help:"${help_case_measures}"`
	Export   caseExportCmd   `cmd:"" help:"${help_case_export}"`
	Purge    casePurgeCmd    `cmd:"" help:"${help_case_purge}"`
}

type caseMeasuresCmd struct {
	stored
	From    string `help:"${help_measures_from}"`
	To      string `help:"${help_measures_to}"`
	Unit    string `help:"${help_measures_unit}"`
	Explain string `help:"${help_measures_explain}"`
}

func (c *caseMeasuresCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Measures(ctx, s, tool.MeasureOptions{Where: c.where(), From: c.From, To: c.To, Unit: c.Unit, Explain: c.Explain, JSON: c.JSON})
}

type caseDoCmd struct {
	No     string   `arg:"" help:"${help_case_no}"`
	Action string   `arg:"" help:"${help_case_action}"`
	Fields []string `arg:"" optional:"" help:"${help_case_fields}"`
	User   string   `help:"${help_remote_user}"`
	At     int      `help:"${help_case_version}" name:"at-version"`
	JSON   bool     `help:"${help_json}" name:"json"`
	remote
}

func (c *caseDoCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CaseDo(ctx, s, tool.DoOptions{
		Remote: c.remote.as(c.User), No: c.No, Action: c.Action, Version: c.At, Fields: c.Fields, JSON: c.JSON,
	})
}

type casePostCmd struct {
	No     string `arg:"" help:"${help_case_no}"`
	Post   string `help:"${help_case_post_post}"`
	Settle string `help:"${help_case_post_settle}" placeholder:"ID"`
	Saw    string `help:"${help_case_post_saw}" placeholder:"out|not-out"`
	User   string `help:"${help_remote_user}" required:""`
	JSON   bool   `help:"${help_json}" name:"json"`
	remote
}

func (c *casePostCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CasePost(ctx, s, tool.PostOptions{
		Remote: tool.Remote{ConfigFile: c.Config, URL: c.URL, User: c.User}, No: c.No, Post: c.Post, Settle: c.Settle, Saw: c.Saw, JSON: c.JSON,
	})
}

type caseListCmd struct {
	stored
	State string `help:"${help_case_state}"`
	Limit int    `help:"${help_limit}" default:"100"`
}

func (c *caseListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CaseList(ctx, s, tool.ListOptions{Where: c.where(), JSON: c.JSON, State: c.State, Limit: c.Limit})
}

type caseShowCmd struct {
	stored
	No string `arg:"" help:"${help_case_no}"`
}

func (c *caseShowCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.CaseShow(ctx, s, tool.ShowOptions{Where: c.where(), JSON: c.JSON, No: c.No})
}

type sourceCmd struct {
	List     sourceListCmd     `cmd:"" help:"${help_source_list}"`
	Health   sourceHealthCmd   `cmd:"" help:"${help_source_health}"`
	Backfill sourceBackfillCmd `cmd:"" help:"${help_source_backfill}"`
	Try      sourceTryCmd      `cmd:"" help:"${help_source_try}"`
	Register sourceRegisterCmd `cmd:"" help:"${help_source_register}"`
	StopAll  sourceStopCmd     `cmd:"" name:"stop-all" help:"${help_source_stop_all}"`
	StartAll sourceStartCmd    `cmd:"" name:"start-all" help:"${help_source_start_all}"`
}

type sourceTryCmd struct {
	Source  string `arg:"" optional:"" help:"${help_collect_source}"`
	Config  string `help:"${help_config_file}" type:"existingfile"`
	Profile string `help:"${help_parse_profile}"`
	Kind    string `help:"${help_try_kind}"`
	As      string `help:"${help_try_as}"`
	URL     string `help:"${help_try_url}" name:"url"`
	File    string `help:"${help_parse_file}" type:"existingfile"`
	JSON    bool   `help:"${help_json}" name:"json"`
}

func (c *sourceTryCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Try(ctx, s, tool.TryOptions{
		Source: c.Source, ConfigFile: c.Config, Profile: c.Profile, Kind: c.Kind, Surface: c.As, URL: c.URL, File: c.File, JSON: c.JSON,
	})
}

type sourceBackfillCmd struct {
	Source string    `arg:"" help:"${help_collect_source}"`
	Config string    `help:"${help_config_file}" required:"" type:"existingfile"`
	From   time.Time `help:"${help_backfill_from}" required:"" format:"2006-01-02"`
	To     time.Time `help:"${help_backfill_to}" format:"2006-01-02"`
}

func (c *sourceBackfillCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.Backfill(ctx, s, tool.BackfillOptions{ConfigFile: c.Config, Source: c.Source, From: c.From, To: c.To})
}

type sourceListCmd struct{ stored }

func (c *sourceListCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.SourceList(ctx, s, tool.ListOptions{Where: c.where(), JSON: c.JSON})
}

type sourceHealthCmd struct {
	stored
	Hours  int    `help:"${help_health_hours}" default:"24"`
	Source string `help:"${help_collect_source}"`
}

func (c *sourceHealthCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.SourceHealth(ctx, s, tool.HealthOptions{Where: c.where(), JSON: c.JSON, Hours: c.Hours, Source: c.Source})
}

type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"${help_audit_verify}"`
}

type userCmd struct {
	Add  userAddCmd  `cmd:"" help:"${help_user_add}"`
	Link userLinkCmd `cmd:"" help:"${help_user_link}"`

	ResetFactor userFactorCmd `cmd:"" name:"reset-factor" help:"${help_user_reset_factor}"`
}

type userAddCmd struct {
	stored
	ID    string   `arg:"" help:"${help_user_id}"`
	Name  string   `help:"${help_user_name}"`
	Unit  string   `help:"${help_user_unit}"`
	Roles []string `help:"${help_user_roles}" required:""`
}

func (c *userAddCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.UserAdd(ctx, s, tool.UserOptions{Where: c.where(), ID: c.ID, Name: c.Name, Unit: c.Unit, Roles: c.Roles})
}

type userLinkCmd struct {
	stored
	ID string `arg:"" help:"${help_user_id}"`
}

func (c *userLinkCmd) Run(ctx context.Context, s tool.Streams) error {
	return tool.UserLink(ctx, s, tool.UserOptions{Where: c.where(), ID: c.ID})
}
