package mine

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// margin is the white around the code that scanners want, in modules.
const margin = 4

// Picture is a QR code as one path of an SVG: nothing of it is a file, and the
// secret in it leaves the page no more than its text does.
type Picture struct {
	Size int    // of one side, in modules
	Path string // the black ones
}

// picture draws a text. Runs of black modules become one rectangle each.
func picture(text string) (Picture, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return Picture{}, fmt.Errorf("draw QR code: %w", err)
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			run := 0
			for x+run < code.Size && code.Black(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+margin, y+margin, run, run)
				x += run
			}
		}
	}
	return Picture{Size: code.Size + 2*margin, Path: path.String()}, nil
}
