package web

import (
	"encoding/json"
	"strings"

	"huiying/internal/web/live"
)

// LiveSubjects are the bus subjects the live stream follows.
func LiveSubjects() []string {
	return []string{"huiying.event.>", "huiying.alert.>", "huiying.case.>"}
}

// tell turns a message of the bus into news. Only its level and case number
// are taken: the stream carries nothing that not everybody may read. A message
// it cannot read is still news.
func (s *Server) tell(subject string, body []byte) {
	parts := strings.Split(subject, ".")
	if len(parts) < 3 {
		return
	}
	var about struct {
		CaseNo string `json:"case_no"`
	}
	switch parts[1] {
	case "event":
		s.hub.Tell(live.News{Kind: live.KindPost, Level: parts[2]})
		return
	case "alert", "case":
		if err := json.Unmarshal(body, &about); err != nil {
			about.CaseNo = ""
		}
	}
	switch parts[1] {
	case "alert":
		s.hub.Tell(live.News{Kind: live.KindAlert, Level: parts[2], Case: about.CaseNo})
	case "case":
		s.hub.Tell(live.News{Kind: live.KindCase, Case: about.CaseNo})
	}
}
