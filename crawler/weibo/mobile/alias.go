package mobile

import "huiying/crawler/weibo/status"

// Entry is a post with what a reader needs beside it.
type Entry = status.Entry

// Page is what one address answered: its posts and how to go on.
type Page = status.Page
