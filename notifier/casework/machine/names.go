package machine

// The actions of the case machine.
const (
	ActionDetect        = "detect"
	ActionAssign        = "assign"
	ActionWatch         = "watch"
	ActionDismiss       = "dismiss"
	ActionMerge         = "merge"
	ActionUnmerge       = "unmerge"
	ActionTransferOut   = "transfer_out"
	ActionReturned      = "returned"
	ActionReceipt       = "receipt"
	ActionCloseNoAction = "close_no_action"
	ActionAck           = "ack"
	ActionReturnBack    = "return_back"
	ActionReassign      = "reassign"
	ActionAckTimeout    = "ack_timeout"
	ActionUnackTimeout  = "unack_timeout"
	ActionSuspend       = "suspend"
	ActionResume        = "resume"
	ActionSubmit        = "submit"
	ActionReviewReject  = "review_reject"
	ActionApprove       = "approve"
	ActionRecall        = "recall"
	ActionPublish       = "publish"
	ActionPublishUpdate = "publish_update"
	ActionRequestRating = "request_rating"
	ActionRateOK        = "rate_ok"
	ActionRateBad       = "rate_bad"
	ActionRatingTimeout = "rating_timeout"
	ActionNewWave       = "new_wave"
	ActionClose         = "close"
	ActionReopen        = "reopen"
	ActionArchive       = "archive"

	// Of every open state.
	ActionRegrade    = "regrade"
	ActionEscalate   = "escalate"
	ActionSupervise  = "supervise"
	ActionExtend     = "extend"
	ActionNote       = "note"
	ActionAttach     = "attach_mention"
	ActionBreach     = "breach"
	ActionRecomputed = "clock_recomputed"
	ActionDraft      = "draft"       // a version of the reply, kept without asking for review
	ActionCoAck      = "co_ack"      // a further person acknowledges where one is not enough
	ActionAttachFile = "attach_file" // an attachment, by digest
	ActionWarn       = "warn"        // a time limit comes near
	ActionRemind     = "remind"      // acknowledged, and nothing done since
	ActionStartClock = "start_clock" // a time limit that a person starts
	ActionMeetClock  = "meet_clock"  // a time limit that a person records as met
)

// The fields a command may carry. Words (text, note, reason, name) enter the
// record as digests; the rest as they are.
const (
	FieldUnit        = "unit"
	FieldOwner       = "owner"
	FieldHelpers     = "helpers" // unit ids, separated by spaces
	FieldDesignated  = "designated"
	FieldLevel       = "level"
	FieldKind        = "kind"
	FieldDisposition = "disposition"
	FieldSettlement  = "settlement"
	FieldText        = "text"
	FieldDigest      = "digest"
	FieldURL         = "url"
	FieldReceipt     = "receipt"
	FieldPlatform    = "platform"
	FieldAt          = "at"
	FieldReason      = "reason"
	FieldNote        = "note"
	FieldPost        = "post"
	FieldInto        = "into" // the case to merge into
	FieldOrgan       = "organ"
	FieldGrade       = "grade"
	FieldPreset      = "preset"
	FieldDays        = "days"
	FieldInstead     = "instead" // the limit that another takes the place of
	FieldDeliveryID  = "delivery_id"
	FieldChannel     = "channel"
	FieldSecrecy     = "secrecy"
	FieldBusiness    = "business"
	FieldChecked     = "checked" // the remarks on the text were read
	FieldName        = "name"
	FieldType        = "type"
	FieldSize        = "size"
)

// Words reports whether the field holds what a person wrote: it enters the
// record as a digest, the words lie beside it and can be purged.
func Words(field string) bool {
	switch field {
	case FieldText, FieldNote, FieldReason, FieldName:
		return true
	}
	return false
}

// Payload keys that are not fields of a command.
const (
	PayloadTitle     = "title"
	PayloadTopic     = "topic"
	PayloadRule      = "rule"
	PayloadFirstSeen = "first_seen_at"
	PayloadPublished = "published_at"
	PayloadPosts     = "posts"  // of a merged case, separated by spaces
	PayloadFrom      = "from"   // the case that was merged into this one
	PayloadLadder    = "ladder" // the ladder after the step, as JSON
	PayloadTold      = "told"   // receipts: delivery ids, separated by spaces
	PayloadWhy       = "why"    // of a rung that told nobody

	PayloadPlatform = "origin.platform"
	PayloadKind     = "origin.kind"
	PayloadIntent   = "origin.intent"
)

// Organs are the bodies a case may be handed to: the police, the cyberspace
// administration, the petition office, another.
func Organs() []string { return []string{"police", "cyberspace", "petition", "other"} }

// Grades are the five of 国办发〔2019〕51号, the best first; the last two are bad.
func Grades() []string {
	return []string{"very_satisfied", "satisfied", "basically_satisfied", "dissatisfied", "very_dissatisfied"}
}

func goodGrades() []string { return Grades()[:3] }

func badGrades() []string { return Grades()[3:] }

// Kinds are the five kinds of matters that must be answered (国办发〔2016〕61号), as
// they stand in Case.Kind; their names are in the catalogue.
func Kinds() []string {
	return []string{"policy", "vital_interest", "livelihood", "emergency", "superior"}
}

// Dispositions are the six of 国办发〔2016〕80号.
func Dispositions() []string {
	return []string{"constructive", "difficulty", "major_problem", "unclear", "mistaken", "false"}
}

// Settlements are the four of 三到位一处理: a just demand is solved, an unjust one
// is explained, hardship is helped, a breach of law is handled by law.
func Settlements() []string { return []string{"solved", "explained", "helped", "by_law"} }

// Platforms are where a reply may be given.
func Platforms() []string {
	return []string{"weibo", "portal", "forum", "feed", "hotline", "mailbox", "consult", "news", "wechat", "other"}
}

// askedDirectly are the platforms on which a citizen asked the office itself
// and is owed an answer on the same one.
func askedDirectly() []string { return []string{"hotline", "mailbox", "consult"} }
