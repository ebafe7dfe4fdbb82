//go:build linux || darwin || freebsd || dragonfly

package inventory

import "syscall"

// disk is how many bytes are left on the disk of a folder, and how many it has;
// zeros when it does not say. The fields are of other types on every system.
func disk(folder string) (free, whole int64) {
	var s syscall.Statfs_t
	if syscall.Statfs(folder, &s) != nil {
		return 0, 0
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize) //nolint:unconvert // see above
}
