package api

import (
	"strconv"
	"strings"
	"time"
)

// Place is where a page of a list ends that goes by time, and by id within one
// moment: many rows may be made in one.
func Place(at time.Time, id string) string {
	return strconv.FormatInt(at.UnixMicro(), 10) + "." + id
}

// ReadPlace reads what Place wrote; anything else is the beginning.
func ReadPlace(text string) (at time.Time, id string) {
	micros, id, _ := strings.Cut(text, ".")
	us, err := strconv.ParseInt(micros, 10, 64)
	if err != nil || us <= 0 {
		return time.Time{}, ""
	}
	return time.UnixMicro(us), id
}
