package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// writeWithin is how long one write may take: a reader that takes longer is
// gone.
const writeWithin = 5 * time.Second

// Serve answers one stream as server-sent events until the reader leaves, is
// too slow, or still says no. still is asked with every heartbeat whether the
// reader may go on.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, still func(context.Context) bool) error {
	control := http.NewResponseController(w)
	after, err := strconv.ParseInt(r.Header.Get("Last-Event-ID"), 10, 64)
	reader, missed, last, resync, ok := h.join(after, err == nil)
	if !ok {
		return errors.New("the live stream has ended")
	}
	defer h.leave(reader)
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("Cache-Control", "no-store")
	head.Set("X-Accel-Buffering", "no") // nginx would hold events back
	s := stream{w: w, control: control}
	s.send("retry: 3000\n")
	if resync {
		s.send(fmt.Sprintf("id: %d\nevent: resync\ndata: {}\n", last))
	} else {
		s.send(fmt.Sprintf("id: %d\nevent: hello\ndata: {}\n", last))
	}
	for _, b := range missed {
		s.batch(b)
	}
	return s.follow(r.Context(), follow{h, reader, still})
}

type follow struct {
	hub    *Hub
	reader *reader
	still  func(context.Context) bool
}

type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

func (s *stream) follow(ctx context.Context, f follow) error {
	beat := time.NewTicker(f.hub.options.Heartbeat)
	defer beat.Stop()
	for s.err == nil {
		select {
		case <-ctx.Done():
			return nil
		case b, open := <-f.reader.batches:
			if !open {
				return nil // dropped: the browser comes back and resumes, or is told to resync
			}
			s.batch(b)
		case <-beat.C:
			if !f.still(ctx) {
				return nil
			}
			s.send(": beat\n")
		}
	}
	return nil // the reader is gone; there is nobody to tell
}

func (s *stream) batch(b Batch) {
	body, err := encode(b)
	if err != nil {
		s.err = err
		return
	}
	s.send(fmt.Sprintf("id: %d\nevent: news\ndata: %s\n", b.ID, body))
}

// send writes one event and pushes it out.
func (s *stream) send(event string) {
	if s.err != nil {
		return
	}
	// A writer without deadlines (a test's recorder) is taken as it is.
	_ = s.control.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, s.err = s.w.Write([]byte(event + "\n")); s.err == nil {
		s.err = s.control.Flush()
	}
}
