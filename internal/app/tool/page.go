package tool

import "huiying/internal/web/shortcut"

// Page writes a page that stands alone: what a proxy in front of the service
// shows while it restarts.
func Page(s Streams, kind string) error {
	body, err := shortcut.Page(s.Words, kind)
	if err != nil {
		return err
	}
	_, err = s.Out.Write(body)
	return err
}
