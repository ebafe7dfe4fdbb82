package learn

import (
	"slices"
	"strings"
)

// cue is words by which a letter says itself what it is.
type cue struct {
	class string
	words []string
}

// cues are read from top to bottom and the first that stands in the title
// wins: what a writer names outright before what he merely asks for. They are
// the rule that the intent model is held against, and they label, lightly, the
// letters that nobody has read.
func cues() []cue {
	return []cue{
		{"praise", []string{"表扬", "点赞", "致谢", "感谢信", "锦旗"}},
		{"report", []string{"举报", "检举", "控告", "揭发"}},
		{"complaint", []string{"投诉", "反对", "抗议"}},
		{"suggestion", []string{"建议", "提议", "倡议"}},
		{"enquiry", []string{"咨询", "请问", "请教", "想问", "问一下"}},
		{"report", []string{"严查", "查处", "彻查", "违法", "违建", "非法"}},
		{"help", []string{"求助", "请求", "恳请", "恳求", "求解决", "帮忙", "帮助"}},
		{"suggestion", []string{"希望", "呼吁", "期盼"}},
		{"enquiry", []string{"能否", "是否", "可以", "如何", "怎么办理"}},
	}
}

// byCue is the class of the first cue in a text; "" = there is none.
func byCue(text string) string {
	for _, c := range cues() {
		if slices.ContainsFunc(c.words, func(word string) bool { return strings.Contains(text, word) }) {
			return c.class
		}
	}
	return ""
}

// ruled is the answer of the cue words: by the title or, where there is none,
// by the text; who uses none of them complains.
func ruled(title, text string) string {
	if title == "" {
		title = text
	}
	if class := byCue(title); class != "" {
		return class
	}
	return "complaint"
}
