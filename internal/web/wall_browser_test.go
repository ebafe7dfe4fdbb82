package web_test

import (
	"slices"
	"testing"

	"huiying"
)

// The pages of the lexicon and of the inspection in a real browser, as
// TestPagesInBrowser looks at the others, with a case that holds more than a
// page shows; and the big screen on both of its walls, from afar.
func TestWallInBrowser(t *testing.T) {
	script := needBrowser(t)
	s := newSeeded(t)
	for range 14 { // more than fits
		s.open(utterance{text: "窗口又排队了", rule: "r-long", ruleName: "一个名字很长的预警规则：政务服务大厅各窗口排队时间与叫号系统故障", level: huiying.LevelOrange, hit: "排队"}, "u-hrss", "hrss")
	}
	var list []visit
	for _, v := range s.pages() {
		if slices.Contains([]string{"lexicon", "lexicon-wrong", "patrol", "finding"}, v.Name) {
			list = append(list, v)
		}
	}
	found := s.look(script, list, looks())
	wall := []visit{{Name: "screen", Path: "/screen", Cookie: s.hireWall().cookie(), Wait: "[data-chart] svg", Fold: true}}
	found = append(found, s.look(script, wall, []look{
		{Name: "hall", Width: 1920, Height: 1080, Axe: true, First: true, Fit: 20},
		{Name: "wide", Width: 3840, Height: 1080, Axe: true, Fit: 20}, {Name: "large", Width: 3840, Height: 2160, Fit: 40},
		{Name: "hall-moving", Width: 1920, Height: 1080, Fit: 20, Moving: true}, {Name: "wide-moving", Width: 3840, Height: 1080, Fit: 20, Moving: true},
		{Name: "desktop", Width: 1366, Height: 768, Axe: true}, {Name: "phone", Width: 390, Height: 844, Phone: true, Axe: true},
	})...)
	for _, f := range found {
		if f.Kind != "seen" {
			t.Errorf("%s (%s) %s: %s", f.Page, f.Look, f.Kind, f.Text)
			continue
		}
		s.judge(f)
		if f.Page == "screen" && f.Chart != 1 {
			t.Errorf("screen (%s): the chart is not drawn", f.Look)
		}
	}
}
