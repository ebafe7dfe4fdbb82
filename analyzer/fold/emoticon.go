package fold

import (
	"strings"
	"sync"
	"unicode/utf8"
)

// maxEmoticon is the longest name of an emoticon, in runes.
const maxEmoticon = 8

// emoticonNames are the names that platforms write in brackets for their
// emoticons. Only known names count: [公告] is text.
const emoticonNames = `
doge 二哈 微笑 嘻嘻 哈哈 可爱 可怜 挖鼻 吃惊 害羞 挤眼 闭嘴 鄙视 爱你 泪 偷笑 亲亲 生病 太开心
白眼 右哼哼 左哼哼 嘘 衰 委屈 吐 打哈欠 抱抱 怒 疑问 馋嘴 拜拜 思考 汗 困 睡 钱 失望 酷 色 哼 鼓掌
晕 悲伤 抓狂 黑线 阴险 怒骂 互粉 心 伤心 猪头 熊猫 兔子 握手 作揖 赞 耶 good 弱 no ok
haha 来 拳头 加油 威武 鲜花 钟 浮云 飞机 月亮 太阳 微风 下雨 给力 神马 围观 话筒 奥特曼 草泥马 萌
囧 织 礼物 喜 围脖 音乐 绿丝带 蛋糕 蜡烛 干杯 男孩儿 女孩儿 肥皂 照相机 浪 沙尘暴 笑cry 允悲 费解
憧憬 并不简单 跪了 摊手 吃瓜 坏笑 污 舔屏 骷髅 顶 裂开 苦涩 抱一抱 打脸 喵喵 哆啦a梦 傻眼 感冒 求饶
最右 崩溃 好喜欢 群体围观 羞嗒嗒 哇 拜托 许愿 开学季 送花花 赢牛奶 给你小心心 微博之光 doge脸 666
ok手势 心碎 玫瑰 强 流泪 大哭 尴尬 发怒 调皮 呲牙 惊讶 难过 冷汗 擦汗 抠鼻 快哭了 吓 菜刀 西瓜 啤酒
咖啡 凋谢 嘴唇 爱心 炸弹 便便 拥抱 胜利 抱拳 勾引 捂脸 奸笑 机智 皱眉 旺柴 社会社会 天啊 叹气 恭喜 发
庆祝 红包`

// emoticons is the set of known names, made once.
var emoticons = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for _, name := range strings.Fields(emoticonNames) {
		set[name] = true
	}
	return set
})

// isEmoticon reports whether the runes between two brackets name an emoticon.
func isEmoticon(name []rune) bool {
	if len(name) == 0 || len(name) > maxEmoticon {
		return false
	}
	var buffer [maxEmoticon * utf8.UTFMax]byte
	b := buffer[:0]
	for _, r := range name {
		b = utf8.AppendRune(b, r)
	}
	return emoticons()[string(b)]
}
