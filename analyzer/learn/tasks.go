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
}

// Bar is one line of the measurement: which part of which set, by which
// figure, and the least that is wanted.
type Bar struct {
	What     string
	File     string
	Figure   string // accuracy, macro_f1, top_two or calibration (an error: at most)
	Least    float64
	Baseline string // what it is held against, as published or measured
}

// Tasks are the questions, by name.
func Tasks() []Task { return []Task{sentiment(), routing()} }

// TaskOf finds a task; huiying.NotFound names those there are.
func TaskOf(name string) (Task, error) {
	all := Tasks()
	i := slices.IndexFunc(all, func(t Task) bool { return t.Training.Name == name })
	if i < 0 {
		return Task{}, huiying.Errorf(huiying.NotFound, "learn.no_task", name, "sentiment, routing")
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
			Name: "sentiment", Classes: []string{"negative", "neutral", "positive"}, Bits: 19, Epochs: 4, Rate: .1, Decay: 1e-4, Seed: 1,
		},
		Right: .85,
		Sets: []Set{
			weibo, set("weibo2018_train.tsv", 1), set("chnsenticorp.tsv", 1), set("waimai.tsv", 1), set("shopping.tsv", .5), set("nlpcc14_train.tsv", .3),
			moods("ewect3_virus_train.tsv", Train), moods("ewect3_virus_eval.tsv", Calibrate), moods("ewect3_virus_test.tsv", Held), moods("ewect3_usual_eval.tsv", Held),
		},
		Bars: []Bar{
			{"two classes, Weibo without emoticons", "ws100k.tsv", "accuracy", .74, "SnowNLP .575"},
			{"two classes, hotels", "chnsenticorp.tsv", "accuracy", .737, "SnowNLP .687"},
			{"two classes, food delivery", "waimai.tsv", "accuracy", .827, "SnowNLP .777"},
			{"two classes, goods", "shopping.tsv", "accuracy", .877, "SnowNLP .827"},
			{"three classes, EWECT virus", "ewect3_virus_test.tsv", "macro_f1", .77, "SnowNLP .427"},
			{"three classes, unseen Weibo", "ewect3_usual_eval.tsv", "macro_f1", .62, "SnowNLP .398"},
			{"calibration, EWECT virus", "ewect3_virus_test.tsv", "calibration", .05, ""},
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
			{"seven departments", file, "macro_f1", .91, "TF-IDF and linear SVM .910"},
			{"seven departments, first two", file, "top_two", .97, "TF-IDF and linear SVM .979"},
			{"calibration", file, "calibration", .05, ""},
		},
	}
}
