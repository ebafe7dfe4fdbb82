package templates

// Funcs are the functions of templates, for tests.
var Funcs = funcs
