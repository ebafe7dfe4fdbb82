package analyzer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"huiying"
	"huiying/analyzer/gather"
	"huiying/analyzer/jsonl"
)

// maxLine is the longest line of a stream, in bytes.
const maxLine = 64 << 20

// Stream is posts in, events out.
type Stream struct {
	In      io.Reader // one post a line, as JSON
	Out     io.Writer // one event a line, in the order of the posts
	Workers int       // at least 1
	// Bad is told of each line that is no post; the stream goes on without it.
	// It is called from one goroutine, in order.
	Bad func(line int, err error)
}

// Stats is what a stream held.
type Stats struct {
	Posts  int `json:"posts"`
	Tagged int `json:"tagged"`
	Bad    int `json:"bad"`
}

const (
	// batch is how many lines at most go to a worker at once: handing over costs
	// as much as a tenth of the work on one.
	batch = 128
	// maxSpare is how many bytes of a job's memory are kept for the next ones.
	maxSpare = 1 << 20
)

// job is some lines on their way through the stream: read into in, answered
// into out. Its memory is used again.
type job struct {
	in, out []byte
	lines   []line
	tagged  int // of those that are posts
	done    chan struct{}
}

// line is one line that is not empty.
type line struct {
	number   int
	from, to int // in the job's in
	tooLong  bool
	err      error // what is wrong with it
}

// belt is the way of jobs through a stream: to the workers, in order to the
// writer, and back when they are done.
type belt struct {
	todo, order chan *job
	spare       *sync.Pool // of *job; the analyzer's, for streams are often short
}

func newJob() any { return &job{done: make(chan struct{}, 1)} }

// AnalyzeStream analyses JSON lines of posts into JSON lines of events, in the
// same order. The error is one of reading, writing or the context; a bad line
// is none. It returns when the context ends even while In blocks; the goroutine
// that reads ends with the next line then.
func (a *Analyzer) AnalyzeStream(ctx context.Context, s Stream) (Stats, error) {
	workers := max(s.Workers, 1)
	b := &belt{todo: make(chan *job, workers), order: make(chan *job, 4*workers), spare: &a.jobs}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range workers {
		go a.answerAll(ctx, b)
	}
	go func() {
		defer close(b.order)
		defer close(b.todo)
		if err := b.read(ctx, s.In); err != nil {
			cancel(err)
		}
	}()
	return s.write(ctx, b)
}

// read hands out the lines until the end or the context's: as many at once as
// have come already, for nobody waits for a line that has not.
func (b *belt) read(ctx context.Context, in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<16)
	j := b.spare.Get().(*job)
	for number := 1; ; number++ {
		err := j.read(r, number)
		if len(j.lines) > 0 && (err != nil || len(j.lines) == batch || !another(r)) {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case b.order <- j:
			}
			b.todo <- j
			j = b.spare.Get().(*job)
		}
		if errors.Is(err, io.EOF) {
			b.again(j)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read posts: %w", err)
		}
	}
}

// another reports whether the next line has come whole.
func another(r *bufio.Reader) bool {
	came, err := r.Peek(r.Buffered())
	return err == nil && bytes.IndexByte(came, '\n') >= 0
}

// read adds a line of at most maxLine bytes, unless it is empty; of a longer
// one it reads the rest away.
func (j *job) read(r *bufio.Reader, number int) error {
	l := line{number: number, from: len(j.in)}
	for {
		part, err := r.ReadSlice('\n')
		if l.tooLong = l.tooLong || len(j.in)-l.from+len(part) > maxLine; l.tooLong {
			j.in = j.in[:l.from]
		} else {
			j.in = append(j.in, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.to = len(j.in)
		if l.tooLong || len(bytes.TrimSpace(j.in[l.from:])) > 0 {
			j.lines = append(j.lines, l)
		} else {
			j.in = j.in[:l.from]
		}
		return err //nolint:wrapcheck // the caller says what was read
	}
}

// together is for how many posts at once it is asked where they belong: two
// workers meet there, and each meeting costs as much as a post.
const together = 64

// crew is what one worker works with.
type crew struct {
	works   []*work
	matters []gather.Matter // what is asked at once
	of      []*work         // whose matters they are
}

// answerAll answers jobs until there are no more.
func (a *Analyzer) answerAll(ctx context.Context, b *belt) {
	c := &crew{works: make([]*work, together)}
	shared := a.newTools()
	for i := range c.works {
		c.works[i] = a.newWorkWith(shared)
	}
	for j := range b.todo {
		for part := range slices.Chunk(j.lines, together) {
			a.answer(ctx, c, j, part)
		}
		for i, w := range c.works {
			if w.large() {
				c.works[i] = a.newWorkWith(shared)
			}
		}
		j.done <- struct{}{}
	}
}

// answer appends the events of some lines to the job's out. Nobody keeps them,
// so that the next ones have their memory.
func (a *Analyzer) answer(ctx context.Context, c *crew, j *job, lines []line) {
	works := c.works
	for i := range lines {
		if lines[i].err = j.post(&lines[i], works[i].post); lines[i].err == nil {
			a.begin(ctx, works[i])
		}
	}
	a.ask(ctx, c, lines)
	for i := range lines {
		if l, w := &lines[i], works[i]; l.err == nil {
			if l.err = a.finish(w); l.err == nil {
				l.err = a.add(j, w)
			}
			w.judge.Reuse(w.verdict.Intent, w.verdict.Sentiment)
			w.finder.Reuse(w.verdict.Keywords)
		}
	}
}

// post reads the post of a line.
func (j *job) post(l *line, p *huiying.Post) error {
	if l.tooLong {
		return huiying.Errorf(huiying.Invalid, "analyzer.line_too_long", maxLine>>20)
	}
	if err := jsonl.ReadPost(j.in[l.from:l.to], p); err != nil {
		return huiying.Errorf(huiying.Invalid, "analyzer.bad_line", err)
	}
	return nil
}

// ask asks for several posts at once where they belong. Where that fails each is
// asked by itself, as the step does: what breaks one costs no other.
func (a *Analyzer) ask(ctx context.Context, c *crew, lines []line) {
	c.matters, c.of = c.matters[:0], c.of[:0]
	for i := range lines {
		if w := c.works[i]; lines[i].err == nil && w.post.ID != "" {
			c.matters, c.of = append(c.matters, w.matter(len(a.options.Policy) > 0)), append(c.of, w)
		}
	}
	if found, err := a.found(ctx, c.matters); err == nil {
		tell(c.of, found)
	}
	clear(c.matters) // they hold posts
}

// add appends an event to the job's out.
func (a *Analyzer) add(j *job, w *work) error {
	w.event = w.event.In(a.options.Zone)
	var err error
	if j.out, err = jsonl.AppendEvent(j.out, &w.event); err != nil {
		return huiying.Errorf(huiying.Invalid, "analyzer.bad_line", err)
	}
	if len(w.verdict.Tags) > 0 {
		j.tagged++
	}
	return nil
}

// write puts the answers out in order, a job at once: whoever reads us has it
// as soon as it is done.
func (s Stream) write(ctx context.Context, b *belt) (Stats, error) {
	var stats Stats
	for {
		var j *job
		var more bool
		select {
		case <-ctx.Done():
		case j, more = <-b.order:
		}
		if !more {
			return stats, context.Cause(ctx)
		}
		<-j.done
		if _, err := s.Out.Write(j.out); err != nil {
			return stats, fmt.Errorf("write events: %w", err)
		}
		s.count(j, &stats)
		b.again(j)
	}
}

// count adds up what a job held, and tells of its bad lines.
func (s Stream) count(j *job, stats *Stats) {
	stats.Posts += len(j.lines)
	stats.Tagged += j.tagged
	for _, l := range j.lines {
		if l.err == nil {
			continue
		}
		stats.Posts--
		stats.Bad++
		if s.Bad != nil {
			s.Bad(l.number, l.err)
		}
	}
}

// again keeps a job's memory for the next ones, unless a long line made it
// large.
func (b *belt) again(j *job) {
	if cap(j.in)+cap(j.out) <= maxSpare {
		clear(j.lines)
		*j = job{in: j.in[:0], out: j.out[:0], lines: j.lines[:0], done: j.done}
		b.spare.Put(j)
	}
}
