// Package huiying holds the words every room shares: Post, Event, Alert, Case,
// Source, Rule, levels and error codes. It imports the standard library only
// and does nothing but define, check and name things; collection is in
// crawler, judgement in analyzer, telling people and keeping the record in
// notifier.
//
// Times are UTC in memory and in the store; JSON for people and for other
// systems carries the office zone's offset (see Post.In and Event.In). Text
// offsets are half-open rune offsets in the strings as received.
package huiying
