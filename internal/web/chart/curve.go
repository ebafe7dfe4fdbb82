package chart

// Curve is counts along a line: what curve.js draws. Where it has edges a span of
// it can be brushed, which leads to the page of that span.
type Curve struct {
	Labels []string `json:"labels"`
	Edges  []string `json:"edges,omitempty"` // one more than labels, as an address holds times
	Lines  []Line   `json:"lines"`
	Marks  []int    `json:"marks,omitempty"` // labels at which an upright line stands; its name is in data-name-mark
}

// Line is one line; its name is in the attribute data-name-<key>.
type Line struct {
	Key  string `json:"key"`
	Data []int  `json:"data"`
}
