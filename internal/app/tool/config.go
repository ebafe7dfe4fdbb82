package tool

import (
	"errors"

	"huiying/internal/app"
	"huiying/internal/config"
)

// ConfigCheck prints every mistake of a configuration file, and of the rules,
// profiles and dictionaries it names, each as a sentence; and what looks wrong
// with who is told of alerts, as warnings.
func ConfigCheck(s Streams, file string) error {
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	if err := errors.Join(app.Check(c)...); err != nil {
		return err
	}
	for _, w := range app.Warnings(c) {
		s.say("config.warning", w)
	}
	s.say("config.good", file)
	return nil
}
