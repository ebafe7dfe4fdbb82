package foreign_test

// translation is a file and what comes of it, see shown.
type translation struct{ in, want string }

func radarTable() []translation {
	return []translation{
		{"华为\nOPPO\n+手机\n!水果", `
(华为 OR OPPO) AND 手机 NOT 水果`},
		{`单词`, `
单词`},
		{"+甲\n+乙", `
甲 AND 乙`},
		{"+甲\n!丙", `
甲 NOT 丙`},
		{"甲\n\n\n\n乙", `
甲
乙`},
		{"甲\n \n乙", `
甲
乙
! 2:1 import_blank_line`},
		{"甲\r\n乙\r\n\r\n丙", `
甲 OR 乙
丙`},
		{"# 说明\n甲\n# 再说\n乙\n\n# 只有说明", `
甲 OR 乙`},
		{"[组 | 名]\n甲\n乙", `
甲 OR 乙`},
		{`[只有名]`, `
! 1:1 import_empty_group <[只有名]>
! 1:1 import_no_groups`},
		{"甲\n[乙]", `
甲 OR "[乙]"
  2:1 import_bracket_word <[乙]>`},
		{"甲 => 显示名\n乙=>\n丙=>丁", `
甲 OR 乙 OR 丙`},
		{"甲\n@5\n@x\n@0", `
甲
  2:1 import_limit <5>
  3:1 import_limit_bad <@x>
  4:1 import_limit_bad <@0>`},
		{`@5`, `
! 1:1 import_empty_group <@5>
! 1:1 import_limit <5>
! 1:1 import_no_groups`},
		{"AND\nor\nNot\nnear/3", `
"AND" OR "or" OR "Not" OR "near/3"`},
		{"C++\n什么?\na*b\n12:30\n#1话题\n带 空格", `
C++ OR "什么?" OR "a*b" OR "12:30" OR "带 空格"`},
		{"\"引号\"\n反\\斜\n/路径", `
"\"引号\"" OR "反\\斜" OR "/路径"`},
		{"word\nset\ntitle", `
word OR set OR title`},
		{"!坏\n\n甲", `
甲 NOT 坏
! 1:1 import_filter_group
! 1:1 import_global_filter <1>`},
		{"甲\n!坏\n\n乙", `
甲 NOT 坏
乙
! 2:1 import_exclusion_scope`},
		{"[GLOBAL_FILTER]\n广告\n推广\n\n[WORD_GROUPS]\n科技\nAI\n\n华为\n!车", `
(科技 OR AI) NOT (广告 OR 推广)
华为 NOT 车 NOT (广告 OR 推广)
! 2:1 import_global_filter <2>
! 10:1 import_exclusion_scope`},
		{"[global_filter]\n广告\n!x\n+y\n@3\n\n[word_groups]\n甲", `
甲 NOT 广告
! 2:1 import_global_filter <1>
! 3:1 import_filter_sign <!x>
! 4:1 import_filter_sign <+y>
! 5:1 import_filter_sign <@3>`},
		{"[GLOBAL_FILTER]\n广告\n[WORD_GROUPS]\n科技", `
科技 NOT 广告
! 2:1 import_global_filter <1>
! 3:1 import_section_inside <[WORD_GROUPS]>`},
		{"甲\n\n[GLOBAL_FILTER]\n广告\n\n推广", `
甲 NOT (广告 OR 推广)
! 4:1 import_global_filter <2>`},
		{"[GLOBAL_FILTER]\n广告", `
! 1:1 import_no_groups`},
		{"[GLOBAL_FILTER]\n/(?=a)b(?!c)d/\n\n[WORD_GROUPS]\n甲", `
甲
! 2:1 import_left_out_wider </(?=a)b(?!c)d/> <bad_regex>`},
		{"/(?<![a-zA-Z])ai(?![a-zA-Z])/ => AI 相关\n人工智能", `
/(?:^|[^a-zA-Z])ai(?:[^a-zA-Z]|$)/ OR 人工智能`},
		{"/\\bai\\b/i\n/^快讯/\n/发布$/", `
/\bai\b/ OR /^快讯/ OR /发布$/
  1:1 import_regex_ascii </\bai\b/i>`},
		{"/[\\u4e00-\\u9fa5]{2}局/\n/a\\/b／c/\n/结尾\\Z/\n/\\中\\／\\\\/\n/\\U0001f600/", `
/[\x{4e00}-\x{9fa5}]{2}局/ OR /a\/b\x{FF0F}c/ OR /结尾\z/ OR /中\x{FF0F}\\/ OR /\x{01f600}/`},
		{"/(?<=北京)大厅/\n/大厅(?=排队)/\n/(?<!\\d)110(?!\\d)|12345/", `
/(?:北京)大厅/ OR /大厅(?:排队)/ OR /(?:^|\D)110(?:\D|$)|12345/`},
		{"/a(?!b)c/\n甲", `
甲
  1:1 import_left_out_narrower </a(?!b)c/> <bad_regex>`},
		{"甲\n+/(x)\\1/", `
甲
  2:1 import_left_out_wider <+/(x)\1/> <bad_regex>`},
		{"甲\n!/(?P=x)/", `
甲
  2:1 import_left_out_wider <!/(?P=x)/> <bad_regex>`},
		{`/(/`, `
! 1:1 import_left_out </(/> <bad_regex>
! 1:1 import_nothing_left </(/>`},
		{"/甲*/\n+乙", `
乙
  1:1 import_left_out_wider </甲*/> <empty_regex 甲*>`},
		{"!\n+\n甲", `
甲
  1:1 import_left_out_wider <!> <empty_term>
  2:1 import_left_out_wider <+> <empty_term>`},
		{"长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长\n甲", `
甲
  1:1 import_left_out_narrower <长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长长…> <long_term 64>`},
		{"＋甲\n！乙", `
"＋甲" OR "！乙"`},
	}
}

func brandwatchTable() []translation {
	return []translation{
		{`排队 AND (大厅 OR 窗口) NOT 招聘`, `
排队 AND (大厅 OR 窗口) NOT 招聘`},
		{`排队 AND NOT 招聘`, `
排队 NOT 招聘`},
		{`((排队)) OR ((大厅))`, `
排队 OR 大厅`},
		{`排队 AND 大厅 OR 窗口`, `
(排队 AND 大厅) OR 窗口
  1:1 import_precedence`},
		{`apple AND "apple juice" AND 5G AND 5G基站`, `
word(apple) AND word("apple juice") AND word(5G) AND 5G基站`},
		{`NOT term1 AND 排队`, `
NOT word(term1) AND 排队`},
		{`NOT 排队`, `
! 1:1 import_only_not <NOT 排队>`},
		{`NOT (NOT 排队)`, `
排队`},
		{`排队 NOT NOT 大厅`, `
排队 AND 大厅`},
		{`apple and juice or pear`, `
(word(apple) AND word(juice)) OR word(pear)
  1:1 import_precedence
  1:7 import_lower <and>
  1:17 import_lower <or>`},
		{`排队 NEAR/5 大厅 AND 拥堵 NEAR/5 路口`, `
(排队 NEAR/5t 大厅) AND (拥堵 NEAR/5t 路口)
  1:4 import_near_words <NEAR/5>`},
		{`排队 NEAR/3f (大厅 OR 窗口)`, `
排队 ONEAR/3t (大厅 OR 窗口)
  1:4 import_near_words <NEAR/3f>`},
		{`(甲 AND 乙) NEAR/5 丙`, `
(甲 AND 乙) NEAR/5t 丙
  1:11 import_near_words <NEAR/5>`},
		{`(甲 NOT 乙) NEAR/5 丙`, `
(甲 NOT 乙) NEAR/5t 丙
  1:11 import_near_words <NEAR/5>`},
		{`甲 NEAR/5 NOT 乙`, `
甲
  1:10 import_left_out_wider <NOT 乙> <near_not>`},
		{`甲 NEAR/5 site:weibo.com`, `
甲 AND platform:weibo
  1:3 import_near_and <NEAR/5>`},
		{`甲 NEAR 乙`, `
甲 AND 乙
  1:3 import_near_number <NEAR>`},
		{`甲 NEAR/99999 乙`, `
甲 AND 乙
  1:3 import_near_number <NEAR/99999>`},
		{`甲 NEAR/5 author:张三`, `
甲
  1:10 import_left_out_wider <author:张三> <import_no_field author>`},
		{`"apple juice"~5`, `
word(apple) NEAR/5t word(juice)
  1:1 import_near_words <~5>`},
		{`"政务 服务"~5`, `
政务 NEAR/5t 服务
  1:1 import_near_words <~5>`},
		{`"政务服务"~5`, `
政务服务
  1:1 import_tilde <"政务服务">`},
		{`((甲 OR 乙) AND 丙)~7`, `
(甲 OR 乙) NEAR/7t 丙
  1:1 import_near_words <~7>`},
		{`(甲 OR 乙)~3`, `
甲 OR 乙
  1:1 import_tilde <( )>`},
		{`排队~3`, `
排队
  1:3 import_tilde <排队>`},
		{`投诉* AND *投诉 AND complain* AND *phone`, `
投诉 AND 投诉 AND complain AND phone
  1:17 import_wild_latin <complain*> <complain>
  1:31 import_wild_latin <*phone> <phone>`},
		{`wom?n AND colo*r AND 中*卫 AND 排队?`, `
/wom.n/ AND /colo[^\s]*r/ AND /中[^\s]*卫/ AND /排队./
  1:1 import_wild_regex <wom?n> </wom.n/>
  1:11 import_wild_regex <colo*r> </colo[^\s]*r/>
  1:22 import_wild_regex <中*卫> </中[^\s]*卫/>
  1:30 import_wild_regex <排队?> </排队./>`},
		{`"new* york" AND "政* 服务"`, `
/new[^\s]*\s+york/ AND /政[^\s]*\s*服务/
  1:1 import_wild_regex <"new* york"> </new[^\s]*\s+york/>
  1:17 import_wild_regex <"政* 服务"> </政[^\s]*\s*服务/>`},
		{`* AND 甲`, `
甲
  1:1 import_left_out_wider <*> <import_only_signs>`},
		{`?? AND 甲`, `
甲
  1:1 import_left_out_wider <??> <import_only_signs>`},
		{`"政务 服务" AND "open source 大会"`, `
(政务 ONEAR/0t 服务) AND (word("open source") ONEAR/0t 大会)
  1:1 import_phrase_tokens <"政务 服务">
  1:13 import_phrase_tokens <"open source 大会">`},
		{`title:排队`, `
title:(排队)`},
		{`title:(排队 OR "apple juice") NOT title:广告`, `
title:(排队 OR word("apple juice")) NOT title:(广告)`},
		{`title:排队 大厅`, `
title:(排队) AND 大厅
  1:10 import_side_by_side`},
		{`title:(甲 OR text:乙)`, `
title:(甲)
  1:13 import_left_out_narrower <text:乙> <field_in_field text title>`},
		{`title:(title:甲 AND site:weibo.com)`, `
title:(甲 AND platform:weibo)`},
		{`site:weibo.com AND 排队`, `
platform:weibo AND 排队`},
		{`site:(m.weibo.cn OR tieba.baidu.com OR mp.weixin.qq.com OR *.gov.cn)`, `
platform:weibo OR platform:forum OR platform:wechat OR platform:portal
  1:21 import_site_wider <tieba.baidu.com> <platform:forum>
  1:60 import_site_wider <gov.cn> <platform:portal>`},
		{`NOT site:www.example.com AND 排队`, `
排队
  1:10 import_left_out_wider <site:www.example.com> <import_no_platform example.com>`},
		{`site:weibo.com/u/1 AND 排队`, `
排队
  1:6 import_left_out_wider <site:weibo.com/u/1> <import_site_path>`},
		{`url:"https://weibo.com/" AND 排队`, `
platform:weibo AND 排队`},
		{`author:张三 NOT 广告`, `
! 1:1 import_left_out <author:张三> <import_no_field author>
! 1:1 import_nothing_left <author:张三 NOT 广告>
! 1:11 import_left_out <NOT 广告> <import_no_anchor>`},
		{`(author:张三 AND site:weibo.com) OR 排队`, `
排队
  1:2 import_left_out_narrower <author:张三> <import_no_field author>
  1:21 import_left_out_narrower <platform:weibo> <import_no_anchor>`},
		{`排队 OR author:(张三 OR 李四)`, `
排队
  1:7 import_left_out_narrower <author:(张三 OR 李四)> <import_no_field author>`},
		{`排队 NOT author:张三`, `
排队
  1:8 import_left_out_wider <author:张三> <import_no_field author>`},
		{`排队 NOT (广告 OR author:张三)`, `
排队 NOT 广告
  1:15 import_left_out_wider <author:张三> <import_no_field author>`},
		{`排队 AND language:zh AND country:chn AND authorFollowers:[100 TO *]`, `
排队
  1:8 import_left_out_wider <language:zh> <import_no_field language>
  1:24 import_left_out_wider <country:chn> <import_no_field country>
  1:40 import_left_out_wider <authorFollowers:[100 TO *]> <import_no_field authorFollowers>`},
		{`author:foo*`, `
! 1:1 import_left_out <author:foo*> <import_no_field author>
! 1:1 import_nothing_left <author:foo*>`},
		{`raw:Google+ AND raw:(a.b OR c) AND {AC/DC}`, `
Google+ AND (word(a.b) OR word(c)) AND word("AC/DC")
  1:5 import_case <raw:Google+>
  1:22 import_case <raw:a.b>
  1:29 import_case <raw:c>
  1:36 import_case <{AC/DC}>`},
		{`engagementType:RETWEET AND 排队`, `
kind:repost AND 排队`},
		{`engagementType:(COMMENT OR QUOTE) AND 排队`, `
kind:comment AND 排队
  1:28 import_left_out_narrower <engagementType:QUOTE> <import_no_value kind>`},
		{`sentiment:negative AND region:宁夏 AND region:chn.ningxia AND 堵车`, `
sentiment:negative AND region:宁夏 AND 堵车
  1:45 import_left_out_wider <region:chn.ningxia> <import_no_value region>`},
		{`likes:[100 TO *] AND comments:[5 TO 10] AND 堵车`, `
likes>=100 AND comments>=5 AND comments<=10 AND 堵车`},
		{`likes:100 AND shares:x AND likes:[* TO *] AND 堵车`, `
likes=100 AND 堵车
  1:15 import_left_out_wider <shares:x> <count_number reposts>
  1:28 import_left_out_wider <likes:[* TO *]> <count_number likes>`},
		{`hashtags:(中卫 OR #排队) AND #话题 AND @某人`, `
("#中卫" OR "#排队") AND "#话题" AND "@某人"`},
		{`排队 <<<说明 AND NOT >>> AND 大厅`, `
排队 AND 大厅`},
		{`排队 <<<没有完 AND 大厅`, `
排队
! 1:4 import_open_comment`},
		{"(排队\n  OR 大厅\n)\nAND 窗口\n\n路灯", `
(排队 OR 大厅) AND 窗口
路灯`},
		{"# 甲名\n排队\n# 乙名\n\n大厅 AND\n窗口", `
排队
大厅 AND 窗口`},
		{"# 没有完\n(排队 OR\n# 下一个\n大厅", `
排队
  2:1 import_unclosed
  2:5 import_no_operand <OR>
大厅`},
		{`(排队`, `
排队
  1:1 import_unclosed`},
		{`排队) OR 大厅`, `
排队 OR 大厅
  1:3 import_extra_close`},
		{`"没有完 AND 大厅`, `
没有完 ONEAR/0t word("AND") ONEAR/0t 大厅
  1:1 import_phrase_tokens <"没有完 AND 大厅>
! 1:1 import_unclosed_quote`},
		{`排队 AND`, `
排队
  1:4 import_no_operand <AND>`},
		{`AND 排队 AND OR 大厅`, `
排队 AND 大厅
  1:1 import_stray_operator <AND>
  1:12 import_stray_operator <OR>`},
		{`排队 AND ()`, `
排队
  1:4 import_no_operand <AND>
  1:8 empty_group`},
		{`()`, `
! 1:1 empty_group
! 1:1 import_nothing_left <()>`},
		{`)`, `
! 1:1 import_extra_close`},
		{`title:`, `
! 1:1 import_left_out <title:> <no_value title>
! 1:1 import_nothing_left <title:>`},
		{`排队 AND -广告`, `
排队 NOT 广告
  1:8 import_minus`},
		{`http://x.example/a AND 12:30 AND 比分：2`, `
word("http://x.example/a") AND word("12:30") AND "比分：2"`},
		{`排队，大厅、窗口`, `
排队 AND 大厅 AND 窗口
  1:4 import_side_by_side`},
		{"`` AND 排队", `
排队
  1:1 import_left_out_wider <` + "`" + `` + "`" + `> <import_only_signs>`},
		{`（排队 or “政务服务”） AND title：大厅`, `
(排队 OR 政务服务) AND title:(大厅)
  1:5 import_lower <or>`},
		{`foo:bar AND 排队`, `
排队
  1:1 import_left_out_wider <foo:bar> <import_no_field foo>`},
		{`(网 AND 站 NOT 店) OR 排队`, `
(网 AND 站 NOT 店) OR 排队`},
		{`word AND set AND "AND" AND 'quoted'`, `
word(word) AND word(set) AND word("AND") AND "'quoted'"`},
	}
}

func meltwaterTable() []translation {
	return []translation{
		{`apple AND (watch OR iwatch) NOT ("apple sauce" OR "apple orchard*")`, `
word(apple) AND (word(watch) OR word(iwatch)) NOT (word("apple sauce") OR "apple orchard")
  1:51 import_wild_latin <"apple orchard*"> <apple orchard>`},
		{`apple and watch or pear not juice`, `
(word(apple) AND word(watch)) OR (word(pear) NOT word(juice))
  1:1 import_precedence`},
		{`apple watch`, `
word(apple) AND word(watch)
  1:7 import_side_by_side`},
		{`排队 大厅 OR 窗口`, `
(排队 AND 大厅) OR 窗口
  1:1 import_precedence
  1:4 import_side_by_side`},
		{`apple NEAR watch AND 甲 ONEAR 乙`, `
(word(apple) NEAR/4t word(watch)) AND (甲 ONEAR/4t 乙)
  1:7 import_near_default <NEAR> <4>
  1:7 import_near_words <NEAR>
  1:24 import_near_default <ONEAR> <4>
  1:24 import_near_words <ONEAR>`},
		{`apple NEAR/10 watch ONEAR/2 band`, `
word(apple) NEAR/10t word(watch) ONEAR/2t word(band)
  1:7 import_near_words <NEAR/10>
  1:21 import_near_words <ONEAR/2>`},
		{`"排队"{3} AND (甲 OR 乙) {2} AND 丙{2,4}`, `
atleast(3, 排队) AND atleast(2, 甲 OR 乙) AND atleast(2, 丙) NOT atleast(5, 丙)`},
		{`(甲 AND 乙){2}`, `
甲 AND 乙
  1:10 import_frequency <{2}>`},
		{`甲{0} AND 乙{99999}`, `
甲 AND 乙
  1:2 import_frequency <{0}>
  1:11 import_frequency <{99999}>`},
		{`bill XNOT "bill gates"`, `
word(bill) EXCEPT word("bill gates")`},
		{`(a OR b) xnot (c NEAR/2 d) AND 甲`, `
((word(a) OR word(b)) EXCEPT (word(c) NEAR/2t word(d))) AND 甲
  1:18 import_near_words <NEAR/2>`},
		{`甲 XNOT site:weibo.com`, `
甲
  1:13 import_left_out_wider <platform:weibo> <except_operand>`},
		{`甲 XNOT author:x OR (author:x XNOT 乙)`, `
甲
  1:8 import_left_out_wider <author:x> <import_no_field author>
  1:21 import_left_out_narrower <author:x> <import_no_field author>
  1:35 import_left_out_narrower <乙> <import_no_anchor>`},
		{`XNOT 甲`, `
! 1:1 import_left_out <XNOT 甲> <import_no_operand XNOT>
! 1:1 import_nothing_left <XNOT 甲>`},
		{`E\*trade AND AT&T`, `
word("E*trade") AND word(AT&T)`},
		{`likes >5000 AND shares>=10 AND 排队`, `
likes>5000 AND reposts>=10 AND 排队`},
		{`followers >10000 AND 排队`, `
排队
  1:1 import_left_out_wider <followers >10000> <import_no_field followers>`},
		{`iphone^9 AND (a OR b)^2.5`, `
word(iphone) AND (word(a) OR word(b))
  1:7 import_boost <^9>
  1:22 import_boost <^2.5>`},
		{`source:微博 AND 排队`, `
platform:weibo AND 排队`},
		{`SourceName:"百度贴吧" AND sourceName:weibo.com AND 排队`, `
platform:forum AND platform:weibo AND 排队
  1:12 import_site_wider <百度贴吧> <platform:forum>`},
		{`source:"人民日报" OR 排队`, `
排队
  1:8 import_left_out_narrower <source:"人民日报"> <import_no_platform 人民日报>`},
		{`ingress:"排队" AND content:大厅 AND body:窗口`, `
text:(排队) AND text:(大厅) AND text:(窗口)
  1:1 import_ingress`},
		{`caseSensitive:(Apple) AND hashtag:"中卫"`, `
word(Apple) AND "#中卫"
  1:16 import_case <caseSensitive:Apple>`},
		{`postType:og AND authorHuman:true AND spam:false AND language:en AND 排队`, `
排队
  1:1 import_left_out_wider <postType:og> <import_no_field postType>
  1:17 import_left_out_wider <authorHuman:true> <import_no_field authorHuman>
  1:38 import_left_out_wider <spam:false> <import_no_field spam>
  1:53 import_left_out_wider <language:en> <import_no_field language>`},
		{`socialType:"tiktok" AND infoType:"news"`, `
! 1:1 import_left_out <socialType:"tiktok"> <import_no_field socialType>
! 1:1 import_nothing_left <socialType:"tiktok" AND infoType:"news">
! 1:25 import_left_out <infoType:"news"> <import_no_field infoType>`},
		{`from:"worldsailing" OR to:x OR mention:y OR 排队`, `
排队
  1:1 import_left_out_narrower <from:"worldsailing"> <import_no_field from>
  1:24 import_left_out_narrower <to:x> <import_no_field to>
  1:32 import_left_out_narrower <mention:y> <import_no_field mention>`},
		{`sailboat {5}`, `
atleast(5, word(sailboat))`},
		{`~5 排队 {3}`, `
atleast(3, 排队)
  1:1 import_stray_sign <~5>`},
	}
}
