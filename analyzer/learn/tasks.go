package learn

import (
	"slices"

	"huiying"
	"huiying/analyzer/linear"
)

// Task is a question that a model is made for.
type Task struct {
	Training linear.Training
	Sets     []Set
	Right    float64 // share of right answers above Model.Sure
	Bars     []Bar
	// Rule answers with a class without having learnt anything; measured on the
	// same rows, it is the baseline of every bar. nil = none.
	Rule func(title, text string) string
	// Also gives lines that no model has a part in; nil = none.
	Also func() ([]Line, error)
}

// Bar is one line of the measurement: which part of which set, by which
// figure, and the least that is wanted.
type Bar struct {
	What     string
	File     string
	Figure   string   // accuracy, macro_f1, recall, precision, top_two, sure_share, sure_accuracy or calibration (an error: at most)
	Of       []string // the classes that recall and precision take for one, and macro_f1 takes the mean of; none = all
	Least    float64
	Baseline string // what it is held against, as published or measured
}

// Tasks are the questions, by name.
func Tasks() []Task { return []Task{sentiment(), routing(), intent()} }

// TaskOf finds a task; huiying.NotFound names those there are.
func TaskOf(name string) (Task, error) {
	all := Tasks()
	i := slices.IndexFunc(all, func(t Task) bool { return t.Training.Name == name })
	if i < 0 {
		return Task{}, huiying.Errorf(huiying.NotFound, "learn.no_task", name, "sentiment, routing, intent")
	}
	return all[i], nil
}

// sentiment learns three classes; sets of two say nothing about indifference.
// Weibo weighs more than reviews, for it is what is judged.
func sentiment() Task {
	two := map[string]string{"0": "negative", "1": "positive"}
	three := map[string]string{"-1": "negative", "0": "neutral", "1": "positive"}
	ends := []string{"negative", "positive"}
	set := func(file string, weight float32) Set {
		return Set{File: file, Labels: two, Among: ends, Weight: weight}
	}
	weibo := set("ws100k.tsv", 2)
	weibo.Stripped = true
	moods := func(file string, part Part) Set {
		return Set{File: file, Labels: three, Weight: 4, Boost: map[string]float32{"neutral": 1.3}, Whole: true, Part: part}
	}
	return Task{
		Training: linear.Training{
			Name: "sentiment", Classes: huiying.Sentiments(), Bits: 19, Epochs: 4, Rate: .1, Decay: 1e-4, Seed: 1,
		},
		Right: .85,
		Sets: []Set{
			weibo, set("weibo2018_train.tsv", 1), set("chnsenticorp.tsv", 1), set("waimai.tsv", 1), set("shopping.tsv", .5), set("nlpcc14_train.tsv", .3),
			moods("ewect3_virus_train.tsv", Train), moods("ewect3_virus_eval.tsv", Calibrate), moods("ewect3_virus_test.tsv", Held), moods("ewect3_usual_eval.tsv", Held),
		},
		Bars: []Bar{
			{What: "two classes, Weibo without emoticons", File: "ws100k.tsv", Figure: "accuracy", Least: .74, Baseline: "SnowNLP .575"},
			{What: "two classes, hotels", File: "chnsenticorp.tsv", Figure: "accuracy", Least: .737, Baseline: "SnowNLP .687"},
			{What: "two classes, food delivery", File: "waimai.tsv", Figure: "accuracy", Least: .827, Baseline: "SnowNLP .777"},
			{What: "two classes, goods", File: "shopping.tsv", Figure: "accuracy", Least: .877, Baseline: "SnowNLP .827"},
			{What: "three classes, EWECT virus", File: "ewect3_virus_test.tsv", Figure: "macro_f1", Least: .77, Baseline: "SnowNLP .427"},
			{What: "three classes, unseen Weibo", File: "ewect3_usual_eval.tsv", Figure: "macro_f1", Least: .62, Baseline: "SnowNLP .398"},
			{What: "calibration, EWECT virus", File: "ewect3_virus_test.tsv", Figure: "calibration", Least: .05},
		},
	}
}

// routing suggests one of seven departments; an office with units of its own
// trains on its closed cases.
func routing() Task {
	departments := []string{"城乡建设", "环境保护", "交通运输", "教育文体", "劳动和社会保障", "商贸旅游", "卫生计生"}
	labels := map[string]string{}
	for _, d := range departments {
		labels[d] = d
	}
	const file = "routing_segmented.tsv"
	return Task{
		Training: linear.Training{Name: "routing", Classes: departments, Bits: 17, Epochs: 10, Rate: .1, Decay: 1e-5, Smooth: 1, Seed: 1},
		Right:    .97,
		Sets:     []Set{{File: file, Labels: labels, Cut: true}},
		Bars: []Bar{
			{What: "seven departments", File: file, Figure: "macro_f1", Least: .91, Baseline: "TF-IDF and linear SVM .910"},
			{What: "seven departments, first two", File: file, Figure: "top_two", Least: .97, Baseline: "TF-IDF and linear SVM .979"},
			{What: "calibration", File: file, Figure: "calibration", Least: .05},
		},
	}
}
