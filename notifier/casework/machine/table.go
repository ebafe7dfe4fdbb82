package machine

import "huiying"

// Roles that appear together in the table.
func triage() []huiying.Role   { return []huiying.Role{huiying.RoleOfficer, huiying.RoleManager} }
func handlers() []huiying.Role { return []huiying.Role{huiying.RoleResponder} }
func movers() []huiying.Role {
	return []huiying.Role{huiying.RoleOfficer, huiying.RoleManager, huiying.RoleResponder}
}
func checkers() []huiying.Role { return []huiying.Role{huiying.RoleReviewer, huiying.RoleManager} }
func senders() []huiying.Role  { return []huiying.Role{huiying.RoleResponder, huiying.RoleOfficer} }
func everyHand() []huiying.Role {
	return []huiying.Role{huiying.RoleResponder, huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager}
}
func heads() []huiying.Role { return []huiying.Role{huiying.RoleManager} }

// A responder's steps are bound to the own unit by guardOwnUnit; the roles of
// approve are narrowed further by level (Policy.Approvers).

// Rows that several states share.

func assign(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionAssign, To: huiying.StateAwaitingAck, Roles: triage(),
		Required: []string{FieldUnit}, Optional: []string{FieldOwner, FieldHelpers, FieldDesignated, FieldLevel, FieldKind, FieldDisposition, FieldNote},
		Guards:  []Guard{guardHelpers, guardLevel, guardKind, guardDisposition},
		Effects: []Effect{effectAssign, effectHelpers, effectLevel, effectKind}}
}

func merge(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionMerge, To: huiying.StateMerged, Roles: triage(),
		Required: []string{FieldInto}, Optional: []string{FieldReason},
		Guards: []Guard{guardInto}, Effects: []Effect{effectMerge, effectClosed}}
}

func dismiss(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionDismiss, To: huiying.StateDismissed, Roles: triage(),
		Required: []string{FieldReason}, Effects: []Effect{effectClosed}}
}

func transferOut(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionTransferOut, To: huiying.StateTransferred, Roles: triage(),
		Required: []string{FieldOrgan, FieldReason},
		Guards:   []Guard{guardOrgan}, Effects: []Effect{effectTransfer}}
}

func archive(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionArchive, To: huiying.StateArchived, Roles: triage()}
}

// opening is how a case begins and is first looked at.
func opening() []Transition {
	return []Transition{
		{Action: ActionDetect, To: huiying.StatePendingTriage, Effects: []Effect{effectDetect}},
		assign(huiying.StatePendingTriage),
		dismiss(huiying.StatePendingTriage),
		{From: huiying.StatePendingTriage, Action: ActionWatch, To: huiying.StateWatching, Roles: triage(),
			Required: []string{FieldReason}, Effects: []Effect{effectWatch}},
		merge(huiying.StatePendingTriage),
		transferOut(huiying.StatePendingTriage),

		assign(huiying.StateWatching),
		merge(huiying.StateWatching),
		{From: huiying.StateWatching, Action: ActionCloseNoAction, To: huiying.StateClosed, Roles: triage(),
			Required: []string{FieldReason}, Guards: []Guard{guardSecondPerson}, Effects: []Effect{effectClosed}},
		dismiss(huiying.StateWatching),
	}
}

func returnBack(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionReturnBack, To: huiying.StatePendingTriage, Roles: handlers(),
		Required: []string{FieldReason},
		Guards:   []Guard{guardOwnUnit, guardDesignated, guardReturnOnce, guardReturnInTime}, Effects: []Effect{effectReturn}}
}

func reassign(from huiying.CaseState) Transition {
	return Transition{From: from, Action: ActionReassign, To: huiying.StateAwaitingAck, Roles: movers(),
		Optional: []string{FieldUnit, FieldOwner, FieldHelpers, FieldDesignated, FieldReason, FieldDeliveryID},
		Guards:   []Guard{guardOwnUnit, guardTarget, guardWithinUnit, guardHelpers}, Effects: []Effect{effectAssign, effectHelpers}}
}

// handling is the work of the unit.
func handling() []Transition {
	return []Transition{
		{From: huiying.StateAwaitingAck, Action: ActionAck, To: huiying.StateHandling, Roles: handlers(),
			Optional: []string{FieldDeliveryID, FieldChannel},
			Guards:   []Guard{guardOwnUnit}, Effects: []Effect{effectAck}},
		returnBack(huiying.StateAwaitingAck),
		reassign(huiying.StateAwaitingAck),
		{From: huiying.StateAwaitingAck, Action: ActionAckTimeout, To: huiying.StateAwaitingAck},

		{From: huiying.StateHandling, Action: ActionSubmit, To: huiying.StateInReview, Roles: handlers(),
			Required: []string{FieldText}, Optional: []string{FieldChecked, FieldKind, FieldDisposition},
			Guards:  []Guard{guardOwnUnit, guardKind, guardDisposition},
			Effects: []Effect{effectSubmit, effectKind}},
		returnBack(huiying.StateHandling),
		reassign(huiying.StateHandling),
		{From: huiying.StateHandling, Action: ActionSuspend, To: huiying.StateSuspended, Roles: movers(),
			Required: []string{FieldReason}, Guards: []Guard{guardOwnUnit, guardPausable}},
		{From: huiying.StateSuspended, Action: ActionResume, To: huiying.StateHandling, Roles: movers(),
			Optional: []string{FieldNote}, Guards: []Guard{guardOwnUnit}},
		transferOut(huiying.StateHandling),
		merge(huiying.StateHandling),
		{From: huiying.StateHandling, Action: ActionUnackTimeout, To: huiying.StateAwaitingAck, Effects: []Effect{effectUnack}},
	}
}

// review is from the draft to what was published.
func review() []Transition {
	return []Transition{
		{From: huiying.StateInReview, Action: ActionApprove, To: huiying.StateApproved, Roles: checkers(),
			Required: []string{FieldSecrecy, FieldBusiness}, Optional: []string{FieldNote},
			Guards:  []Guard{guardApprover, guardNotDrafter, guardSecrecy, guardBusiness},
			Effects: []Effect{effectApprove}},
		{From: huiying.StateInReview, Action: ActionReviewReject, To: huiying.StateHandling, Roles: checkers(),
			Required: []string{FieldReason}, Guards: []Guard{guardNotDrafter}, Effects: []Effect{effectReject}},

		{From: huiying.StateApproved, Action: ActionPublish, To: huiying.StateResponded, Roles: senders(),
			Required: []string{FieldAt}, Optional: []string{FieldURL, FieldReceipt, FieldPlatform, FieldText, FieldDigest},
			Guards:  []Guard{guardOwnUnit, guardPlatform, guardPlace, guardTime, guardAfterApproval, guardApprovedText},
			Effects: []Effect{effectPublish}},
		{From: huiying.StateApproved, Action: ActionRecall, To: huiying.StateHandling, Roles: everyHand(),
			Required: []string{FieldReason}, Guards: []Guard{guardOwnUnit}, Effects: []Effect{effectRecall}},

		{From: huiying.StateResponded, Action: ActionPublishUpdate, To: huiying.StateResponded, Roles: everyHand(),
			Required: []string{FieldAt},
			Optional: []string{FieldURL, FieldReceipt, FieldPlatform, FieldText, FieldDigest, FieldSecrecy, FieldBusiness},
			Guards:   []Guard{guardOwnUnit, guardPlatform, guardPlace, guardTime, guardAfterApproval, guardUpdate},
			Effects:  []Effect{effectUpdate}},
	}
}

// ending is how a case ends, and comes back.
func ending() []Transition {
	return []Transition{
		{From: huiying.StateResponded, Action: ActionClose, To: huiying.StateClosed, Roles: movers(),
			Optional: []string{FieldNote, FieldKind, FieldDisposition, FieldSettlement},
			Guards:   []Guard{guardOwnUnit, guardPublished, guardEveryPlatform, guardKind, guardDisposition, guardSettlement, guardClassified},
			Effects:  []Effect{effectClosed, effectKind}},
		{From: huiying.StateResponded, Action: ActionRequestRating, To: huiying.StateFollowUp, Roles: movers(),
			Optional: []string{FieldNote}, Guards: []Guard{guardOwnUnit, guardEveryPlatform}},
		{From: huiying.StateResponded, Action: ActionNewWave, To: huiying.StateHandling, Roles: triage(),
			Required: []string{FieldReason}, Effects: []Effect{effectRound}},
		{From: huiying.StateFollowUp, Action: ActionRateOK, To: huiying.StateClosed, Roles: triage(),
			Required: []string{FieldGrade}, Optional: []string{FieldNote, FieldSettlement},
			Guards:  []Guard{oneOf("grade_ok", FieldGrade, goodGrades), guardSettlement, guardOtherThanHandler},
			Effects: []Effect{effectRating, effectClosed, effectKind}},
		{From: huiying.StateFollowUp, Action: ActionRateBad, To: huiying.StateHandling, Roles: triage(),
			Required: []string{FieldGrade, FieldReason},
			Guards:   []Guard{oneOf("grade_bad", FieldGrade, badGrades), guardOtherThanHandler},
			Effects:  []Effect{effectRating, effectRound}},
		{From: huiying.StateFollowUp, Action: ActionRatingTimeout, To: huiying.StateClosed, Effects: []Effect{effectClosed}},

		{From: huiying.StateClosed, Action: ActionReopen, To: huiying.StateHandling, Roles: triage(),
			Required: []string{FieldReason}, Effects: []Effect{effectReopen}},
		archive(huiying.StateClosed),
		{From: huiying.StateDismissed, Action: ActionReopen, To: huiying.StatePendingTriage, Roles: triage(),
			Required: []string{FieldReason}, Effects: []Effect{effectReopen}},
		archive(huiying.StateDismissed),
		{From: huiying.StateMerged, Action: ActionUnmerge, To: huiying.StatePendingTriage, Roles: triage(),
			Required: []string{FieldReason}, Effects: []Effect{effectReopen}},
		archive(huiying.StateMerged),
		{From: huiying.StateTransferred, Action: ActionReturned, To: huiying.StatePendingTriage, Roles: triage(),
			Required: []string{FieldReason}, Effects: []Effect{effectReopen}},
		{From: huiying.StateTransferred, Action: ActionReceipt, To: huiying.StateClosed, Roles: triage(),
			Required: []string{FieldReceipt, FieldAt},
			Guards:   []Guard{guardTime, guardAfterTransfer}, Effects: []Effect{effectReceipt, effectClosed}},
	}
}

// anyOpen are the events of every open state.
func anyOpen() []Transition {
	return []Transition{
		{From: AnyOpen, Action: ActionRegrade, Roles: triage(),
			Required: []string{FieldLevel, FieldReason},
			Guards:   []Guard{guardLevel, guardOtherLevel}, Effects: []Effect{effectLevel}},
		{From: AnyOpen, Action: ActionNote, Roles: huiying.Working(),
			Required: []string{FieldNote}, Guards: []Guard{guardOwnUnit}},
		{From: AnyOpen, Action: ActionDraft, Roles: []huiying.Role{huiying.RoleResponder, huiying.RoleOfficer},
			Required: []string{FieldText}, Guards: []Guard{guardOwnUnit, guardDraftable}, Effects: []Effect{effectDraft}},
		{From: AnyOpen, Action: ActionCoAck, Roles: movers(),
			Optional: []string{FieldDeliveryID, FieldChannel}, Guards: []Guard{guardCoAck}},
		{From: AnyOpen, Action: ActionAttach, Roles: triage(),
			Required: []string{FieldPost}, Guards: []Guard{guardNewPost}, Effects: []Effect{effectAttach}},
		{From: AnyOpen, Action: ActionAttachFile, Roles: everyHand(),
			Required: []string{FieldDigest, FieldName, FieldType, FieldSize},
			Guards:   []Guard{guardOwnUnit, guardFile}, Effects: []Effect{effectFile}},
		{From: AnyOpen, Action: ActionEscalate, Roles: everyHand(),
			Required: []string{FieldReason}, Guards: []Guard{guardOwnUnit}},
		{From: AnyOpen, Action: ActionSupervise, Roles: heads(),
			Required: []string{FieldReason}, Effects: []Effect{effectSupervise}},
		{From: AnyOpen, Action: ActionExtend, Roles: heads(),
			Required: []string{FieldPreset, FieldDays, FieldReason},
			Guards:   []Guard{guardNotOwner, guardExtension}, Effects: []Effect{effectExtend}},
		{From: AnyOpen, Action: ActionStartClock, Roles: triage(),
			Required: []string{FieldPreset, FieldReason}, Optional: []string{FieldInstead}, Guards: []Guard{guardInstead}},
		{From: AnyOpen, Action: ActionMeetClock, Roles: movers(),
			Required: []string{FieldPreset, FieldNote}, Guards: []Guard{guardOwnUnit, guardRuns}},
		{From: AnyOpen, Action: ActionBreach},
		{From: AnyOpen, Action: ActionWarn},
		{From: AnyOpen, Action: ActionRemind},
		{From: AnyOpen, Action: ActionRecomputed},
	}
}
