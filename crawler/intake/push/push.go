// Package push takes the hand-overs that other offices' systems send by
// themselves, signed with the secret of their source. It refuses what is not
// signed, what was signed more than five minutes ago, and to answer before
// what it accepts is durable. A repeat changes nothing, so that a sender who
// got no answer sends again.
package push

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"huiying"
	"huiying/internal/locale"
)

// Headers of a push.
const (
	HeaderTimestamp = "Huiying-Timestamp" // unix seconds
	HeaderSignature = "Huiying-Signature" // v1=<hex>; several, separated by commas, while a secret is changed
)

// Limits of a push.
const (
	MaxBody = 8 << 20
	Skew    = 5 * time.Minute
)

// Counter stores hand-overs. An error of Secret means that no push to the
// source is taken.
type Counter interface {
	Secret(ctx context.Context, source string) (string, error)
	TakeJSON(ctx context.Context, source string, lang locale.Lang, body []byte) (huiying.Intake, error)
}

// Handler answers POST /intake/{source}.
type Handler struct {
	Counter Counter
	Words   *locale.Catalogue
	Now     func() time.Time
	Failed  func(ctx context.Context, err error) // is told of a failure that is ours
}

// Sign gives the value of HeaderSignature: HMAC-SHA256 over the timestamp, a
// dot and the body.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// ServeHTTP implements http.Handler. It answers 200 when all were accepted,
// 207 when some were, 422 when none was, each with a huiying.Intake; 401 for a
// bad signature, 413 for a body that is too long, 503 when nothing could be
// stored for now, each with a message.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lang := locale.ParseLang(r.Header.Get("Accept-Language"))
	out, err := h.take(w, r, lang)
	if err != nil {
		h.refuse(r.Context(), w, lang, err)
		return
	}
	status := http.StatusOK
	switch {
	case len(out.Errors) > 0 && out.Accepted > 0:
		status = http.StatusMultiStatus
	case len(out.Errors) > 0:
		status = http.StatusUnprocessableEntity
	}
	answer(w, status, out)
}

func (h *Handler) take(w http.ResponseWriter, r *http.Request, lang locale.Lang) (huiying.Intake, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		return huiying.Intake{}, err
	}
	source := r.PathValue("source")
	if err := h.signed(r, source, body); err != nil {
		return huiying.Intake{}, err
	}
	return h.Counter.TakeJSON(r.Context(), source, lang, body)
}

// signed checks the signature before anything of the body is looked at. A
// source that takes no pushes is answered as a wrong signature is: whoever
// knows no secret learns nothing of the sources.
func (h *Handler) signed(r *http.Request, source string, body []byte) error {
	stamp := r.Header.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return huiying.Errorf(huiying.Unauthorized, "intake.push_unsigned")
	}
	secret, err := h.Counter.Secret(r.Context(), source)
	if err != nil && huiying.ErrorCode(err) != huiying.NotFound {
		return err
	}
	want := Sign(secret, stamp, body)
	right := false
	for given := range strings.SplitSeq(r.Header.Get(HeaderSignature), ",") {
		if hmac.Equal([]byte(strings.TrimSpace(given)), []byte(want)) {
			right = true
		}
	}
	switch {
	case secret == "" || !right:
		return huiying.Errorf(huiying.Unauthorized, "intake.push_unsigned")
	case h.Now().Sub(time.Unix(seconds, 0)).Abs() > Skew:
		return huiying.Errorf(huiying.Unauthorized, "intake.push_late", h.Now().UTC().Format(time.RFC3339))
	}
	return nil
}

func (h *Handler) refuse(ctx context.Context, w http.ResponseWriter, lang locale.Lang, err error) {
	status := http.StatusInternalServerError
	var long *http.MaxBytesError
	switch code := huiying.ErrorCode(err); {
	case errors.As(err, &long):
		status, err = http.StatusRequestEntityTooLarge, huiying.Errorf(huiying.Invalid, "intake.push_big", MaxBody>>20)
	case code == huiying.Unauthorized:
		status = http.StatusUnauthorized
	case code == huiying.NotFound:
		status = http.StatusNotFound
	case code == huiying.Invalid:
		status = http.StatusUnprocessableEntity
	case code == huiying.Unavailable:
		status = http.StatusServiceUnavailable
	default:
		h.Failed(ctx, err)
	}
	Refuse(w, status, h.Words.Sentence(lang, err))
}

// Refuse answers with a sentence alone.
func Refuse(w http.ResponseWriter, status int, message string) {
	answer(w, status, struct {
		Message string `json:"message"`
	}{message})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The sender may have gone; what was accepted is, and a repeat does no harm.
	_ = json.NewEncoder(w).Encode(body)
}
