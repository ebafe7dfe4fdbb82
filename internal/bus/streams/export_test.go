package streams

// DoneBy is how far a durable is done, for tests.
var DoneBy = doneBy
