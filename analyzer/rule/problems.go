package rule

import (
	"errors"

	"huiying"
)

// problemList collects mistakes.
type problemList []error

func (l *problemList) add(key string, args ...any) {
	*l = append(*l, huiying.Errorf(huiying.Invalid, key, args...))
}

func (l problemList) err() error { return errors.Join(l...) }
