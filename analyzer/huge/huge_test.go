package huge_test

import (
	"testing"

	"huiying/analyzer/huge"
)

// A table is as long as it was asked for, of zeros, and can be written to its
// ends, whatever the system made of the wish.
func TestTable(t *testing.T) {
	for _, n := range []int{0, 1, 1 << 19, 1<<20 + 3, 5 << 20} {
		table := huge.Table[uint64](n)
		if len(table) != n {
			t.Fatalf("%d rows, want %d", len(table), n)
		}
		for i := range table {
			if table[i] != 0 {
				t.Fatalf("row %d of %d is %d", i, n, table[i])
			}
			table[i] = uint64(i) + 1
		}
		for i := range table {
			if table[i] != uint64(i)+1 {
				t.Fatalf("row %d of %d is %d", i, n, table[i])
			}
		}
	}
}

// BenchmarkRead reads a dictionary's worth of rows here and there, with the
// wish and without.
func BenchmarkRead(b *testing.B) {
	const rows = 4 << 20 // 32 MiB
	for name, table := range map[string][]uint64{"huge": huge.Table[uint64](rows), "plain": make([]uint64, rows)} {
		for i := range table {
			table[i] = uint64(i)
		}
		b.Run(name, func(b *testing.B) {
			at, sum := uint64(1), uint64(0)
			for b.Loop() {
				at = at*6364136223846793005 + 1442695040888963407
				sum += table[(at^sum)>>42]
			}
			if sum == 1 {
				b.Log(sum)
			}
		})
	}
}
