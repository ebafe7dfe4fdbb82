package analyzer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"huiying"
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

// batch is how many lines at most go to a worker at once: handing over costs as
// much as a tenth of the work on one.
const batch = 32

// job is some lines on their way through the stream. done carries, for each,
// the event's JSON or what is wrong with it.
type job struct {
	lines []line
	done  chan []answer
}

// line is one line that is not empty.
type line struct {
	number  int
	raw     []byte
	tooLong bool
}

type answer struct {
	raw    []byte
	tagged bool
	err    error
}

// AnalyzeStream analyses JSON lines of posts into JSON lines of events, in the
// same order. The error is one of reading, writing or the context; a bad line
// is none. It returns when the context ends even while In blocks; the goroutine
// that reads ends with the next line then.
func (a *Analyzer) AnalyzeStream(ctx context.Context, s Stream) (Stats, error) {
	workers := max(s.Workers, 1)
	todo := make(chan *job, workers)
	order := make(chan *job, 4*workers)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range workers {
		go func() {
			for j := range todo {
				answers := make([]answer, len(j.lines))
				for i, l := range j.lines {
					answers[i] = a.line(l)
				}
				j.done <- answers
			}
		}()
	}
	go func() {
		defer close(order)
		defer close(todo)
		if err := readLines(ctx, s.In, todo, order); err != nil {
			cancel(err)
		}
	}()
	return s.write(ctx, order)
}

// readLines hands out the lines until the end or the context's: as many at once
// as have come already, for nobody waits for a line that has not.
func readLines(ctx context.Context, in io.Reader, todo, order chan<- *job) error {
	r := bufio.NewReaderSize(in, 1<<16)
	var lines []line
	for number := 1; ; number++ {
		raw, tooLong, err := readLine(r)
		if len(bytes.TrimSpace(raw)) > 0 || tooLong {
			lines = append(lines, line{number, raw, tooLong})
		}
		if len(lines) > 0 && (err != nil || len(lines) == batch || !another(r)) {
			j := &job{lines: lines, done: make(chan []answer, 1)}
			lines = nil
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case order <- j:
			}
			todo <- j
		}
		if errors.Is(err, io.EOF) {
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

// readLine reads one line of at most maxLine bytes; of a longer one it reads
// the rest away.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > maxLine; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, tooLong, err //nolint:wrapcheck // the caller says what was read
		}
	}
}

// line analyses one line.
func (a *Analyzer) line(l line) answer {
	if l.tooLong {
		return answer{err: huiying.Errorf(huiying.Invalid, "analyzer.line_too_long", maxLine>>20)}
	}
	var p huiying.Post
	if err := json.Unmarshal(l.raw, &p); err != nil {
		return answer{err: huiying.Errorf(huiying.Invalid, "analyzer.bad_line", err)}
	}
	ev := a.Analyze(p).In(a.options.Zone)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(ev); err != nil {
		return answer{err: huiying.Errorf(huiying.Invalid, "analyzer.bad_line", err)}
	}
	return answer{raw: out.Bytes(), tagged: len(ev.Data.Tags) > 0}
}

// write puts the answers out in order.
func (s Stream) write(ctx context.Context, order <-chan *job) (Stats, error) {
	var stats Stats
	out := bufio.NewWriter(s.Out)
	for {
		var j *job
		var more bool
		select {
		case <-ctx.Done():
		case j, more = <-order:
		}
		if !more {
			break
		}
		if err := s.one(out, j, &stats); err != nil {
			return stats, fmt.Errorf("write events: %w", err)
		}
		if len(order) > 0 {
			continue
		}
		if err := out.Flush(); err != nil { // nothing else is ready: whoever reads us may have it
			return stats, fmt.Errorf("write events: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return stats, fmt.Errorf("write events: %w", err)
	}
	return stats, context.Cause(ctx)
}

// one writes the answers of one job.
func (s Stream) one(out io.Writer, j *job, stats *Stats) error {
	for i, got := range <-j.done {
		if got.err != nil {
			stats.Bad++
			if s.Bad != nil {
				s.Bad(j.lines[i].number, got.err)
			}
			continue
		}
		stats.Posts++
		if got.tagged {
			stats.Tagged++
		}
		if _, err := out.Write(got.raw); err != nil {
			return err //nolint:wrapcheck // the caller says what was written
		}
	}
	return nil
}
