package outbox

// Unsent is the condition that a delivery is still to be sent. It stands in
// three indexes word for word, and SQLite takes them for these words alone; and
// it is no list, for which SQLite would make a table of its own with every row
// that is written (decision 0079). It holds for the innermost deliveries of a
// query.
const Unsent = `(state = 'queued' OR state = 'retrying' OR state = 'sending')`
