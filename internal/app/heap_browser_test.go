package app_test

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// perSecond is how many posts come while pages are open.
const perSecond = 20

// TestHeapInBrowser leaves pages open while twenty posts a second come in: after
// ten minutes the browser holds no more than at first.
func TestHeapInBrowser(t *testing.T) {
	script := needScript(t, "heap.mjs")
	if os.Getenv("HUIYING_SOAK") == "" {
		t.Skip("takes twelve minutes: run make soak")
	}
	d := newDay(t)
	over := make(chan struct{})
	var flowing sync.WaitGroup
	t.Cleanup(func() { close(over); flowing.Wait() })
	d.play(script, map[string]any{"people": d.words, "minutes": 10}, func(w wish) any {
		switch w.Ask {
		case "flow":
			flowing.Go(func() { d.flow(over) })
			return struct{}{}
		case "memory":
			return map[string]string{"text": d.memory()}
		}
		return d.grant(w)
	})
	d.end()
}

// flow publishes posts at an even pace; one in forty is what a rule looks for.
func (d *day) flow(over <-chan struct{}) {
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		text := fmt.Sprintf("第%d天的城东公园，傍晚散步的人不少，湖边新修了步道", n)
		if n%40 == 0 {
			text = fmt.Sprintf("东区大厅%d号窗口今天又要排队两小时", n)
		}
		if _, err := d.feed.Append(text); err != nil {
			d.t.Error(err)
			return
		}
	}
}

// memory is what the service takes, and took at most.
func (d *day) memory() string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.cmd.Process.Pid))
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "VmRSS") || strings.HasPrefix(line, "VmHWM") {
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
	}
	return strings.Join(out, ", ")
}
