package tool

import (
	"errors"

	"huiying/internal/app"
	"huiying/internal/config"
)

// ConfigCheck prints every mistake of a configuration file, and of the rules,
// profiles and dictionaries it names, each as a sentence.
func ConfigCheck(s Streams, file string) error {
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	if err := errors.Join(app.Check(c)...); err != nil {
		return err
	}
	s.say("config.good", file)
	return nil
}
