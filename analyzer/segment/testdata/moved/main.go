// Command moved cuts its arguments with the dictionaries inside it: a test
// builds it, moves it and runs it where no module cache is.
package main

import (
	"fmt"
	"os"

	"huiying/analyzer/dict"
	"huiying/analyzer/fold"
	"huiying/analyzer/segment"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(state, text string) error {
	if _, err := os.Stat(dict.ModuleFolder()); err == nil {
		return fmt.Errorf("the module's folder %s is still there", dict.ModuleFolder())
	}
	files, err := dict.Locate(dict.Options{State: state})
	if err != nil {
		return err
	}
	s, err := segment.New(files, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	c, _ := s.Acquire()
	defer c.Release()
	t := fold.New(text)
	tokens, err := c.Cut(nil, t)
	if err != nil {
		return err
	}
	for _, token := range tokens {
		fmt.Println(t.Term(token))
	}
	return nil
}
