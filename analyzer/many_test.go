package analyzer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"huiying"
	"huiying/analyzer/gather"
)

// several are posts of three matters, one of them without an id.
func several() []huiying.Post {
	var list []huiying.Post
	for n := range 12 {
		list = append(list, huiying.Post{
			ID: fmt.Sprint("weibo:", n), Source: "weibo-mentions", Platform: huiying.PlatformWeibo, Kind: huiying.KindPost, CollectedAt: time.Date(2026, 11, 23, 9, 0, n, 0, time.UTC),
			Text: strings.Split("政务大厅排队三个小时，谁来管一管 长途汽车站旁边垃圾堆了一星期没人清 今天去体育公园跑步，天气很好", " ")[n%3] + strings.Repeat("！", n/3),
		})
	}
	list[4].ID = ""
	return list
}

// Posts judged together have the events they have one after the other.
func TestJudgeAllIsJudge(t *testing.T) {
	together, single := queueing(t), queueing(t)
	now := func() time.Time { return time.Date(2026, 11, 23, 9, 1, 0, 0, time.UTC) }
	together.options.Now, single.options.Now = now, now
	events, err := together.JudgeAll(t.Context(), several())
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range several() {
		alone, err := single.Judge(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := json.Marshal(events[i])
		if want, _ := json.Marshal(alone); string(got) != string(want) {
			t.Errorf("post %d together\n%s\nalone\n%s", i, got, want)
		}
	}
}

// sulky is a gatherer that answers no question about several posts, or none.
type sulky struct {
	*gather.Room
	gathers, raises error // of more than one
	panics          bool
	asked           int
}

func (s *sulky) Gather(ctx context.Context, list []gather.Matter) ([]gather.Found, error) {
	if s.asked++; len(list) > 1 && s.gathers != nil {
		return nil, s.gathers
	}
	return s.Room.Gather(ctx, list)
}

func (s *sulky) Raise(ctx context.Context, ups ...gather.Rising) error {
	if s.panics {
		panic("no room")
	}
	if len(ups) > 1 && s.raises != nil {
		return s.raises
	}
	return s.Room.Raise(ctx, ups...)
}

// What cannot be asked for all at once is asked for each; that nobody answers is
// an error, and no post counts; what breaks for one is named in its event.
func TestJudgeAllWhereNobodyAnswers(t *testing.T) {
	away := huiying.Errorf(huiying.Unavailable, "bus.seat_empty", "topics")
	for name, c := range map[string]struct {
		s      sulky
		code   huiying.Code
		failed string
	}{
		"gathers each":      {sulky{gathers: errors.New("too many")}, "", ""},
		"raises each":       {sulky{raises: errors.New("too many")}, "", ""},
		"nobody to gather":  {sulky{gathers: away}, huiying.Unavailable, ""},
		"nobody to raise":   {sulky{raises: away}, huiying.Unavailable, ""},
		"raising is broken": {sulky{panics: true}, "", "rise"},
	} {
		a := queueing(t)
		room, err := gather.Open(t.Context(), gather.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.s.Room = room
		a.gatherer = &c.s
		events, err := a.JudgeAll(t.Context(), several())
		if huiying.ErrorCode(err) != c.code || (err == nil) != (len(events) == 12) {
			t.Errorf("%s: %d events, %v", name, len(events), err)
		}
		for _, e := range events {
			broken := c.failed != "" && e.Data.Level == huiying.LevelRed && e.Data.Post.ID != ""
			if (len(e.Data.Failed) == 1 && e.Data.Failed[0].Step == c.failed) != broken || len(e.Data.Failed) > 1 {
				t.Errorf("%s: %s: %+v", name, e.Data.Post.Text, e.Data.Failed)
			}
		}
	}
}
