// Package snapshot copies whole streams out of a JetStream server and back
// into one, by the server's own way of doing so, messages under their numbers.
// The stream goes on meanwhile. Durables are noted before the messages are
// copied, and begin again after what they had acknowledged then: the server's
// own copy of them is made last, and may stand past the last message, so that
// what comes next would be passed over. It holds a few pieces in memory, never
// a stream, and refuses a copy that did not come to its end.
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
	Config   json.RawMessage `json:"config"`
	State    json.RawMessage `json:"state"`
	Durables []Durable       `json:"durables,omitempty"`
}

// Durable is a durable consumer as it was before the messages were copied.
type Durable struct {
	Name   string         `json:"name"`
	Config map[string]any `json:"config"`
	Floor  uint64         `json:"floor"` // all up to here was acknowledged
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
	known, err := durables(ctx, conn, stream)
	if err != nil {
		return Form{}, err
	}
	form := Form{Durables: known}
	order := map[string]any{"deliver_subject": inbox, "no_consumers": true, "jsck": true, "chunk_size": piece, "window_size": window}
	if err := ask(ctx, conn, "$JS.API.STREAM.SNAPSHOT."+stream, order, &form); err != nil {
		return Form{}, fmt.Errorf("copy stream %s: %w", stream, err)
	}
	if err := pour(ctx, sub, w); err != nil {
		return Form{}, fmt.Errorf("copy stream %s: %w", stream, err)
	}
	return form, nil
}

// durables notes the durables of a stream.
func durables(ctx context.Context, conn *nats.Conn, stream string) ([]Durable, error) {
	var all []Durable
	for seen := 0; ; {
		var page struct {
			Total     int `json:"total"`
			Consumers []struct {
				Name   string         `json:"name"`
				Config map[string]any `json:"config"`
				Floor  struct {
					Seq uint64 `json:"stream_seq"`
				} `json:"ack_floor"`
			} `json:"consumers"`
		}
		if err := ask(ctx, conn, "$JS.API.CONSUMER.LIST."+stream, map[string]int{"offset": seen}, &page); err != nil {
			return nil, fmt.Errorf("list the consumers of %s: %w", stream, err)
		}
		for _, c := range page.Consumers {
			if name, _ := c.Config["durable_name"].(string); name != "" {
				all = append(all, Durable{name, c.Config, c.Floor.Seq})
			}
		}
		if seen += len(page.Consumers); len(page.Consumers) == 0 || seen >= page.Total {
			return all, nil
		}
	}
}

// begin makes a durable that goes on after its floor.
func (d Durable) begin(ctx context.Context, conn *nats.Conn, stream string, queue bool) error {
	if start, _ := d.Config["opt_start_seq"].(float64); !queue && d.Floor+1 > uint64(start) { // a queue holds only what is to be done
		d.Config["deliver_policy"], d.Config["opt_start_seq"] = "by_start_sequence", d.Floor+1
	}
	order := map[string]any{"stream_name": stream, "config": d.Config}
	if err := ask(ctx, conn, "$JS.API.CONSUMER.DURABLE.CREATE."+stream+"."+d.Name, order, nil); err != nil {
		return fmt.Errorf("restore consumer %s of %s: %w", d.Name, stream, err)
	}
	return nil
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

// kind says how a stream gives up messages: queue when they are consumed, lasting
// when neither that nor their age takes them.
func (f Form) kind() (queue, lasting bool) {
	var c struct {
		Retention string `json:"retention"`
		MaxAge    int64  `json:"max_age"`
	}
	known := json.Unmarshal(f.Config, &c) == nil
	return c.Retention == "workqueue", known && c.Retention == "limits" && c.MaxAge == 0
}

// Load makes a stream of a copy. The server must not have one of that name; it
// must then have come as far as the one that was copied.
func Load(ctx context.Context, conn *nats.Conn, stream string, form Form, r io.Reader) error {
	want, err := form.Held()
	if err != nil {
		return err
	}
	var begun struct {
		Subject string `json:"deliver_subject"`
	}
	if err := ask(ctx, conn, "$JS.API.STREAM.RESTORE."+stream, Form{Config: form.Config, State: form.State}, &begun); err != nil {
		return fmt.Errorf("restore stream %s: %w", stream, err)
	}
	var made struct {
		State Held `json:"state"`
	}
	if err := fill(ctx, conn, begun.Subject, r, &made); err != nil {
		return fmt.Errorf("restore stream %s: %w", stream, err)
	}
	queue, lasting := form.kind()
	if lasting && made.State.LastSeq < want.LastSeq {
		return fmt.Errorf("restore stream %s: it holds %+v, copied were %+v", stream, made.State, want)
	}
	for _, d := range form.Durables {
		if err := d.begin(ctx, conn, stream, queue); err != nil {
			return err
		}
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
