package limit

// Override is the built-in table with the rows of a file applied, as the
// configuration applies its own.
func Override(raw []byte) ([]Preset, error) {
	rows, err := rowsOf(raw)
	if err != nil {
		return nil, err
	}
	return Apply(Presets(), rows)
}
