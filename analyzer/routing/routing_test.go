package routing_test

import (
	"os"
	"path/filepath"
	"testing"

	"huiying"
	"huiying/analyzer/catalogue"
	"huiying/analyzer/fold"
	"huiying/analyzer/linear"
	"huiying/analyzer/routing"
)

// suggest asks a router about a text whose words are single characters.
func suggest(t *testing.T, o routing.Options, said string) routing.Suggestion {
	t.Helper()
	r, err := routing.New(o)
	if err != nil {
		t.Fatal(err)
	}
	text := linear.Text{Features: &linear.Features{}, Fields: [2]*fold.Text{fold.New(""), fold.New(said)}}
	for i := range text.Fields[1].Runes {
		text.Words[1] = append(text.Words[1], fold.Span{Start: int32(i), End: int32(i + 1)})
	}
	text.Features.Read(text.Fields[0], text.Fields[1])
	return routing.NewDesk(r).Suggest(text)
}

// Without units of its own an office sees departments, without ids.
func TestDepartments(t *testing.T) {
	for said, want := range map[string]string{
		"小区门口的公交站台取消了，老人要走两公里才能坐车，出租车也乱收费拒载": "交通运输",
		"幼儿园学费又涨了，老师还有偿补课，请教育局管一管学校乱收费":      "教育文体",
		"工地拖欠农民工工资，社保也不给交，单位还不签劳动合同":         "劳动和社会保障",
		"化工厂半夜排放刺鼻气体，河水都变黑了，污染很严重":           "环境保护",
		"医院看病排队，医生开贵药，乡村医生的补助一直没有发，二胎准生证怎么办": "卫生计生",
	} {
		s := suggest(t, routing.Options{}, said)
		if len(s.Routes) == 0 || len(s.Routes) > 2 || s.Routes[0].Name != want || s.Routes[0].Unit != "" || s.Routes[0].Score < .5 || len(s.Routes[0].Why) == 0 {
			t.Errorf("%s: %+v", said, s.Routes)
		}
	}
}

// A department is the unit's that is responsible for it; two share what they
// share, and a department that is nobody's is not suggested.
func TestUnits(t *testing.T) {
	said := "公交站台取消了，出租车乱收费拒载，长途客运站也没有班车"
	one := suggest(t, routing.Options{Units: []routing.Unit{{ID: "u-traffic", Name: "交通局", Classes: []string{"交通运输"}}, {ID: "u-hall", Name: "大厅"}}}, said)
	if len(one.Routes) == 0 || one.Routes[0].Unit != "u-traffic" || one.Routes[0].Name != "交通局" || one.Routes[0].Score < .8 {
		t.Errorf("%+v", one.Routes)
	}
	for _, r := range one.Routes[1:] {
		t.Errorf("also %+v", r)
	}
	two := suggest(t, routing.Options{Units: []routing.Unit{{ID: "u-a", Name: "甲", Classes: []string{"交通运输"}}, {ID: "u-b", Name: "乙", Classes: []string{"交通运输"}}}}, said)
	if len(two.Routes) != 2 || two.Routes[0].Score > .5 || two.Routes[0].Score != two.Routes[1].Score {
		t.Errorf("%+v", two.Routes)
	}
	if none := suggest(t, routing.Options{Units: []routing.Unit{{ID: "u-edu", Classes: []string{"教育文体"}}}}, said); len(none.Routes) != 0 {
		t.Errorf("%+v", none.Routes)
	}
	if empty := suggest(t, routing.Options{}, ""); len(empty.Routes) != 0 {
		t.Errorf("%+v", empty.Routes)
	}
}

// What the office's own words and items say counts beside the model.
func TestIndex(t *testing.T) {
	index, err := catalogue.New(
		[]catalogue.Item{{Code: "x-1", Name: "社会保障卡补领换领", Unit: "u-card", Aliases: []string{"社保卡补办"}}},
		[]catalogue.Unit{{ID: "u-card", Name: "社保中心", Keywords: []string{"社保卡"}}},
		catalogue.Options{Segment: func(text string) []string { return []string{text} }},
	)
	if err != nil {
		t.Fatal(err)
	}
	s := suggest(t, routing.Options{Index: index, Units: []routing.Unit{{ID: "u-card", Name: "社保中心"}}}, "社保卡补办要几天")
	if len(s.Items) != 1 || s.Items[0] != "x-1" || len(s.Routes) != 1 || s.Routes[0].Unit != "u-card" || len(s.Routes[0].Why) == 0 {
		t.Errorf("%+v", s)
	}
}

func TestBadModel(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "routing.model"), []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := routing.New(routing.Options{Folder: dir}); huiying.ErrorCode(err) != huiying.Invalid {
		t.Errorf("got %v", err)
	}
}
