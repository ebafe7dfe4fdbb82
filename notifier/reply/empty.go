package reply

import (
	"strings"
	"unicode"

	"huiying"
	"huiying/notifier/casework"
)

// courtesies are what a reply may say and what says nothing of the matter. The
// longer ones come first.
func courtesies() []string {
	return []string{
		"感谢您对我们工作的关心和支持", "感谢您对我市工作的关心和支持", "感谢您的关注和支持", "感谢您的理解与支持", "感谢您的理解和支持", "感谢您的来信", "感谢您的留言", "感谢您的关注", "感谢您的监督", "感谢您的支持",
		"您反映的问题已收悉", "您反映的情况已收悉", "您的来信已收悉", "您的留言已收悉", "来信收悉", "留言收悉", "已收悉", "收悉", "您反映的问题", "您反映的情况", "现回复如下", "现答复如下", "经研究",
		"给您带来不便深表歉意", "给您带来的不便", "深表歉意", "敬请谅解", "请您谅解", "对此我们高度重视", "我们高度重视", "高度重视", "认真研究", "进一步研究", "正在研究", "及时处理", "尽快处理", "妥善处理", "依法依规处理",
		"祝您生活愉快", "祝您工作顺利", "祝您身体健康", "如有疑问请致电", "欢迎继续监督", "尊敬的网友", "尊敬的市民", "尊敬的群众", "网友您好", "市民您好", "网友你好", "您好", "你好", "谢谢", "再见", "我们将", "我们会", "我单位", "我局",
	}
}

// least is how many letters a reply has beside courtesies.
const least = 15

// empty remarks on a reply that says nothing of the matter.
func (in *Inspector) empty(r reading) []casework.Remark {
	left := strings.Map(lettersOnly, r.text)
	for _, c := range courtesies() {
		left = strings.ReplaceAll(left, c, "")
	}
	if n := len([]rune(left)); n < least {
		return []casework.Remark{{Say: huiying.Errorf(huiying.Invalid, "reply.empty", n, least)}}
	}
	return nil
}

// lettersOnly drops everything but letters and digits.
func lettersOnly(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}
