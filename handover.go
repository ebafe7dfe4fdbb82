package huiying

// Handover is one case that another office hands over: a letter to its
// mailbox, a call to the hotline, a question asked online. Times are RFC 3339
// or as people write them (2026-01-05 10:30) in the office zone; a deadline
// without a clock means the end of that day. Number, Text and Time are
// required.
type Handover struct {
	Number  string           `json:"number" doc:"The handing-over office's own number; with the source's platform it names the case for ever"`
	Title   string           `json:"title,omitempty"`
	Text    string           `json:"text" doc:"What the person asks for"`
	Time    string           `json:"time" doc:"When the office received it"`
	Due     string           `json:"due,omitempty" doc:"The deadline it is handed over with; a day means its end"`
	Status  string           `json:"status,omitempty" doc:"As the office writes it: 受理, 办理中, 已答复; or received, handling, answered"`
	Name    string           `json:"name,omitempty" doc:"Of the person; becomes a pseudonym"`
	Phone   string           `json:"phone,omitempty" doc:"Of the person; kept sealed with the evidence only"`
	Region  string           `json:"region,omitempty"`
	Unit    string           `json:"unit,omitempty" doc:"Whom the office charged with it; kept with the evidence, and names an answer's author where the answer does not"`
	URL     string           `json:"url,omitempty"`
	Answers []HandoverAnswer `json:"answers,omitempty"`
}

// HandoverAnswer is an answer the person has been given already.
type HandoverAnswer struct {
	Org  string `json:"org,omitempty"`
	Time string `json:"time,omitempty"`
	Text string `json:"text"`
}

// Intake is what came of a list of hand-overs. Those that were accepted stay
// accepted whatever the others lack.
type Intake struct {
	Accepted int           `json:"accepted" doc:"Durably stored; sending them again changes nothing"`
	Errors   []IntakeFault `json:"errors" doc:"One for each that was not accepted"`
}

// IntakeFault is why one hand-over was not accepted.
type IntakeFault struct {
	Index   int    `json:"index" doc:"Of the list, from 0; of a sheet the number of the row, from 1"`
	Number  string `json:"number"`
	Message string `json:"message" doc:"What is wrong and what to do"`
}
