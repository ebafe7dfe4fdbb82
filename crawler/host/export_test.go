package host

import (
	"context"
	"net"
)

// Dial connects as questions do.
func Dial(ctx context.Context, p Private, address string) (net.Conn, error) {
	return newGuard(func() Private { return p }).DialContext(ctx, "tcp", address)
}
