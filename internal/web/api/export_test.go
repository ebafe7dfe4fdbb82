package api

// Placed is placed for tests.
var Placed = placed
