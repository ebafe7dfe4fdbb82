package walk

// back is how far a back-fill of a past window has come in one stream.
type back struct{}
