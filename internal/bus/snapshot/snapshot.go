// Package snapshot copies whole streams out of a JetStream server and back
// into one, by the server's own way of doing so: messages under their numbers,
// and the durables with what they have acknowledged. The stream goes on
// meanwhile. It holds a few pieces in memory, never a stream, and refuses a
// copy that did not come to its end.
package snapshot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"
)

// Form is how a stream was made and what it held, as the server says it and as
// it wants it back.
type Form struct {
	Config json.RawMessage `json:"config"`
	State  json.RawMessage `json:"state"`
}

// Held is what of a state is told to people and compared.
type Held struct {
	Msgs     uint64 `json:"messages"`
	FirstSeq uint64 `json:"first_seq"`
	LastSeq  uint64 `json:"last_seq"`
}

// Held reads the form's state.
func (f Form) Held() (h Held, err error) {
	if err := json.Unmarshal(f.State, &h); err != nil {
		return h, fmt.Errorf("read the state of a stream: %w", err)
	}
	return h, nil
}

const (
	piece   = 128 << 10
	window  = 4 << 20 // what may be on its way
	silence = 30 * time.Second
)

// Names lists the server's streams.
func Names(ctx context.Context, conn *nats.Conn) ([]string, error) {
	var all []string
	for {
		var page struct {
			Total   int      `json:"total"`
			Streams []string `json:"streams"`
		}
		if err := ask(ctx, conn, "$JS.API.STREAM.NAMES", map[string]int{"offset": len(all)}, &page); err != nil {
			return nil, fmt.Errorf("list the streams: %w", err)
		}
		all = append(all, page.Streams...)
		if len(page.Streams) == 0 || len(all) >= page.Total {
			return all, nil
		}
	}
}

// Look is what a stream holds now.
func Look(ctx context.Context, conn *nats.Conn, stream string) (Held, error) {
	var info struct {
		State Held `json:"state"`
	}
	if err := ask(ctx, conn, "$JS.API.STREAM.INFO."+stream, struct{}{}, &info); err != nil {
		return Held{}, fmt.Errorf("look at stream %s: %w", stream, err)
	}
	return info.State, nil
}

// Save writes a copy of a stream. The server checks every message it gives.
func Save(ctx context.Context, conn *nats.Conn, stream string, w io.Writer) (Form, error) {
	inbox := conn.NewInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return Form{}, fmt.Errorf("copy stream %s: %w", stream, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the server stops where nobody listens
	if err := sub.SetPendingLimits(-1, 4*window); err != nil {
		return Form{}, fmt.Errorf("copy stream %s: %w", stream, err)
	}
	var form Form
	order := map[string]any{"deliver_subject": inbox, "jsck": true, "chunk_size": piece, "window_size": window}
	if err := ask(ctx, conn, "$JS.API.STREAM.SNAPSHOT."+stream, order, &form); err != nil {
		return Form{}, fmt.Errorf("copy stream %s: %w", stream, err)
	}
	if err := pour(ctx, sub, w); err != nil {
		return Form{}, fmt.Errorf("copy stream %s: %w", stream, err)
	}
	return form, nil
}

// pour writes pieces until the empty one that ends them.
func pour(ctx context.Context, sub *nats.Subscription, w io.Writer) error {
	for {
		m, err := next(ctx, sub)
		if err != nil {
			return err
		}
		if len(m.Data) == 0 {
			if status := m.Header.Get("Status"); status != "" && status != "204" {
				return fmt.Errorf("the server gave up: %s %s", status, m.Header.Get("Description"))
			}
			return nil
		}
		if _, err := w.Write(m.Data); err != nil {
			return err
		}
		if m.Reply != "" {
			if err := m.Respond(nil); err != nil {
				return fmt.Errorf("ask for more: %w", err)
			}
		}
	}
}

func next(ctx context.Context, sub *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	m, err := sub.NextMsgWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for the next piece: %w", err)
	}
	return m, nil
}

// Load makes a stream of a copy. The server must not have one of that name; what
// it then holds is compared with what was copied.
func Load(ctx context.Context, conn *nats.Conn, stream string, form Form, r io.Reader) error {
	want, err := form.Held()
	if err != nil {
		return err
	}
	var begun struct {
		Subject string `json:"deliver_subject"`
	}
	if err := ask(ctx, conn, "$JS.API.STREAM.RESTORE."+stream, form, &begun); err != nil {
		return fmt.Errorf("restore stream %s: %w", stream, err)
	}
	var made struct {
		State Held `json:"state"`
	}
	if err := fill(ctx, conn, begun.Subject, r, &made); err != nil {
		return fmt.Errorf("restore stream %s: %w", stream, err)
	}
	if made.State.LastSeq < want.LastSeq || made.State.Msgs < want.Msgs && made.State.FirstSeq <= want.FirstSeq {
		return fmt.Errorf("restore stream %s: it holds %+v, copied were %+v", stream, made.State, want)
	}
	return nil
}

// fill sends pieces, each answered, then the empty one that ends them.
func fill(ctx context.Context, conn *nats.Conn, subject string, r io.Reader, made any) error {
	buf := make([]byte, piece)
	for {
		n, err := io.ReadFull(r, buf)
		if n > 0 {
			if err := send(ctx, conn, subject, buf[:n], nil); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return send(ctx, conn, subject, nil, made)
		case err != nil:
			return err
		}
	}
}

// ask sends a request as JSON.
func ask(ctx context.Context, conn *nats.Conn, subject string, order, into any) error {
	body, err := json.Marshal(order)
	if err != nil {
		return err
	}
	return send(ctx, conn, subject, body, into)
}

// send sends a request and reads the answer, in which the server says what it
// refuses.
func send(ctx context.Context, conn *nats.Conn, subject string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	m, err := conn.RequestWithContext(ctx, subject, body)
	if err != nil {
		return err
	}
	if len(m.Data) == 0 {
		if into != nil {
			return errors.New("the server gave no answer")
		}
		return nil
	}
	var refused struct {
		Error *struct {
			Code        int    `json:"code"`
			Description string `json:"description"`
		} `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &refused); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	if refused.Error != nil {
		return fmt.Errorf("the server refused: %s (%d)", refused.Error.Description, refused.Error.Code)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(m.Data, into); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}
