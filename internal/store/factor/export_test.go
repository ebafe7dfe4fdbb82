package factor

// CodeOf and Clean are codeOf and clean for tests.
var (
	CodeOf = codeOf
	Clean  = clean
)
