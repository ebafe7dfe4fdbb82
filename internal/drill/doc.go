// Package drill plays an incident on one machine: replicas of m.weibo.cn and
// of a portal, a script with chatter around it, scripted people, a webhook
// receiver, and a scoreboard that compares what the replica served and the
// receiver took with what the service stored. It is for newcomers, exercises
// and tests.
//
// It refuses to reach into the service: everything but the scoreboard's Truth
// goes over HTTP, and the drill imports no room.
package drill
