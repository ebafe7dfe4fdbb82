package tieba

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/net/html"

	"huiying/crawler/forum/board"
)

// emoticons are the names of the site's classic set, image_emoticon1.png and
// on; i_f01.png and on are the same set for the desktop.
func emoticons() []string {
	return []string{
		"呵呵", "哈哈", "吐舌", "啊", "酷", "怒", "开心", "汗", "泪", "黑线",
		"鄙视", "不高兴", "真棒", "钱", "疑问", "阴险", "吐", "咦", "委屈", "花心",
		"呼~", "笑眼", "冷", "太开心", "滑稽", "勉强", "狂汗", "乖", "睡觉", "惊哭",
		"生气", "惊讶", "喷", "爱心", "心碎", "玫瑰", "礼物", "彩虹", "星星月亮", "太阳",
		"钱币", "灯泡", "茶杯", "蛋糕", "音乐", "haha", "胜利", "大拇指", "弱", "OK",
	}
}

var numbered = regexp.MustCompile(`^(?:image_emoticon|i_f)(\d{1,3})\.`)

// picture is the name of an emoticon; one of another set is [表情]. Other
// pictures have none.
func picture(n *html.Node) string {
	src := board.Attr(n, "src")
	classes := strings.Fields(board.Attr(n, "class"))
	m := numbered.FindStringSubmatch(path.Base(src))
	if m == nil && !slices.Contains(classes, "BDE_Smiley") {
		return ""
	}
	if name := cmp.Or(board.Attr(n, "text"), board.Attr(n, "alt")); name != "" {
		return "[" + strings.Trim(name, "#()[]") + "]"
	}
	if m != nil {
		if i, err := strconv.Atoi(m[1]); err == nil && i >= 1 && i <= len(emoticons()) {
			return "[" + emoticons()[i-1] + "]"
		}
	}
	return "[表情]"
}

// plain is the writer's words in an element.
func plain(s *goquery.Selection) string { return board.Plain(s, picture, furniture) }

// furniture names what the site puts among the words: players, cards of
// applications, the note over a folded floor.
func furniture(n *html.Node) bool {
	classes := strings.Fields(board.Attr(n, "class"))
	for _, c := range []string{"p_forbidden_tip", "replace_div", "video_src_wrapper", "threadlist_video", "share_btn_wrapper", "replace_tip", "post_bubble_top", "post_bubble_bottom"} {
		if slices.Contains(classes, c) {
			return true
		}
	}
	return false
}
