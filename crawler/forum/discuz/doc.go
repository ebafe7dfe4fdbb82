// Package discuz reads Discuz! forums: the touch and desktop pages of X3.x and
// the JSON of /api/mobile/index.php?version=4, in UTF-8 or GBK. A prompt that
// stands in place of content (抱歉，您尚未登录) is classified and never parsed as
// content.
//
// Identity: a thread is forum:<host>/t<tid> on a list as on its own page, where
// it is the first floor; another floor is forum:<host>/p<pid>, a remark under a
// floor (点评) forum:<host>/l<id>. A floor answers the floor it quotes, else the
// thread. Announcements that a list begins with are not threads and are left
// out.
package discuz
