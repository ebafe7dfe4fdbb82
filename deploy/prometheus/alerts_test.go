// Package prometheus holds no code: its test tries every alert rule with
// Prometheus' own engine, on series in the state that the rule is about and in
// one beside it.
package prometheus

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/promqltest"
	"gopkg.in/yaml.v3"
)

const step = 15 * time.Second

// trials are series by the quarter of a minute, as promtool writes them.
func trials() map[string]struct{ fires, silent string } {
	return map[string]struct{ fires, silent string }{
		"HuiyingDown": {`up{job="huiying",instance="a"} 0x240`, `up{job="huiying",instance="a"} 1x240`},
		"HuiyingAlertsLate": {
			latency("huiying_notifier_post_to_alert_seconds", "1", 90),
			latency("huiying_notifier_post_to_alert_seconds", "1", 100),
		},
		"HuiyingDeliveryWaits": {`huiying_notifier_oldest_due_seconds 0 0 61+15x240`, `huiying_notifier_oldest_due_seconds 59x240`},
		"HuiyingDeliveryDead": {
			`huiying_notifier_deliveries_total{channel="sms",state="dead"} 0x230 1x10`,
			`huiying_notifier_deliveries_total{channel="sms",state="accepted"} 0+1x240` + "\n" + `huiying_notifier_deliveries_total{channel="sms",state="dead"} 4x240`,
		},
		"HuiyingEscalationStuck": {`huiying_cases_oldest_due_rung_seconds 0` + "\n" + `huiying_notifier_oldest_overdue_step_seconds 121+15x240`, `huiying_cases_oldest_due_rung_seconds 119x240` + "\n" + `huiying_notifier_oldest_overdue_step_seconds 0x240`},
		"HuiyingUnacknowledged":  {`huiying_cases_oldest_unacknowledged_seconds 3600+15x240`, `huiying_cases_oldest_unacknowledged_seconds 3600x240`},
		"HuiyingOverdue":         {`huiying_cases_overdue 2x240`, `huiying_cases_overdue 0x240`},
		"HuiyingDuty":            {`huiying_notifier_duty_findings{kind="gap"} 1x240`, `huiying_notifier_duty_findings{kind="gap"} 0x240`},
		"HuiyingFiguresOld":      {`huiying_outcomes_counted_timestamp_seconds 1x1000`, `huiying_outcomes_counted_timestamp_seconds 0+15x1000`},
		"HuiyingSourceSilent": {
			`huiying_crawler_source_last_success_timestamp_seconds{source="a"} 1x1000`,
			// One that was never read has no series; another was read just now.
			`huiying_crawler_source_last_success_timestamp_seconds{source="a"} 0+15x1000`,
		},
		"HuiyingVisitsFail": {
			`huiying_crawler_visits_total{state="blocked"} 0+3x240` + "\n" + `huiying_crawler_visits_total{state="ok"} 0+2x240`,
			`huiying_crawler_visits_total{state="blocked"} 0+2x240` + "\n" + `huiying_crawler_visits_total{state="ok"} 0+2x240` + "\n" + `huiying_crawler_visits_total{state="empty"} 0+1x240`,
		},
		"HuiyingHostsRest":     {`huiying_crawler_host_rests_total 0+1x240`, `huiying_crawler_host_rests_total 0x120 2x120`},
		"HuiyingDeadLetters":   {`huiying_bus_dead_waiting 1x240`, `huiying_bus_dead_waiting 0x240`},
		"HuiyingBehind":        {`huiying_bus_pending{consumer="archive"} 1001x240`, `huiying_bus_pending{consumer="archive"} 999x240`},
		"HuiyingArchiveStands": {`huiying_analyzer_posts_total 0+5x240` + "\n" + `huiying_notifier_archived_total 7x240`, `huiying_analyzer_posts_total 0+5x240` + "\n" + `huiying_notifier_archived_total 0+4x240`},
		"HuiyingStoreSlow": {
			latency("huiying_store_queue_wait_seconds", "0.5", 90, `priority="urgent"`),
			latency("huiying_store_queue_wait_seconds", "0.5", 100, `priority="urgent"`) + "\n" + latency("huiying_store_queue_wait_seconds", "0.5", 10, `priority="bulk"`),
		},
		"HuiyingPagesFail": {
			`huiying_web_request_seconds_count{status="500",route="GET /stream"} 0+2x240` + "\n" + `huiying_web_request_seconds_count{status="200",route="GET /stream"} 0+98x240`,
			`huiying_web_request_seconds_count{status="404",route="GET /stream"} 0+9x240` + "\n" + `huiying_web_request_seconds_count{status="200",route="GET /stream"} 0+98x240`,
		},
		"HuiyingPagesSlow": {
			latency("huiying_web_request_seconds", "0.5", 90, `route="GET /stream",status="200"`),
			latency("huiying_web_request_seconds", "0.5", 96, `route="GET /stream",status="200"`) + "\n" + latency("huiying_web_request_seconds", "0.5", 0, `route="GET /live",status="200"`),
		},
	}
}

// latency is a histogram of a hundred observations a step, so many of them no
// longer than the bound and the others up to ten times as long.
func latency(name, bound string, within int, labels ...string) string {
	more := strings.Join(labels, ",")
	if more != "" {
		more += ","
	}
	rows := []string{}
	for le, n := range map[string]int{bound: within, "10": 100, "+Inf": 100} {
		rows = append(rows, name+"_bucket{"+more+`le="`+le+`"} 0+`+strconv.Itoa(n)+"x240")
	}
	return strings.Join(rows, "\n")
}

type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func rules(t *testing.T) (out []rule) {
	t.Helper()
	raw, err := os.ReadFile("alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []rule `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out
}

func TestAlerts(t *testing.T) {
	engine := promqltest.NewTestEngine(t, false, 0, promqltest.DefaultMaxSamplesPerQuery)
	tried := trials()
	for _, r := range rules(t) {
		trial, ok := tried[r.Alert]
		if !ok {
			t.Errorf("%s is not tried", r.Alert)
			continue
		}
		delete(tried, r.Alert)
		if r.Labels["severity"] == "" || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s has no severity, summary or description", r.Alert)
		}
		if held, of := holds(t, engine, r, trial.fires); held != of {
			t.Errorf("%s holds at %d of %d looks; it should fire", r.Alert, held, of)
		}
		if held, _ := holds(t, engine, r, trial.silent); held != 0 {
			t.Errorf("%s holds at %d looks; it should be silent", r.Alert, held)
		}
	}
	for name := range tried {
		t.Errorf("%s is tried and no rule", name)
	}
}

// holds counts at how many looks of the time that a rule waits it holds, at the
// end of the series.
func holds(t *testing.T, engine *promql.Engine, r rule, series string) (held, of int) {
	t.Helper()
	var wait time.Duration
	if r.For != "" {
		d, err := model.ParseDuration(r.For)
		if err != nil {
			t.Fatalf("%s: %v", r.Alert, err)
		}
		wait = time.Duration(d)
	}
	load := "load 15s\n"
	for line := range strings.Lines(series) {
		load += "  " + strings.TrimSpace(line) + "\n"
	}
	storage := promqltest.LoadedStorage(t, load)
	defer storage.Close()
	end := time.Unix(0, 0).Add(240 * step)
	if strings.Contains(r.Expr, "time()") {
		end = time.Unix(0, 0).Add(1000 * step) // what is about hours
	}
	query, err := engine.NewRangeQuery(t.Context(), storage, nil, r.Expr, end.Add(-wait), end, step)
	if err != nil {
		t.Fatalf("%s: %v", r.Alert, err)
	}
	defer query.Close()
	matrix, err := query.Exec(t.Context()).Matrix()
	if err != nil {
		t.Fatalf("%s: %v", r.Alert, err)
	}
	for _, line := range matrix {
		held = max(held, len(line.Floats))
	}
	return held, int(wait/step) + 1
}
