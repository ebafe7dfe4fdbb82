// Package huge makes large tables that are read here and there: dictionaries,
// weights of models, indices. Where the system offers it, their memory comes
// in pages of 2 MiB instead of 4 KiB, so that finding a row's page is not
// slower than reading the row. It refuses nothing: where there are no such
// pages, tables are as ever.
package huge

import "unsafe"

// least is from which size on, in bytes, a table surely holds a whole page of
// 2 MiB.
const least = 4 << 20

// Table makes a slice of n zeros. T holds no pointers.
func Table[T any](n int) []T {
	table := make([]T, n)
	if size := uintptr(n) * unsafe.Sizeof(*new(T)); size >= least {
		ask(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(table))), size))
	}
	return table
}
