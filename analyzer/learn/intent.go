package learn

import (
	"huiying"
	"huiying/analyzer/linear"
)

// Names of the views of the letters that are measured.
const (
	titles  = "letters: title"
	letters = "letters: title, text"
)

// intent learns what a post wants of the office. Letters to offices teach what
// is asked for, reviews what praise sounds like, Weibo what asks nothing of
// anybody.
func intent() Task { return intentBy(thirty) }

// intentBy is the task with the letters spread in a way of its own.
func intentBy(part split) Task {
	return Task{
		Training: linear.Training{Name: "intent", Classes: huiying.Intents(), Bits: 17, Epochs: 6, Rate: .1, Decay: 1e-4, Smooth: 1, Seed: 1},
		Right:    .9,
		Rule:     ruled,
		Sets:     append(lettersBy(part), others()...),
		Bars:     intentBars(),
		Also:     agreementLines,
	}
}

// lettersBy are the letters, each shown three times with a third of its
// weight, as posts come: a title, a text, or both. Reports and calls for help
// weigh more, for they are rare and would hardly ever be said; enquiries and
// suggestions less, so that grievances are found as often as they are rightly
// named.
func lettersBy(part split) []Set {
	set := func(name string, weight float32, from source) Set {
		kinds := map[string]float32{"report": 2, "help": 2, "enquiry": .75, "suggestion": .75}
		return Set{File: name, Weight: weight, Boost: kinds, from: from}
	}
	return []Set{
		set(titles, 1./3, labelled(titleOnly, part, false)),
		set("letters: text", 1./3, labelled(textOnly, part, false)),
		set(letters, 1./3, labelled(whole, part, false)),
		set("letters read once: title", 1./3, labelled(titleOnly, part, true)),
		set("letters read once: text", 1./3, labelled(textOnly, part, true)),
		set("letters read once: title, text", 1./3, labelled(whole, part, true)),
		set("letters by cue words: title", 1./60, cued(titleOnly, part)),
		set("letters by cue words: title, text", 1./20, cued(opening, part)),
	}
}

// others are the sets of what letters hardly ever are. Reviews of businesses,
// the angry ones too, so that no kind is known by its place alone: those
// complain as people talk.
func others() []Set {
	reviews := func(file string, sample int, complaint float32) Set {
		return Set{
			File: file, Labels: map[string]string{"1": "praise", "0": "complaint"}, Weight: .3,
			Boost: map[string]float32{"complaint": complaint}, Sample: sample, Aside: true,
		}
	}
	weibo := func(file string) Set {
		return Set{
			File: file, Labels: map[string]string{"-1": "other", "0": "other", "1": "other"}, Weight: .2,
			Without: asking(), Sample: 4, Aside: true,
		}
	}
	return []Set{
		reviews("waimai.tsv", 1, .2), reviews("chnsenticorp.tsv", 2, .5),
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
	grievance, five := huiying.Intents()[:3], huiying.Intents()[:5]
	bars := []Bar{
		{What: "grievance, found", File: titles, Figure: "recall", Of: grievance, Least: .9},
		{What: "grievance, rightly", File: titles, Figure: "precision", Of: grievance, Least: .9},
		{What: "five kinds", File: titles, Figure: "macro_f1", Of: five, Least: .59},
		{What: "five kinds", File: titles, Figure: "accuracy", Least: .72},
		{What: "calibration", File: titles, Figure: "calibration", Least: .08}, // of so few rows, chance alone makes .05
		{What: "answered surely", File: titles, Figure: "sure_share", Least: .3},
		{What: "right when sure", File: titles, Figure: "sure_accuracy", Least: .85},
		{What: "grievance, found", File: letters, Figure: "recall", Of: grievance, Least: .9},
		{What: "grievance, rightly", File: letters, Figure: "precision", Of: grievance, Least: .9},
		{What: "five kinds", File: letters, Figure: "macro_f1", Of: five, Least: .63},
		{What: "five kinds", File: letters, Figure: "accuracy", Least: .75},
		{What: "calibration", File: letters, Figure: "calibration", Least: .05},
		{What: "answered surely", File: letters, Figure: "sure_share", Least: .4},
		{What: "right when sure", File: letters, Figure: "sure_accuracy", Least: .9},
	}
	for _, kind := range five {
		bars = append(bars, Bar{What: kind, File: letters, Figure: "macro_f1", Of: []string{kind}})
	}
	return append(bars, []Bar{
		{What: "praise, food delivery", File: "waimai.tsv", Figure: "recall", Of: []string{"praise"}, Least: .9},
		{What: "complaint, food delivery", File: "waimai.tsv", Figure: "recall", Of: []string{"complaint"}, Least: .8},
		{What: "praise, hotels", File: "chnsenticorp.tsv", Figure: "recall", Of: []string{"praise"}, Least: .9},
		{What: "complaint, hotels", File: "chnsenticorp.tsv", Figure: "recall", Of: []string{"complaint"}, Least: .75},
		{What: "other, Weibo", File: "weibo2018_train.tsv", Figure: "recall", Of: []string{"other"}, Least: .9},
		{What: "other, EWECT virus", File: "ewect3_virus_train.tsv", Figure: "recall", Of: []string{"other"}, Least: .9},
		{What: "other, EWECT usual", File: "ewect3_usual_eval.tsv", Figure: "recall", Of: []string{"other"}, Least: .9},
	}...)
}

// agreementLines say how far two readers of the letters agreed: no model can be
// held to more.
func agreementLines() ([]Line, error) {
	n, share, kappa, err := Agreement()
	line := func(figure string, got float64) Line {
		return Line{Bar: Bar{What: "two readings agree", File: twiceFile, Figure: figure}, Rows: n, Got: got, Met: true}
	}
	return []Line{line("accuracy", share), line("kappa", kappa)}, err
}
