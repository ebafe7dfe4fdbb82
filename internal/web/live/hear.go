package live

import (
	"encoding/json"
	"strings"
)

// Subjects are the bus subjects that Hear understands.
func Subjects() []string {
	return []string{"huiying.event.>", "huiying.alert.>", "huiying.case.>"}
}

// Hear turns a message of the bus into news. Only its level and case number
// are taken: the stream carries nothing that not everybody may read. A message
// it cannot read is still news.
func (h *Hub) Hear(subject string, body []byte) {
	parts := strings.Split(subject, ".")
	if len(parts) < 3 {
		return
	}
	var about struct {
		CaseNo string `json:"case_no"`
	}
	switch parts[1] {
	case "event":
		h.Tell(News{Kind: KindPost, Level: parts[2]})
		return
	case "alert", "case":
		if err := json.Unmarshal(body, &about); err != nil {
			about.CaseNo = ""
		}
	}
	switch parts[1] {
	case "alert":
		h.Tell(News{Kind: KindAlert, Level: parts[2], Case: about.CaseNo})
	case "case":
		h.Tell(News{Kind: KindCase, Case: about.CaseNo})
	}
}
