package analyzer_test

import (
	"os"
	"path/filepath"
	"testing"

	"huiying"
	"huiying/analyzer"
	"huiying/analyzer/catalogue"
	"huiying/analyzer/rule"
)

// office writes files of an office's own and gives options that name them.
func office(t *testing.T, files map[string]string) analyzer.Options {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	at := func(name string) string {
		if _, ok := files[name]; !ok {
			return ""
		}
		return filepath.Join(dir, name)
	}
	return analyzer.Options{
		PlacesFile: at("places.tsv"), Models: dir, Area: "640500",
		Units: []analyzer.Unit{{ID: "u-card", Name: "社保中心", Keywords: []string{"社保卡"}}},
		Items: []catalogue.Item{{Code: "x-1", Name: "社会保障卡补领换领", Unit: "社保中心", Aliases: []string{"社保卡补办"}}},
	}
}

// Every mistake of what an office configures is told at once.
func TestCheckOffice(t *testing.T) {
	good := office(t, map[string]string{
		"places.tsv": "640502999\ttownship\t640502\t示例镇\n",
	})
	if got := analyzer.Check(good); len(got) != 0 {
		t.Errorf("nothing is wrong: %v", got)
	}
	bad := office(t, map[string]string{
		"places.tsv": "640502999\tborough\t640502\t示例镇\n", "intent.model": "?", "routing.model": "?",
	})
	bad.Items[0].Unit = "没有的单位"
	bad.Policy = []rule.Raise{{When: "老人 (", By: 1, Why: "x"}}
	got := analyzer.Check(bad)
	if len(got) != 5 {
		t.Errorf("%d mistakes: %v", len(got), got)
	}
	for _, err := range got {
		if huiying.ErrorCode(err) == huiying.Internal {
			t.Errorf("no sentence: %v", err)
		}
	}
}

// An office's places, items and units show in its events.
func TestOffice(t *testing.T) {
	o := office(t, map[string]string{
		"places.tsv": "640502999\ttownship\t640502\t示例镇\n",
	})
	o.Rules = mustRules(t, "rules: [{id: r-place, when: 'place:中卫 AND intent:enquiry OR place:示例镇'}]")
	a := newAnalyzer(t, o)
	p := post("office", "请问示例镇的社保卡补办要带什么材料？按国发〔2019〕12号文还要照片吗")
	j := a.Analyze(p).Data
	if len(j.Failed) > 0 || len(j.Places) != 1 || j.Places[0] != "示例镇" {
		t.Errorf("places %v, failed %v", j.Places, j.Failed)
	}
	if len(j.ServiceItems) != 1 || j.ServiceItems[0] != "x-1" || len(j.Routing) == 0 || j.Routing[0].Unit != "u-card" {
		t.Errorf("items %v, routing %+v", j.ServiceItems, j.Routing)
	}
	if len(j.Documents) != 1 || j.Documents[0].Name != "国发〔2019〕12号" || len(j.Tags) != 1 {
		t.Errorf("documents %+v, tags %+v", j.Documents, j.Tags)
	}
}
