package papers

import (
	"context"
	"log/slog"
	"slices"

	"huiying"
	"huiying/internal/query"
)

// Each takes a step of several cases, every one for itself.
type Each struct {
	Do     func(ctx context.Context, cmd huiying.Command) (huiying.Case, error)
	Logger *slog.Logger
}

// Take takes the steps in their order and says of each case what became of it:
// one that cannot go on keeps nobody back, and none is left out. A failure that
// is ours is logged and told as one, since the cases before it have moved.
// Errors: huiying.Invalid for no case, more than huiying.MaxTogether, or one
// that is named twice; nothing has moved then.
func (e Each) Take(ctx context.Context, cmds []huiying.Command) ([]query.CaseResult, error) {
	if len(cmds) == 0 || len(cmds) > huiying.MaxTogether {
		return nil, huiying.Errorf(huiying.Invalid, "desk.together_many", huiying.MaxTogether)
	}
	for i, cmd := range cmds {
		if slices.ContainsFunc(cmds[:i], func(c huiying.Command) bool { return c.CaseNo == cmd.CaseNo }) {
			return nil, huiying.Errorf(huiying.Invalid, "desk.together_twice", cmd.CaseNo)
		}
	}
	out := make([]query.CaseResult, len(cmds))
	for i, cmd := range cmds {
		c, err := e.Do(ctx, cmd)
		out[i] = query.CaseResult{No: cmd.CaseNo, State: c.State, Err: err}
		if huiying.ErrorCode(err) == huiying.Internal {
			e.Logger.ErrorContext(ctx, "a case did not move with others", "case", cmd.CaseNo, "action", cmd.Action, "error", err)
		}
	}
	return out, nil
}
