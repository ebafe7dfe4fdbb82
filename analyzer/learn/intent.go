package learn

import (
	"math"

	"huiying/analyzer/linear"
)

// intents are what a writer may want of an office.
func intents() []string {
	return []string{"complaint", "report", "help", "enquiry", "suggestion", "praise", "other"}
}

// Names of the views of the letters, as the lines show them.
const (
	titles  = "letters: title"
	bodies  = "letters: text"
	letters = "letters: title, text"
)

// intent learns what a post wants of the office. Letters to offices teach what
// is asked for, reviews what praise sounds like, Weibo what asks nothing of
// anybody.
func intent() Task { return intentBy(thirty) }

// intentBy is the task with the letters spread in a way of its own.
func intentBy(part split) Task {
	return Task{
		Training: linear.Training{Name: "intent", Classes: intents(), Bits: 17, Epochs: 6, Rate: .1, Decay: 1e-4, Smooth: 1, Seed: 1},
		Right:    .85,
		Seen:     2,
		Rule:     ruled,
		Sets:     append(lettersBy(part), others()...),
		Bars:     intentBars(),
		Also:     agreementLines,
	}
}

// lettersBy are the letters, each shown three times with a third of its
// weight: a title alone is often all there is. The rarer kinds weigh more, or
// the model would hardly ever say them.
func lettersBy(part split) []Set {
	rare := tryBoost
	set := func(name string, weight float32, from source) Set {
		return Set{File: name, Weight: weight, Boost: rare, from: from}
	}
	text := set(bodies, 1./3, labelled(textOnly, part, false))
	text.Aside = true
	return []Set{
		set(titles, 1./3, labelled(titleOnly, part, false)), text, set(letters, 1./3, labelled(whole, part, false)),
		set("letters read once: title", tryOnce, labelled(titleOnly, part, true)),
		set("letters read once: text", tryOnce, labelled(textOnly, part, true)),
		set("letters read once: title, text", tryOnce, labelled(whole, part, true)),
		set("letters by cue words: title", tryCT, cued(titleOnly, part)),
		set("letters by cue words: title, text", tryCB, cued(opening, part)),
	}
}

// others are the sets of what letters hardly ever are, and angry reviews, which
// complain as people talk.
func others() []Set {
	reviews := map[string]string{"1": "praise", "0": "complaint"}
	angry := map[string]float32{"complaint": tryAngry}
	weibo := func(file string) Set {
		return Set{
			File: file, Labels: map[string]string{"-1": "other", "0": "other", "1": "other"}, Weight: .2, Sample: 4, Without: asking(), Aside: true,
		}
	}
	return []Set{
		{File: "waimai.tsv", Labels: reviews, Weight: tryPraise, Boost: angry, Aside: true},
		{File: "chnsenticorp.tsv", Labels: map[string]string{"1": "praise", "0": ""}, Weight: .2, Aside: true},
		weibo("weibo2018_train.tsv"), weibo("ewect3_virus_train.tsv"), weibo("ewect3_usual_eval.tsv"),
	}
}

// asking are words of posts that want something of somebody, or thank: what
// such a Weibo post is, nobody has said.
func asking() []string {
	return []string{
		"求助", "求转", "求救", "投诉", "举报", "曝光", "维权", "建议", "请问", "咨询", "呼吁", "请求", "恳请", "有没有", "怎么办", "希望相关", "严惩",
		"部门", "政府", "感谢", "致敬", "点赞", "辛苦",
	}
}

// intentBars are held on letters that were read twice, and on reviews and
// Weibo posts.
func intentBars() []Bar {
	grievance, five := intents()[:3], intents()[:5]
	return []Bar{
		{What: "grievance, found", File: titles, Figure: "recall", Of: grievance, Least: .9},
		{What: "grievance, rightly", File: titles, Figure: "precision", Of: grievance, Least: .9},
		{What: "grievance, found", File: letters, Figure: "recall", Of: grievance, Least: .9},
		{What: "grievance, rightly", File: letters, Figure: "precision", Of: grievance, Least: .9},
		{What: "five kinds", File: titles, Figure: "macro_f1", Of: five, Least: .6},
		{What: "five kinds", File: letters, Figure: "macro_f1", Of: five, Least: .6},
		{What: "five kinds", File: titles, Figure: "accuracy", Least: .7},
		{What: "five kinds", File: letters, Figure: "accuracy", Least: .7},
		{What: "calibration", File: titles, Figure: "calibration", Least: .05},
		{What: "calibration", File: letters, Figure: "calibration", Least: .05},
		{What: "answered surely", File: titles, Figure: "sure_share"},
		{What: "right when sure", File: titles, Figure: "sure_accuracy", Least: .8},
		{What: "answered surely", File: letters, Figure: "sure_share"},
		{What: "right when sure", File: letters, Figure: "sure_accuracy", Least: .8},
		{What: "praise, food delivery", File: "waimai.tsv", Figure: "recall", Of: []string{"praise"}, Least: .9},
		{What: "praise, hotels", File: "chnsenticorp.tsv", Figure: "recall", Of: []string{"praise"}, Least: .9},
		{What: "other, Weibo", File: "weibo2018_train.tsv", Figure: "recall", Of: []string{"other"}, Least: .9},
		{What: "other, EWECT usual", File: "ewect3_usual_eval.tsv", Figure: "recall", Of: []string{"other"}, Least: .9},
	}
}

// agreementLines say how far two readers of the letters agreed: no model can be
// held to more.
func agreementLines() ([]Line, error) {
	n, share, kappa, err := Agreement()
	line := func(figure string, got float64) Line {
		return Line{Bar: Bar{What: "two readings agree", File: twiceFile, Figure: figure}, Rows: n, Got: got, Met: !math.IsNaN(got)}
	}
	return []Line{line("accuracy", share), line("kappa", kappa)}, err
}

var tryBoost = map[string]float32{"complaint": 1.2, "report": 2.4, "help": 2.4, "enquiry": 1, "suggestion": 1}
var tryOnce, tryCT, tryCB float32 = 1. / 3, 1. / 60, 1. / 20
var tryPraise, tryAngry float32 = .2, .25
