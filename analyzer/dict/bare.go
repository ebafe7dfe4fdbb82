//go:build !embeddict

package dict

import "io/fs"

// embedded says that this binary was built without dictionaries.
func embedded() (fs.FS, bool) { return nil, false }
