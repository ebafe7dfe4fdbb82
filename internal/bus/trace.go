package bus

import "context"

// traceHeader is the W3C Trace Context header, carried unchanged.
const traceHeader = "traceparent"

type (
	traceKey  struct{}
	tracesKey struct{}
)

// WithTrace returns ctx carrying a W3C traceparent, which Publish puts on its
// messages.
func WithTrace(ctx context.Context, traceparent string) context.Context {
	return context.WithValue(ctx, traceKey{}, traceparent)
}

// Trace is the traceparent of ctx, "" without one. The context of a handler
// carries that of its message, so what a handler publishes belongs to the same
// trace.
func Trace(ctx context.Context) string {
	t, _ := ctx.Value(traceKey{}).(string)
	return t
}

// tracesOf returns ctx carrying the traces of the messages a handler has in hand.
func tracesOf(ctx context.Context, hs []*held) context.Context {
	of := map[string]string{}
	for _, h := range hs {
		if t := h.msg.Headers().Get(traceHeader); t != "" {
			of[h.ID] = t
		}
	}
	switch {
	case len(of) == 0:
		return ctx
	case len(hs) == 1:
		return WithTrace(ctx, of[hs[0].ID])
	}
	return context.WithValue(ctx, tracesKey{}, of)
}

// traceFor is the trace that a message of this id belongs to: an event has the id
// of its post, so that of several posts in hand each goes on in its own.
func traceFor(ctx context.Context, id string) string {
	if of, ok := ctx.Value(tracesKey{}).(map[string]string); ok && of[id] != "" {
		return of[id]
	}
	return Trace(ctx)
}
