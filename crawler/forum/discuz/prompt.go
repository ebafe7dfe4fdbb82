package discuz

import (
	"strings"

	"huiying/crawler"
	"huiying/crawler/forum/board"
)

// told is what a prompt means.
type told struct {
	means crawler.Answer
	marks []string
}

// prompts is what Discuz says instead of content; the first that fits decides.
// A wall is looked for first, because its sentence also speaks of permission.
func prompts() []told {
	return []told{
		{crawler.AnswerLoginWall, []string{"尚未登录", "未登录", "先登录", "还没有登录", "需要登录", "登录后", "请登录", "先登陆", "尚未登陆", "to_login", "not_loggedin", "_login_"}},
		{crawler.AnswerRateLimited, []string{"频繁", "防灌水", "间隔", "稍后再", "刷新过快", "search_ctrl"}},
		{crawler.AnswerDeleted, []string{"不存在", "已被删除", "被删除", "正在被审核", "被屏蔽", "nonexistence", "thread_nopermission_deleted"}},
		{crawler.AnswerMaintenance, []string{"维护", "升级", "暂时关闭", "站点关闭", "论坛关闭", "bbclosed"}},
		{crawler.AnswerBlocked, []string{"IP 地址", "IP地址", "被禁止访问", "安全验证", "验证码"}},
		{crawler.AnswerEmpty, []string{"没有找到匹配", "尚无主题", "没有主题"}},
	}
}

// meaning classifies a prompt. What is not known is a refusal all the same: the
// site chose to say a sentence in place of content.
func meaning(sentences ...string) crawler.Answer {
	said := strings.Join(sentences, " ")
	for _, t := range prompts() {
		for _, m := range t.marks {
			if strings.Contains(said, m) {
				return t.means
			}
		}
	}
	return crawler.AnswerForbidden
}

// prompted is the class of a page that is a prompt, "" when it is none. A
// thread page holds no such box.
func prompted(p *board.Page) crawler.Answer {
	if p.Tree.Find("body.pg_logging form input[type=password]").Length() > 0 {
		return crawler.AnswerLoginWall
	}
	for _, box := range []string{"#messagetext p", "#messagetext", ".jump_c p", ".jump_c", "#main_message .alert_info"} {
		if said := board.Line(p.Tree.Find(box).First()); said != "" {
			return meaning(said)
		}
	}
	return ""
}

// refused is the class of a page that is no content, "" for all others. A page
// that shows floors or rows is content whatever their words begin with.
func refused(p *board.Page, byForm crawler.Answer) crawler.Answer {
	if p == nil {
		return byForm
	}
	if a := prompted(p); a != "" {
		return a
	}
	if p.Tree.Find(".threadlist li a[href*='tid='], tbody[id^=normalthread_], [id^=pid] .message, [id^=postmessage_]").Length() > 0 {
		return ""
	}
	return byForm
}
