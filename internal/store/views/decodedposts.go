package views

import (
	"encoding/json"
	"sync"

	"huiying"
)

const (
	decodedMost  = 1024     // posts of a generation
	decodedLarge = 16 << 10 // bytes: a longer judgement is decoded every time
)

// decodedPosts are judgements that were decoded lately, which takes longer than
// reading them: the pages of an office list the same posts again and again. One
// is given again only for the very text it was decoded from, so that nothing in
// it is ever old. They are shared: nobody may change what one points to. The
// zero value is ready.
type decodedPosts struct {
	mu          sync.Mutex
	young, aged map[int64]decodedPost // by number; what nobody asks for ages and goes
}

type decodedPost struct {
	body      string
	judgement huiying.Judgement
}

// judgement decodes the text of a post.
func (d *decodedPosts) judgement(n int64, body string) (huiying.Judgement, error) {
	if known, ok := d.known(n); ok && known.body == body {
		return known.judgement, nil
	}
	var j huiying.Judgement
	if err := json.Unmarshal([]byte(body), &j); err != nil {
		return j, err
	}
	if len(body) <= decodedLarge {
		d.keep(n, decodedPost{body, j})
	}
	return j, nil
}

func (d *decodedPosts) known(n int64) (decodedPost, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if one, ok := d.young[n]; ok {
		return one, true
	}
	one, ok := d.aged[n]
	if ok {
		d.add(n, one)
	}
	return one, ok
}

func (d *decodedPosts) keep(n int64, one decodedPost) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.add(n, one)
}

func (d *decodedPosts) add(n int64, one decodedPost) {
	if d.young == nil || len(d.young) >= decodedMost {
		d.young, d.aged = make(map[int64]decodedPost, decodedMost), d.young
	}
	d.young[n] = one
}
