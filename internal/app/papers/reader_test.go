package papers_test

import (
	"testing"

	"huiying"
	"huiying/notifier/reply"
)

// A question in traditional characters or full-width letters is a question, and
// a reply in the office's own writing takes it up.
func TestQuestionsInAnyWriting(t *testing.T) {
	o := newOffice(t)
	for text, want := range map[string]int{
		"請問停車費什麼時候退":        0,
		"ＥＴＣ卡在哪裡辦理？":        0,
		"公積金什麼時候到賬":         1,
		"今天停車場很乾淨，導辦員很有耐心。": 0,
	} {
		c, err := o.ledger.Case(t.Context(), o.open(huiying.LevelYellow, text))
		o.must(err)
		list, err := o.engine.Inspect(t.Context(), c, "您好，停车费三个工作日内退回，etc卡在大厅二楼办理，请带好身份证件前来。")
		o.must(err)
		n := 0
		for _, r := range list {
			if r.Kind == reply.KindUnanswered {
				n++
			}
		}
		if n != want {
			t.Errorf("%s: %d unanswered, want %d", text, n, want)
		}
	}
}
