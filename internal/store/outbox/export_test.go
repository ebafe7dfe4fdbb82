package outbox

// Due is the query for what may be sent now.
const Due = waiting + inTurn
