// Package status reads what portals write of how far a letter is (受理, 办理,
// 答复) as one of the three statuses of huiying.Post. It guesses nothing: a
// word it does not know is no status.
package status

import (
	"strings"

	"huiying"
)

// word is a piece of what sites write and what it means.
type word struct{ part, status string }

// words are tried in order: what has not happened yet stands before what has,
// because 未办结 holds 办结. A letter that was turned down or found void has no
// status of these three.
func words() []word {
	const none, received, handling, answered = "", huiying.StatusReceived, huiying.StatusHandling, huiying.StatusAnswered
	return []word{
		{"不予受理", none}, {"不受理", none}, {"无效", none}, {"重复", none}, {"撤销", none}, {"撤回", none},
		{"待受理", received}, {"未受理", received}, {"待审查", received}, {"待处理", received}, {"未处理", received},
		{"待办理", received}, {"未办理", received}, {"待分办", received}, {"待签收", received}, {"待回复", received}, {"未回复", received},
		{"待答复", received}, {"未答复", received}, {"待回应", received},
		{"待审核", handling}, {"待办结", handling}, {"未办结", handling}, {"尚未", handling}, {"延期", handling}, {"延时", handling},
		{"办理中", handling}, {"处理中", handling}, {"在办", handling}, {"正在", handling}, {"转办", handling}, {"交办", handling},
		{"分办", handling}, {"派单", handling}, {"分派", handling}, {"核查", handling}, {"督办", handling}, {"审核中", handling},
		{"答复中", handling}, {"回复中", handling},
		{"已答复", answered}, {"已回复", answered}, {"已回应", answered}, {"已反馈", answered}, {"已公开", answered}, {"已办", answered},
		{"办结", answered}, {"结案", answered}, {"办毕", answered}, {"已处理", answered}, {"已解决", answered}, {"已完成", answered},
		{"受理", received}, {"已收", received}, {"已接收", received}, {"已提交", received}, {"已登记", received}, {"新信件", received},
	}
}

// Of is the status that shown means, "" when it means none. own are a site's
// words beside the usual ones, word → status, and come first: the whole of
// what is shown, or the longest of them that it holds.
func Of(shown string, own map[string]string) string {
	shown = strings.Join(strings.Fields(shown), "")
	if shown == "" || len(shown) > 120 {
		return ""
	}
	if s, ok := own[shown]; ok {
		return s
	}
	best, found := "", false
	for w := range own {
		if len([]rune(w)) > 1 && strings.Contains(shown, w) && (len(w) > len(best) || (len(w) == len(best) && w < best)) {
			best, found = w, true
		}
	}
	if found {
		return own[best]
	}
	for _, w := range words() {
		if strings.Contains(shown, w.part) {
			return w.status
		}
	}
	return ""
}

// Valid reports a status that a description may give; "" says that a word
// means none.
func Valid(s string) bool {
	switch s {
	case "", huiying.StatusReceived, huiying.StatusHandling, huiying.StatusAnswered:
		return true
	}
	return false
}
