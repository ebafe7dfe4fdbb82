package frame

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestTogether(t *testing.T) {
	wrong := errors.New("wrong")
	fine := func(context.Context) error { return nil }
	waits := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for name, c := range map[string]struct {
		parts []func(context.Context) error
		want  error
	}{
		"none":                     {},
		"one":                      {parts: []func(context.Context) error{fine}},
		"each":                     {parts: []func(context.Context) error{fine, fine, fine}},
		"the last fails":           {parts: []func(context.Context) error{waits, waits, func(context.Context) error { return wrong }}, want: wrong},
		"the first fails":          {parts: []func(context.Context) error{func(context.Context) error { return wrong }, waits, waits}, want: wrong},
		"one that stops as others": {parts: []func(context.Context) error{func(context.Context) error { return context.Canceled }, fine}, want: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Together(t.Context(), c.parts...); !errors.Is(err, c.want) || (c.want == nil && err != nil) {
				t.Errorf("%v, not %v", err, c.want)
			}
		})
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := Together(gone, fine, fine); !errors.Is(err, context.Canceled) {
		t.Errorf("who asked has gone: %v", err)
	}
}

// Parts are loaded at the same time: each of these waits for the other.
func TestTogetherAtOnce(t *testing.T) {
	a, b := make(chan int), make(chan int)
	err := Together(t.Context(),
		func(context.Context) error { a <- 1; <-b; return nil },
		func(context.Context) error { <-a; b <- 1; return nil })
	if err != nil {
		t.Fatal(err)
	}
}

func TestTogetherPanics(t *testing.T) {
	for _, at := range []int{0, 1} {
		func() {
			defer func() {
				said, _ := recover().(string)
				if !strings.Contains(said, "of a part") || !strings.Contains(said, "together_test.go") {
					t.Errorf("%d: %.300s", at, said)
				}
			}()
			parts := []func(context.Context) error{
				func(ctx context.Context) error { <-ctx.Done(); return nil }, func(ctx context.Context) error { <-ctx.Done(); return nil },
			}
			parts[at] = func(context.Context) error { panic("of a part") }
			_ = Together(t.Context(), parts...)
		}()
	}
}
