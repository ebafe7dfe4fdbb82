package papers

import (
	"os"

	"github.com/goccy/go-yaml"

	"huiying"
	"huiying/crawler/patrol/wording"
	"huiying/notifier/reply"
)

// ReadWords reads the office's own lists: words (wrong, right, level, except)
// as the inspection of the site has them, and sensitive (word, why, except).
func ReadWords(files []string) (wrong []wording.Word, sensitive []reply.Sensitive, err error) {
	sensitive = reply.Builtin()
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, huiying.Errorf(huiying.Invalid, "config.unreadable", file, err)
		}
		var list struct {
			Words     []wording.Word    `yaml:"words"`
			Sensitive []reply.Sensitive `yaml:"sensitive"`
		}
		if err := yaml.UnmarshalWithOptions(raw, &list, yaml.Strict()); err != nil {
			return nil, nil, huiying.Errorf(huiying.Invalid, "reply.words_unreadable", file, err)
		}
		if bad := wording.Bad(list.Words); bad != "" {
			return nil, nil, huiying.Errorf(huiying.Invalid, "patrol.bad_word", file, bad)
		}
		if err := reply.Check(file, list.Sensitive); err != nil {
			return nil, nil, err
		}
		wrong, sensitive = append(wrong, list.Words...), append(sensitive, list.Sensitive...)
	}
	return wrong, sensitive, nil
}
