package notifier

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huiying"
	"huiying/notifier/channel"
)

// senderMetrics is what operators watch of the outbox.
type senderMetrics struct {
	deliveries  *prometheus.CounterVec
	postToAlert prometheus.Histogram
	oldestDue   prometheus.Gauge
}

// newSenderMetrics has a series of dead letters for every channel from the start:
// what appears at one has not risen, and nobody would be alerted of the first.
func newSenderMetrics(reg prometheus.Registerer, over map[string]channel.Channel) senderMetrics {
	m := senderMetrics{
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiying_notifier_deliveries_total", Help: "Attempts to deliver an alert, by channel and resulting state.",
		}, []string{"channel", "state"}),
		postToAlert: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "huiying_notifier_post_to_alert_seconds",
			Help:    "From the collection of a post to its alert being accepted by a channel at the first attempt.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}),
		oldestDue: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "huiying_notifier_oldest_due_seconds", Help: "How long the oldest delivery of the last look at the outbox had been due.",
		}),
	}
	for id := range over {
		m.deliveries.WithLabelValues(id, string(huiying.DeliveryDead))
	}
	if reg != nil {
		reg.MustRegister(m.deliveries, m.postToAlert, m.oldestDue)
	}
	return m
}

// due notes how late the leased deliveries are; none due is zero.
func (m senderMetrics) due(leased []huiying.Delivery, now time.Time) {
	var oldest time.Duration
	for _, d := range leased {
		oldest = max(oldest, now.Sub(d.NextAt))
	}
	m.oldestDue.Set(oldest.Seconds())
}

// settled counts an attempt.
func (m senderMetrics) settled(d huiying.Delivery) {
	m.deliveries.WithLabelValues(d.Channel, string(d.State)).Inc()
	if d.State == huiying.DeliveryAccepted && d.Attempts == 1 && first(d) {
		m.postToAlert.Observe(d.AcceptedAt.Sub(d.Alert.AcceptedAt).Seconds())
	}
}

// first reports whether the delivery tells of a post as it came in: not of a
// step of its case, a hand-on, a channel that came after another, nor later on
// purpose.
func first(d huiying.Delivery) bool {
	a := d.Alert
	return a.ID == huiying.AlertID(a.PostID, a.Rule, a.Level) && d.CreatedAt.Equal(a.RaisedAt) && d.NotBefore.IsZero()
}
