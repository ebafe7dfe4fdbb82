package channel

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"huiying"
)

// Headers of what we send to, and take from, an office's own system.
const (
	HeaderDelivery  = "X-Huiying-Delivery"  // the delivery id: the same for every attempt, so receivers drop repeats
	HeaderTimestamp = "X-Huiying-Timestamp" // Unix seconds
	HeaderSignature = "X-Huiying-Signature" // "sha256=" + hex HMAC-SHA256(secret, timestamp + "." + body)
)

// maxSkew is how old a signature may be.
const maxSkew = 5 * time.Minute

// Signature is the value of HeaderSignature.
func Signature(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// Verify checks the signature of what came in; a channel without a secret takes
// nothing.
func Verify(secret string, h http.Header, body []byte, now time.Time) error {
	stamp := h.Get(HeaderTimestamp)
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || secret == "" || now.Sub(time.Unix(sent, 0)).Abs() > maxSkew ||
		!hmac.Equal([]byte(h.Get(HeaderSignature)), []byte(Signature(secret, stamp, body))) {
		return huiying.Errorf(huiying.Unauthorized, "delivery.unsigned")
	}
	return nil
}
