package bus

import "context"

// traceHeader is the W3C Trace Context header, carried unchanged.
const traceHeader = "traceparent"

type traceKey struct{}

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
