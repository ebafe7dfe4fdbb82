package seat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"huiying"
)

// Headers of an answer that is an error, or says that the seat is left.
const (
	headerCode = "Huiying-Code"
	headerKey  = "Huiying-Key"
	headerArgs = "Huiying-Args"
	headerLeft = "Huiying-Left"
)

// patience is how long a question waits for somebody to sit, and an answer may
// take.
const patience = 2 * TTL

func (s *Seat) subject(term string) string { return "huiying.seat." + s.o.Name + "." + term }

// answerAll answers questions until ctx ends.
func (s *Seat) answerAll(ctx context.Context, term string, sitter Sitter) error {
	var working sync.WaitGroup
	slots := make(chan struct{}, workers)
	sub, err := s.conn.Subscribe(s.subject(term), func(m *nats.Msg) {
		slots <- struct{}{}
		working.Go(func() {
			defer func() { <-slots }()
			s.respond(ctx, m, sitter)
		})
	})
	if err != nil {
		return fmt.Errorf("take questions: %w", err)
	}
	s.seat(sitter)
	<-ctx.Done()
	s.seat(nil)
	err = sub.Drain()
	for sub.IsValid() && !s.conn.IsClosed() && pause(context.WithoutCancel(ctx), time.Millisecond) {
	}
	working.Wait()
	s.asking.Wait()
	if err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
		return fmt.Errorf("end questions: %w", err)
	}
	return nil
}

// seat says who answers in this process.
func (s *Seat) seat(sitter Sitter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sitter = sitter
}

// respond answers one question of another process.
func (s *Seat) respond(ctx context.Context, m *nats.Msg, sitter Sitter) {
	reply := &nats.Msg{Subject: m.Reply, Header: nats.Header{}}
	if ctx.Err() != nil || !s.sits() {
		reply.Header.Set(headerLeft, "1")
	} else if body, err := sitter.Answer(ctx, m.Data); err != nil {
		s.refuse(reply, err)
	} else {
		reply.Data = body
	}
	if !s.sits() { // held up since: what was found may not hold any more
		reply.Data = nil
		reply.Header.Set(headerLeft, "1")
	}
	if err := s.conn.PublishMsg(reply); err != nil {
		s.o.Logger.Warn("an answer was not sent; the question comes again", "seat", s.o.Name, "error", err)
	}
}

// refuse writes an error so that the asker has the same sentence. The cause of
// one that is ours stays here, in the log.
func (s *Seat) refuse(reply *nats.Msg, err error) {
	var known *huiying.Error
	if !errors.As(err, &known) {
		s.o.Logger.Error("a question was not answered", "seat", s.o.Name, "error", err)
		known = &huiying.Error{Code: huiying.Unavailable, Key: "bus.seat_failed"}
	}
	args := make([]string, len(known.Args))
	for i, a := range known.Args {
		args[i] = fmt.Sprint(a)
	}
	raw, _ := json.Marshal(args) // strings always have JSON
	reply.Header.Set(headerCode, string(known.Code))
	reply.Header.Set(headerKey, known.Key)
	reply.Header.Set(headerArgs, string(raw))
}

// refused is the error in an answer, nil without one.
func refused(m *nats.Msg) error {
	if m.Header.Get(headerCode) == "" {
		return nil
	}
	var args []string
	if err := json.Unmarshal([]byte(m.Header.Get(headerArgs)), &args); err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	said := &huiying.Error{Code: huiying.Code(m.Header.Get(headerCode)), Key: m.Header.Get(headerKey)}
	for _, a := range args {
		said.Args = append(said.Args, a)
	}
	return said
}

// Ask puts a question to whoever sits, this process itself included, and waits
// a while for somebody to. huiying.Unavailable says that there is no answer;
// whether the question was heard is not known then, so it must do no harm to ask
// again. Other errors are those of Answer.
func (s *Seat) Ask(ctx context.Context, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		var answer []byte
		here, err := s.Here(func(sitter Sitter) (err error) {
			answer, err = sitter.Answer(ctx, question)
			return err //nolint:wrapcheck // that of the one who was asked
		})
		if here {
			return answer, err
		}
		answer, again, err := s.askOther(ctx, question)
		if !again {
			return answer, err
		}
		s.know("")
		if !pause(ctx, 50*time.Millisecond) {
			return nil, huiying.Errorf(huiying.Unavailable, "bus.seat_empty", s.o.Name)
		}
	}
}

// Here calls do with who sits in this process, and reports whether somebody
// does. An error of do counts only while the seat is surely held; else it is
// huiying.Unavailable.
func (s *Seat) Here(do func(Sitter) error) (here bool, err error) {
	sitter := s.enter()
	if sitter == nil {
		return false, nil
	}
	defer s.asking.Done()
	if err = do(sitter); !s.sits() {
		err = huiying.Errorf(huiying.Unavailable, "bus.seat_empty", s.o.Name)
	}
	return true, err
}

// enter gives who sits in this process, nil when nobody does; asking is to be
// done with him.
func (s *Seat) enter() Sitter {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sitter == nil || time.Since(s.renewed) >= sure {
		return nil
	}
	s.asking.Add(1)
	return s.sitter
}

// askOther asks the process that holds the seat. again says that nobody heard
// the question.
func (s *Seat) askOther(ctx context.Context, question []byte) (answer []byte, again bool, err error) {
	term, err := s.sitting(ctx)
	if err != nil {
		return nil, huiying.ErrorCode(err) == huiying.NotFound, err
	}
	m, err := s.conn.RequestWithContext(ctx, s.subject(term), question)
	switch {
	case errors.Is(err, nats.ErrNoResponders):
		return nil, true, err
	case err != nil:
		return nil, false, huiying.Errorf(huiying.Unavailable, "bus.seat_silent", s.o.Name, err)
	case m.Header.Get(headerLeft) != "":
		return nil, true, nil
	}
	return m.Data, false, refused(m)
}

// sitting is the term of the holder; huiying.NotFound when nobody sits.
func (s *Seat) sitting(ctx context.Context) (string, error) {
	s.mu.Lock()
	term := s.term
	s.mu.Unlock()
	if term != "" {
		return term, nil
	}
	e, err := s.kv.Get(ctx, holder)
	switch {
	case huiying.ErrorCode(err) == huiying.NotFound:
		return "", err
	case err != nil:
		return "", huiying.Errorf(huiying.Unavailable, "bus.seat_silent", s.o.Name, err)
	}
	s.know(string(e.Value))
	return string(e.Value), nil
}

func (s *Seat) know(term string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.term = term
}
