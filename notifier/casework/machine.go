package casework

import (
	"slices"

	"huiying"
)

// The actions of the case machine. Those of the full machine that are not
// listed here are not offered: nothing is listed that does not work.
const (
	ActionDetect        = "detect"
	ActionAssign        = "assign"
	ActionDismiss       = "dismiss"
	ActionAck           = "ack"
	ActionReturnBack    = "return_back"
	ActionReassign      = "reassign"
	ActionSubmit        = "submit"
	ActionReviewReject  = "review_reject"
	ActionApprove       = "approve"
	ActionRecall        = "recall"
	ActionPublish       = "publish"
	ActionPublishUpdate = "publish_update"
	ActionClose         = "close"
	ActionReopen        = "reopen"
	ActionRegrade       = "regrade"
	ActionNote          = "note"
	ActionAttach        = "attach_mention"
	ActionBreach        = "breach"
)

// The fields a command may carry. Words (text, note, reason) enter the record
// as digests; the rest as they are.
const (
	FieldUnit        = "unit"
	FieldOwner       = "owner"
	FieldLevel       = "level"
	FieldKind        = "kind"
	FieldDisposition = "disposition"
	FieldText        = "text"
	FieldDigest      = "digest"
	FieldURL         = "url"
	FieldReceipt     = "receipt"
	FieldAt          = "at"
	FieldReason      = "reason"
	FieldNote        = "note"
	FieldPost        = "post"
	FieldDeliveryID  = "delivery_id"
	FieldChannel     = "channel"
	FieldSecrecy     = "secrecy"
	FieldBusiness    = "business"
)

// anyOpen stands for every state in which work is still owed.
const anyOpen huiying.CaseState = "*open*"

// Transition is one row of the machine.
type Transition struct {
	From     huiying.CaseState // anyOpen for every open state, "" for no case yet
	Action   string
	To       huiying.CaseState // "" keeps the state
	Roles    []huiying.Role    // who may; none = only the system and rules
	Guards   []Guard
	Required []string
	Optional []string
	Effects  []Effect
}

// Roles that appear together in the table.
var (
	triage   = []huiying.Role{huiying.RoleOfficer, huiying.RoleManager}
	handlers = []huiying.Role{huiying.RoleResponder}
	movers   = []huiying.Role{huiying.RoleOfficer, huiying.RoleManager, huiying.RoleResponder}
	checkers = []huiying.Role{huiying.RoleReviewer, huiying.RoleManager}
	senders  = []huiying.Role{huiying.RoleResponder, huiying.RoleOfficer}
	recalls  = []huiying.Role{huiying.RoleResponder, huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager}
)

// machine is the table, in the order pages offer the actions. A responder's
// steps are bound to the own unit by guardOwnUnit; roles of approve narrow
// further by level (Policy.Approvers).
var machine = []Transition{
	{Action: ActionDetect, To: huiying.StatePendingTriage, Effects: []Effect{effectDetect}},

	{From: huiying.StatePendingTriage, Action: ActionAssign, To: huiying.StateAwaitingAck, Roles: triage,
		Required: []string{FieldUnit}, Optional: []string{FieldOwner, FieldLevel, FieldKind, FieldDisposition, FieldNote},
		Guards:  []Guard{guardLevel, guardKind, guardDisposition},
		Effects: []Effect{effectAssign, effectLevel, effectKind}},
	{From: huiying.StatePendingTriage, Action: ActionDismiss, To: huiying.StateDismissed, Roles: triage,
		Required: []string{FieldReason}, Effects: []Effect{effectClosed}},

	{From: huiying.StateAwaitingAck, Action: ActionAck, To: huiying.StateHandling, Roles: handlers,
		Optional: []string{FieldDeliveryID, FieldChannel},
		Guards:   []Guard{guardOwnUnit}, Effects: []Effect{effectAck}},
	{From: huiying.StateAwaitingAck, Action: ActionReturnBack, To: huiying.StatePendingTriage, Roles: handlers,
		Required: []string{FieldReason},
		Guards:   []Guard{guardOwnUnit, guardReturnOnce}, Effects: []Effect{effectReturn}},
	{From: huiying.StateAwaitingAck, Action: ActionReassign, To: huiying.StateAwaitingAck, Roles: movers,
		Optional: []string{FieldUnit, FieldOwner, FieldReason, FieldDeliveryID},
		Guards:   []Guard{guardOwnUnit, guardTarget, guardWithinUnit}, Effects: []Effect{effectAssign}},

	{From: huiying.StateHandling, Action: ActionSubmit, To: huiying.StateInReview, Roles: handlers,
		Required: []string{FieldText},
		Guards:   []Guard{guardOwnUnit}, Effects: []Effect{effectSubmit}},
	{From: huiying.StateHandling, Action: ActionReturnBack, To: huiying.StatePendingTriage, Roles: handlers,
		Required: []string{FieldReason},
		Guards:   []Guard{guardOwnUnit, guardReturnOnce}, Effects: []Effect{effectReturn}},
	{From: huiying.StateHandling, Action: ActionReassign, To: huiying.StateAwaitingAck, Roles: movers,
		Optional: []string{FieldUnit, FieldOwner, FieldReason, FieldDeliveryID},
		Guards:   []Guard{guardOwnUnit, guardTarget, guardWithinUnit}, Effects: []Effect{effectAssign}},

	{From: huiying.StateInReview, Action: ActionApprove, To: huiying.StateApproved, Roles: checkers,
		Required: []string{FieldSecrecy, FieldBusiness}, Optional: []string{FieldNote},
		Guards:  []Guard{guardApprover, guardNotDrafter, guardSecrecy, guardBusiness},
		Effects: []Effect{effectApprove}},
	{From: huiying.StateInReview, Action: ActionReviewReject, To: huiying.StateHandling, Roles: checkers,
		Required: []string{FieldReason}, Guards: []Guard{guardNotDrafter}, Effects: []Effect{effectReject}},

	{From: huiying.StateApproved, Action: ActionPublish, To: huiying.StateResponded, Roles: senders,
		Required: []string{FieldAt}, Optional: []string{FieldURL, FieldReceipt, FieldText, FieldDigest},
		Guards:  []Guard{guardOwnUnit, guardPlace, guardTime, guardAfterApproval, guardApprovedText},
		Effects: []Effect{effectPublish}},
	{From: huiying.StateApproved, Action: ActionRecall, To: huiying.StateHandling, Roles: recalls,
		Required: []string{FieldReason}, Guards: []Guard{guardOwnUnit}, Effects: []Effect{effectRecall}},

	{From: huiying.StateResponded, Action: ActionClose, To: huiying.StateClosed, Roles: movers,
		Optional: []string{FieldNote},
		Guards:   []Guard{guardOwnUnit, guardPublished}, Effects: []Effect{effectClosed}},
	{From: huiying.StateResponded, Action: ActionPublishUpdate, To: huiying.StateResponded, Roles: checkers,
		Required: []string{FieldText, FieldAt, FieldSecrecy, FieldBusiness}, Optional: []string{FieldURL, FieldReceipt},
		Guards: []Guard{guardNotDrafter, guardPlace, guardTime, guardSecrecy, guardBusiness}},

	{From: huiying.StateClosed, Action: ActionReopen, To: huiying.StateHandling, Roles: triage,
		Required: []string{FieldReason}, Effects: []Effect{effectReopen}},
	{From: huiying.StateDismissed, Action: ActionReopen, To: huiying.StatePendingTriage, Roles: triage,
		Required: []string{FieldReason}, Effects: []Effect{effectReopen}},

	{From: anyOpen, Action: ActionRegrade, Roles: triage,
		Required: []string{FieldLevel, FieldReason},
		Guards:   []Guard{guardLevel, guardOtherLevel}, Effects: []Effect{effectLevel}},
	{From: anyOpen, Action: ActionNote, Roles: huiying.Roles(),
		Required: []string{FieldNote}, Guards: []Guard{guardOwnUnit}},
	{From: anyOpen, Action: ActionAttach, Roles: triage,
		Required: []string{FieldPost}, Guards: []Guard{guardNewPost}, Effects: []Effect{effectAttach}},
	{From: anyOpen, Action: ActionBreach},
}

// Machine gives a copy of the table.
func Machine() []Transition { return slices.Clone(machine) }

// leads reports whether the row may be taken in the state.
func (t Transition) leads(from huiying.CaseState) bool {
	if t.From == anyOpen {
		return from.Open()
	}
	return t.From == from
}

// target is the state after the row is taken in the state from.
func (t Transition) target(from huiying.CaseState) huiying.CaseState {
	if t.To == "" {
		return from
	}
	return t.To
}

// fields lists the fields the row takes; a required one ends in "!".
func (t Transition) fields() []string {
	out := make([]string, 0, len(t.Required)+len(t.Optional))
	for _, f := range t.Required {
		out = append(out, f+"!")
	}
	return append(out, t.Optional...)
}

// takes reports whether the row knows the field.
func (t Transition) takes(field string) bool {
	return slices.Contains(t.Required, field) || slices.Contains(t.Optional, field)
}

// find gives the row for an action in a state. known says whether any state
// has the action.
func find(table []Transition, from huiying.CaseState, action string) (row Transition, ok, known bool) {
	for _, t := range table {
		if t.Action != action {
			continue
		}
		known = true
		if t.leads(from) {
			return t, true, true
		}
	}
	return Transition{}, false, known
}
