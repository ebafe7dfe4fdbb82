// Package tieba reads the pages of tieba.baidu.com: the list of a forum, a
// thread with the replies shown inside its floors (楼中楼), the fragment of
// further replies, and the search. Baidu's verification pages are a block and
// are never parsed as content.
//
// Identity: a thread is forum:tieba.baidu.com/t<tid> on the list, in the search
// and on its own page, where it is floor 1; another floor is …/p<post id>, a
// reply inside a floor …/l<spid>. An author is known by the portrait, the only
// id that the list, the thread and the replies all show; the search shows names
// only.
package tieba
