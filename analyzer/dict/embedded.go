//go:build embeddict

package dict

import (
	"embed"
	"io/fs"
)

//go:embed *.gz
var packed embed.FS

// embedded gives the packed files inside this binary.
func embedded() (fs.FS, bool) { return packed, true }
