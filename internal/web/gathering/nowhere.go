package gathering

import (
	"context"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/web/api"
)

var (
	_ api.Handovers = Nowhere{}
	_ api.Refusals  = Nowhere{}
	_ api.Switch    = Nowhere{}
	_ api.Evidence  = Nowhere{}

	_ api.Corrections = Nowhere{}
	_ api.Topics      = Nowhere{}
)

// Nowhere stands in a process that neither collects nor keeps anything.
type Nowhere struct{}

// Take implements api.Handovers.
func (Nowhere) Take(context.Context, query.Handovers) (huiying.Intake, error) {
	return huiying.Intake{}, huiying.Errorf(huiying.Unavailable, "web.error.no_handovers")
}

// TakeSheet implements api.Handovers.
func (Nowhere) TakeSheet(context.Context, query.Upload) (query.Uploaded, error) {
	return query.Uploaded{}, huiying.Errorf(huiying.Unavailable, "web.error.no_handovers")
}

// All implements api.Refusals where no list is kept.
func (Nowhere) All(context.Context) ([]query.Refusal, error) { return nil, noRefusals() }

// Refuse implements api.Refusals.
func (Nowhere) Refuse(context.Context, query.Refuser, query.NewRefusal) (string, error) {
	return "", noRefusals()
}

// Lift implements api.Refusals.
func (Nowhere) Lift(context.Context, string, huiying.Actor) error { return noRefusals() }

func noRefusals() error { return huiying.Errorf(huiying.Unavailable, "web.error.no_refusals") }

// State implements api.Switch where nothing is collected.
func (Nowhere) State() query.Switch { return query.Switch{} }

// Turn implements api.Switch.
func (Nowhere) Turn(context.Context, query.Switch) error {
	return huiying.Errorf(huiying.Unavailable, "web.error.no_switch")
}

// Proofs implements api.Evidence where there is none.
func (Nowhere) Proofs(context.Context, string, string) ([]query.Proof, error) {
	return nil, noEvidence()
}

// Openings implements api.Evidence.
func (Nowhere) Openings(context.Context, string) ([]query.Opened, error) { return nil, noEvidence() }

// Open implements api.Evidence.
func (Nowhere) Open(context.Context, query.ProofOpening) (query.Page, error) {
	return query.Page{}, noEvidence()
}

func noEvidence() error { return huiying.Errorf(huiying.Unavailable, "web.error.no_evidence") }

// Correct implements api.Corrections where none are kept.
func (Nowhere) Correct(context.Context, query.NewCorrection) error {
	return huiying.Errorf(huiying.Unavailable, "web.error.no_corrections")
}

// Units implements api.Corrections.
func (Nowhere) Units(context.Context) ([]huiying.Unit, error) { return nil, nil }

// Places implements api.Corrections.
func (Nowhere) Places() []string { return nil }

// Topics implements api.Topics where nobody gathers posts.
func (Nowhere) Topics(context.Context) ([]query.Topic, error) { return nil, noTopics() }

// Topic implements api.Topics.
func (Nowhere) Topic(context.Context, string) (query.Topic, error) { return query.Topic{}, noTopics() }

// Decide implements api.Topics.
func (Nowhere) Decide(context.Context, query.NewTopicDecision) (string, error) { return "", noTopics() }

// Decisions implements api.Topics.
func (Nowhere) Decisions(context.Context, string) ([]query.TopicDecision, error) {
	return nil, noTopics()
}

func noTopics() error { return huiying.Errorf(huiying.Unavailable, "web.error.no_topics") }

// Order implements Orders where nothing is collected.
func (Nowhere) Order(context.Context, string) (query.SourceOrder, error) {
	return query.SourceOrder{}, noOrders()
}

// RunNow implements Orders.
func (Nowhere) RunNow(context.Context, string, huiying.Actor) error { return noOrders() }

// SetRate implements Orders.
func (Nowhere) SetRate(context.Context, query.NewRate) error { return noOrders() }

func noOrders() error { return huiying.Errorf(huiying.Unavailable, "source.no_orders") }
