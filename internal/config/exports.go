package config

import "time"

// Exports bounds the files that people take lists away in.
type Exports struct {
	Keep Duration `yaml:"keep"` // how long a file is kept
	Rows int      `yaml:"rows"` // of one file at most
}

// mostRows is how many rows a sheet holds beside its head.
const mostRows = 1<<20 - 1

func (e Exports) validate(d *decoder) {
	if time.Duration(e.Keep) < time.Hour {
		d.problem("exports.keep", "config.at_least", time.Duration(e.Keep), time.Hour)
	}
	if e.Rows < 1 || e.Rows > mostRows {
		d.problem("exports.rows", "config.export_rows", e.Rows, mostRows)
	}
}
