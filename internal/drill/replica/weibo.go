package replica

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Wall is an answer a replica gives to everything, in place of content.
type Wall string

// The walls: a sign-in demand with status 200, and the bare status 432 with
// which m.weibo.cn turns a client away.
const (
	NoWall    Wall = ""
	WallLogin Wall = "login"
	Wall432   Wall = "432"
)

// statusRejected is m.weibo.cn's own status; it has no reason phrase.
const statusRejected = 432

// Weibo is the replica of m.weibo.cn over a world.
func Weibo(w *World) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /robots.txt", robots("User-agent: *\nDisallow: /login\n"))
	mux.HandleFunc("GET /api/config", w.config)
	mux.HandleFunc("GET /api/container/getIndex", w.getIndex)
	mux.HandleFunc("GET /statuses/show", w.show)
	mux.HandleFunc("GET /statuses/extend", w.extend)
	mux.HandleFunc("GET /comments/hotflow", w.hotflow)
	mux.HandleFunc("GET /api/statuses/repostTimeline", w.repostTimeline)
	return mux
}

// Walled is a replica of m.weibo.cn that lets nobody in.
func Walled(wall Wall) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /robots.txt", robots("User-agent: *\nDisallow: /login\n"))
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		if wall == Wall432 {
			rw.WriteHeader(statusRejected)
			return
		}
		reply(rw, loginWall(r))
	})
	return mux
}

func loginWall(r *http.Request) object {
	back := url.QueryEscape("https://m.weibo.cn" + r.URL.RequestURI())
	return object{"ok": -100, "url": "https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb&url=" + back}
}

func robots(text string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = rw.Write([]byte(text)) // a reader that went away needs no answer
	}
}

func reply(rw http.ResponseWriter, o object) {
	body, err := json.Marshal(o)
	if err != nil {
		http.Error(rw, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = rw.Write(body) // a reader that went away needs no answer
}

func nothing(msg string) object {
	return object{"ok": 0, "msg": msg, "data": object{"cards": []any{}}}
}

func gone() object { return object{"ok": 0, "errno": "20101", "msg": "该微博不存在"} }

// signedIn reports whether the request carries the cookie of an account.
func signedIn(r *http.Request) bool {
	c, err := r.Cookie("SUB")
	return err == nil && c.Value != ""
}

func (w *World) config(rw http.ResponseWriter, r *http.Request) {
	data := object{"login": signedIn(r), "st": "000000"}
	if signedIn(r) {
		data["uid"] = "1000000001"
	}
	reply(rw, object{"preferQuickapp": 0, "data": data, "ok": 1})
}

// getIndex answers a timeline, a profile or a search, by containerid.
func (w *World) getIndex(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	container := q.Get("containerid")
	search, isSearch := strings.CutPrefix(container, "100103")
	uid, isTimeline := strings.CutPrefix(container, "107603")
	switch {
	case isSearch && !signedIn(r):
		reply(rw, loginWall(r))
	case isSearch:
		reply(rw, w.search(container, search, q))
	case isTimeline:
		reply(rw, w.accountTimeline(number(uid), q))
	default:
		reply(rw, w.profile(number(q.Get("value"))))
	}
}

func (w *World) accountTimeline(uid int64, q url.Values) object {
	now, unlock := w.lock()
	defer unlock()
	list := newestFirst(w.timeline[uid], nil)
	total := len(list)
	page, sinceID := pageOf(q.Get("page")), number(q.Get("since_id"))
	if sinceID == 0 && page <= 1 {
		slices.SortStableFunc(list, pinnedFirst)
	}
	switch {
	case sinceID > 0:
		list = slices.DeleteFunc(list, func(p *post) bool { return p.mid > sinceID })
	case page > 1:
		list = list[min(int(page-1)*w.perPage, len(list)):]
	}
	if len(list) == 0 {
		return nothing("这里还没有内容")
	}
	container := "107603" + strconv.FormatInt(uid, 10)
	info := object{"containerid": container, "v_p": 42, "show_style": 1, "total": total}
	if len(list) > w.perPage {
		info["since_id"] = list[w.perPage:][0].mid
		list = list[:w.perPage]
	}
	return object{"ok": 1, "data": object{
		"cardlistInfo": info, "cards": w.cards(list, container, now), "showAppTips": 0,
		"scheme": "sinaweibo://cardlist?containerid=" + container + "&v_p=42",
	}}
}

func pinnedFirst(a, b *post) int {
	switch {
	case a.pinned == b.pinned:
		return 0
	case a.pinned:
		return -1
	}
	return 1
}

func (w *World) cards(list []*post, container string, now time.Time) []object {
	cards := make([]object, 0, len(list))
	for _, p := range list {
		cards = append(cards, w.card(p, container, now))
	}
	return cards
}

func (w *World) card(p *post, container string, now time.Time) object {
	bid := Bid(p.mid)
	return object{
		"card_type": 9, "itemid": container + "_-_" + strconv.FormatInt(p.mid, 10),
		"scheme": "https://m.weibo.cn/status/" + bid + "?mblogid=" + bid + "&lfid=" + container,
		"mblog":  w.mblog(p, now, false),
	}
}

// search finds the posts that hold every word of the query, newest first. The
// site wraps each of its hits in a group of cards.
func (w *World) search(container, rest string, q url.Values) object {
	now, unlock := w.lock()
	defer unlock()
	params, err := url.ParseQuery(strings.TrimPrefix(rest, "?"))
	words := strings.Fields(params.Get("q"))
	if err != nil || len(words) == 0 {
		return nothing("这里还没有内容")
	}
	list := newestFirst(w.posts, func(p *post) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(p.text, word) })
	})
	total := len(list)
	page := pageOf(q.Get("page"))
	list = list[min(int(page-1)*w.perPage, len(list)):]
	if len(list) == 0 {
		return nothing("这里还没有内容")
	}
	info := object{"v_p": 42, "containerid": container, "title_top": params.Get("q"), "total": total, "show_style": 1, "page": nil}
	if len(list) > w.perPage {
		info["page"] = page + 1
		list = list[:w.perPage]
	}
	cards := make([]object, 0, len(list))
	for _, p := range list {
		cards = append(cards, object{"card_type": 11, "show_type": 1, "card_group": []object{w.card(p, container, now)}})
	}
	return object{"ok": 1, "data": object{"cardlistInfo": info, "cards": cards, "showAppTips": 0}}
}

func (w *World) profile(uid int64) object {
	_, unlock := w.lock()
	defer unlock()
	a, ok := w.accounts[uid]
	if !ok {
		return nothing("这里还没有内容")
	}
	u := userObject(a, true)
	u["followers_count_str"] = count(a.Followers, true)
	id := strconv.FormatInt(uid, 10)
	tab := func(n int, name, container string) object {
		return object{"id": n, "tabKey": name, "must_show": 1, "hidden": 0, "title": name, "tab_type": name, "containerid": container + id}
	}
	return object{"ok": 1, "data": object{
		"userInfo": u, "profile_ext": "touid:" + id, "showAppTips": 0, "scheme": "sinaweibo://userinfo?uid=" + id,
		"tabsInfo": object{"selectedTab": 1, "tabs": []object{tab(1, "profile", "230283"), tab(2, "weibo", "107603")}},
	}}
}

func (w *World) show(rw http.ResponseWriter, r *http.Request) {
	now, unlock := w.lock()
	defer unlock()
	p := w.find(r.URL.Query().Get("id"))
	if p == nil || p.deleted {
		reply(rw, gone())
		return
	}
	m := w.mblog(p, now, false)
	m["text"] = textHTML(p.text)
	reply(rw, object{"ok": 1, "data": m})
}

func (w *World) extend(rw http.ResponseWriter, r *http.Request) {
	now, unlock := w.lock()
	defer unlock()
	p := w.find(r.URL.Query().Get("id"))
	if p == nil || p.deleted {
		reply(rw, gone())
		return
	}
	w.serve(postID(p), now)
	m := base(p, "")
	reply(rw, object{"ok": 1, "data": object{
		"ok": 1, "longTextContent": textHTML(p.text), "reposts_count": m["reposts_count"],
		"comments_count": m["comments_count"], "attitudes_count": m["attitudes_count"],
	}})
}

// hotflow answers the comments of a post, newest first. A further page is
// asked for by max_id and max_id_type together, both as they were given.
func (w *World) hotflow(rw http.ResponseWriter, r *http.Request) {
	now, unlock := w.lock()
	defer unlock()
	q := r.URL.Query()
	p := w.find(q.Get("id"))
	maxID, kind := number(q.Get("max_id")), q.Get("max_id_type")
	if p == nil || p.deleted || len(p.comments) == 0 || (maxID > 0) != (kind == "1") {
		reply(rw, object{"ok": 0, "msg": "快来发表你的评论吧"})
		return
	}
	list := slices.Clone(p.comments)
	slices.Reverse(list)
	if maxID > 0 {
		list = slices.DeleteFunc(list, func(c *comment) bool { return c.id > maxID })
	}
	data := object{"max": 1, "total_number": p.total, "max_id": 0, "max_id_type": 0, "status": object{"comment_manage_info": object{}}}
	if len(list) > w.perPage {
		data["max_id"], data["max_id_type"] = list[w.perPage].id, 1
		list = list[:w.perPage]
	}
	out := make([]object, 0, len(list))
	for _, c := range list {
		out = append(out, w.commentObject(c, now))
	}
	data["data"] = out
	reply(rw, object{"ok": 1, "data": data})
}

func (w *World) repostTimeline(rw http.ResponseWriter, r *http.Request) {
	now, unlock := w.lock()
	defer unlock()
	q := r.URL.Query()
	p := w.find(q.Get("id"))
	if p == nil || p.deleted {
		reply(rw, gone())
		return
	}
	list := newestFirst(p.reposts, nil)
	pages := (len(list) + w.perPage - 1) / w.perPage
	page := pageOf(q.Get("page"))
	list = list[min(int(page-1)*w.perPage, len(list)):]
	list = list[:min(len(list), w.perPage)]
	if len(list) == 0 {
		reply(rw, object{"ok": 0, "msg": "还没有人转发过"})
		return
	}
	out := make([]object, 0, len(list))
	for _, one := range list {
		out = append(out, w.mblog(one, now, false))
	}
	reply(rw, object{"ok": 1, "msg": "数据获取成功", "data": object{"data": out, "total_number": len(p.reposts), "hot_total_number": 0, "max": pages}})
}

// pageOf is the number of a page, from 1; no list is longer than lastPage.
func pageOf(s string) int64 { return min(max(number(s), 1), lastPage) }

const lastPage = 100_000

// number is the positive decimal in s, 0 for anything else.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
