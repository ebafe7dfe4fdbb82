package app

import (
	"huiying/internal/query"
	"huiying/internal/report/effect"
	"huiying/internal/store/studies"
)

// interpretations is what interprets events, with the comparison of opinion
// around a moment.
type interpretations struct{ *studies.Book }

// Effect compares opinion before and after a moment.
func (interpretations) Effect(posts []query.EffectPost, a query.EffectAsk) query.Effect {
	return effect.Of(posts, a)
}
