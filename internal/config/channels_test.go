package config_test

import (
	"fmt"
	"strings"
	"testing"

	"huiying/internal/config"
)

// A limit for files that no mailbox takes, or that means nothing, is refused
// where it stands.
func TestAttachMB(t *testing.T) {
	for mb, fine := range map[int]bool{-2: false, -1: true, 0: true, 10: true, 50: true, 51: false} {
		text := fmt.Sprintf("channels:\n  - {id: mail, kind: email, host: smtp.example, from: a@example.org, attach_mb: %d}\n", mb)
		c, err := config.Parse("f.yaml", []byte(text))
		if (err == nil) != fine {
			t.Errorf("%d: %v", mb, err)
		}
		if err != nil && !strings.HasPrefix(sentence(t, err), "f.yaml:2:") {
			t.Errorf("%d: where? %s", mb, sentence(t, err))
		}
		if err == nil && c.Channels[0].AttachMB != mb {
			t.Errorf("%d became %d", mb, c.Channels[0].AttachMB)
		}
	}
}
