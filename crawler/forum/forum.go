// Package forum reads local forums: Discuz! sites and Baidu Tieba. It refuses
// to sign in and to go around a verification page: such an answer ends the
// visit and is reported. The formats themselves are read by the packages discuz
// and tieba.
package forum

import (
	"maps"

	"huiying/crawler"
	"huiying/crawler/forum/discuz"
	"huiying/crawler/forum/tieba"
)

// Surfaces are the parsers of all forums by the names of their surfaces.
func Surfaces() map[string]crawler.Parse {
	out := discuz.Surfaces()
	maps.Copy(out, tieba.Surfaces())
	return out
}
