package replica

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// object is a JSON object of the site.
type object = map[string]any

// verifiedTypes are the numbers the site gives the kinds of verification.
var verifiedTypes = map[string]int{
	"": -1, "none": -1, "person": 0, "government": 1, "enterprise": 2, "media": 3, "campus": 4, "organisation": 7,
}

// mblog renders a post as lists carry it, with the post it quotes inside, and
// notes both as served. quoted is true for the inner one.
func (w *World) mblog(p *post, now time.Time, quoted bool) object {
	s := w.serve(postID(p), now)
	s.Edited = s.Edited || (p.edits > 0 && !quoted)
	id := strconv.FormatInt(p.mid, 10)
	m := base(p, id)
	m["text"] = listHTML(p.text, id)
	m["isLongText"] = long(p.text)
	m["user"] = userObject(p.by, p.mid%2 == 0)
	m["mblogtype"] = 0
	if p.edits > 0 {
		m["edit_count"], m["edit_at"], m["version"] = p.edits, siteTime(p.editedAt), p.edits+1
	}
	if p.region != "" {
		m["region_name"] = "发布于 " + p.region
	}
	pictures(m, p)
	if topic := topics.FindString(p.text); topic != "" {
		m["page_info"] = object{
			"type": "search_topic", "object_type": 0, "page_title": topic, "page_url": topicURL(topic),
			"page_pic": object{"url": "https://wx1.sinaimg.cn/large/topic.jpg"}, "content1": "0讨论 0阅读 ",
		}
	}
	if p.pinned && !quoted {
		m["isTop"], m["mblogtype"] = 1, 2
		m["title"] = object{"text": "置顶", "base_color": 1}
	}
	if !quoted {
		m["number_display_strategy"] = object{"apply_scenario_flag": 3, "display_text_min_number": 1000000, "display_text": "100万+"}
		m["enable_comment_guide"], m["mblog_menu_new_style"] = true, 0
		m["alchemy_params"] = object{"ug_red_envelope": false}
	}
	if p.of != nil {
		m["raw_text"], m["repost_type"] = p.text, 1
		m["retweeted_status"] = w.original(p.of, now)
		delete(m, "textLength")
	}
	return m
}

// base holds the fields every post has, a deleted one too.
func base(p *post, id string) object {
	asString := p.mid%3 == 0
	return object{
		"visible": object{"type": 0, "list_id": 0}, "created_at": siteTime(p.at),
		"id": id, "mid": id, "bid": Bid(p.mid), "can_edit": false, "show_additional_indication": 0,
		"textLength": gbkLength(p.text), "source": p.client, "favorited": false,
		"pic_ids": []string{}, "pic_types": "", "pic_num": 0, "is_paid": false, "mblog_vip_type": 0,
		"reposts_count":          count(p.counts.Reposts+int64(len(p.reposts)), asString),
		"comments_count":         count(p.counts.Comments+p.total, false),
		"attitudes_count":        count(p.counts.Likes, asString),
		"pending_approval_count": 0, "reward_exhibition_type": 0, "hide_flag": 0, "mlevel": 0,
		"darwin_tags": []any{}, "rid": fmt.Sprintf("%d_0_50_%d_0_0_0", p.mid%10, p.mid), "more_info_type": 0,
		"extern_safe": 0, "content_auth": 0, "edit_config": object{"edited": p.edits > 0},
	}
}

// gbkLength is the length of a text as the site counts it: two for a Chinese
// character, one for a Latin one.
func gbkLength(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xff {
			n++
		}
	}
	return n
}

// original is the post inside a repost. In place of a deleted one stands a
// notice without an author, which is not counted as served.
func (w *World) original(p *post, now time.Time) object {
	if !p.deleted {
		return w.mblog(p, now, true)
	}
	m := base(p, strconv.FormatInt(p.mid, 10))
	m["text"], m["user"], m["deleted"] = "抱歉，此微博已被作者删除。", nil, "1"
	m["isLongText"], m["mblogtype"] = false, 0
	m["reposts_count"], m["comments_count"], m["attitudes_count"] = 0, 0, 0
	return m
}

func pictures(m object, p *post) {
	if p.pics == 0 {
		return
	}
	ids := make([]string, p.pics)
	list := make([]object, p.pics)
	for i := range ids {
		pid := fmt.Sprintf("%012xly1g%dj%08x", p.by.UID, i, p.mid%0xffffffff)
		ids[i] = pid
		at := func(size string) string { return "https://wx1.sinaimg.cn/" + size + "/" + pid + ".jpg" }
		list[i] = object{
			"pid": pid, "url": at("orj360"), "size": "orj360",
			"geo":   object{"width": 360, "height": 270, "croped": false},
			"large": object{"size": "large", "url": at("large"), "geo": object{"width": "1440", "height": "1080", "croped": false}},
		}
	}
	first := "/" + ids[0] + ".jpg"
	m["pic_ids"], m["pic_num"], m["pics"], m["picStatus"] = ids, p.pics, any(list), "1"
	if p.mid%5 == 0 { // the site sends some lists as an object keyed by number
		keyed := object{}
		for i, pic := range list {
			keyed[strconv.Itoa(i)] = pic
		}
		m["pics"] = keyed
	}
	m["thumbnail_pic"] = "https://wx1.sinaimg.cn/thumbnail" + first
	m["bmiddle_pic"], m["original_pic"] = "http://wx1.sinaimg.cn/bmiddle"+first, "https://wx1.sinaimg.cn/large"+first
}

// userObject renders an account. The site writes the same number of followers
// as a number here and as "1.2万" there.
func userObject(a Account, words bool) object {
	uid := strconv.FormatInt(a.UID, 10)
	var followers any = a.Followers
	if words {
		followers = count(a.Followers, false)
	}
	u := object{
		"id": a.UID, "screen_name": a.Name, "profile_image_url": "https://tvax1.sinaimg.cn/default/" + uid + ".jpg",
		"profile_url":    "https://m.weibo.cn/u/" + uid + "?uid=" + uid,
		"statuses_count": 100 + a.UID%900, "verified": verifiedTypes[a.Verified] >= 0,
		"verified_type": verifiedTypes[a.Verified], "close_blue_v": false, "description": "",
		"gender": cmp.Or(map[bool]string{true: "f"}[a.UID%2 == 0], "m"), "mbtype": 0, "urank": a.UID % 40, "mbrank": 0,
		"follow_me": false, "following": false, "followers_count": followers, "follow_count": a.UID % 300,
		"cover_image_phone": "https://tvax1.sinaimg.cn/default/cover.jpg", "avatar_hd": "https://tvax1.sinaimg.cn/default/hd/" + uid + ".jpg",
		"like": false, "like_me": false, "badge": object{"user_name_certificate": 1},
	}
	if verifiedTypes[a.Verified] >= 0 {
		u["verified_reason"], u["verified_type_ext"] = cmp.Or(a.Reason, a.Name), 50
	}
	return u
}

// commentObject renders a comment with its first replies inside, and notes all
// of them as served.
func (w *World) commentObject(c *comment, now time.Time) object {
	w.serve(commentID(c), now)
	id := strconv.FormatInt(c.id, 10)
	root := id
	if c.root != nil {
		root = strconv.FormatInt(c.root.id, 10)
	}
	o := object{
		"id": id, "mid": id, "rootid": root, "rootidstr": root, "floor_number": c.floor,
		"created_at": siteTime(c.at), "text": textHTML(c.text), "disable_reply": 0, "like_count": c.likes,
		"liked": false, "user": userObject(c.by, false), "total_number": len(c.replies), "max_id": 0,
		"isLikedByMblogAuthor": false, "bid": "", "source": "",
	}
	if c.region != "" {
		o["source"] = "来自" + c.region
	}
	if c.to != nil {
		o["reply_comment"] = object{"id": strconv.FormatInt(c.to.id, 10), "created_at": siteTime(c.to.at), "text": textHTML(c.to.text)}
	}
	if c.root != nil {
		return o
	}
	o["comments"] = any(false)
	if len(c.replies) > 0 {
		inner := make([]object, 0, len(c.replies))
		for _, r := range c.replies {
			inner = append(inner, w.commentObject(r, now))
		}
		o["comments"] = inner
	}
	return o
}
