package web_test

// paths are every page of a seeded office, as people open them.
func (s *seeded) paths() []string {
	return []string{
		"/", "/?period=7d", "/?period=30d", "/inbox", "/inbox?item=post:" + s.post, "/inbox?item=case:" + s.pending, "/stream", "/stream?level=red&q=窗口&tagged=1&period=all",
		"/stream/chosen?pick=" + s.post + "&pick=" + s.private, "/posts/" + s.post, "/posts/" + s.private, "/cases", "/cases?view=overdue", "/cases?view=closed", "/cases?view=all&level=red", "/cases?view=mine",
		"/cases/" + s.pending, "/cases/" + s.fresh, "/cases/" + s.overdue, "/cases/" + s.handling, "/cases/" + s.review, "/cases/" + s.approved,
		"/cases/" + s.responded, "/cases/" + s.closed, "/alerts", "/alerts?show=all&level=red&level=orange", "/alerts?show=mine", "/sources", "/duty",
		"/cases?view=all&pick=1", "/cases/together?no=" + s.handling + "&no=" + s.fresh, "/cases/" + s.handling + "?template=queue",
		"/lexicon", "/lexicon?list=wrong&q=服", "/lexicon?list=sentiment", "/lexicon?list=none", "/patrol", "/patrol?check=link-dead&state=over&column=https://zw.example.gov.cn/zc/", "/patrol/" + deadLink, "/screen",
		"/views", "/start", "/start?step=rule", "/admin", "/admin/units", "/outcomes", "/outcomes?by=week&period=quarter", "/outcomes/closing_rate?part=rest", "/outcomes/false_positive", "/disclosure", "/disclosure?year=2025&edit=plans.made", "/disclosure?year=2025&column=legal", "/heat", "/heat?by=township&period=90d&compare=none", "/heat/posts?by=unit&key=u-hall", "/heat/cases?by=village", "/supervision", "/supervision?unit=u-hall&formula=1", "/supervision/overdue", "/supervision/returned", "/supervision/urged", "/supervision/ack_rate?part=rest", "/exports", "/reports", "/reports/schedules", "/admin/users", "/admin/purges", "/me", "/me/factor", "/me/tokens", "/admin/tokens", "/admin/permissions", "/admin/access", "/admin/access?action=personal&who=officer", "/admin/access?action=none&from=x", "/admin/users/hall", "/help", "/login", "/no-such-page", "/a/" + s.links.Token(s.delivery, s.clock()),
	}
}
