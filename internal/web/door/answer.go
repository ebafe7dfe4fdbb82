package door

import "net/http"

// SafeHeaders lets nothing but our own files run, be framed, or be kept on the
// way; secure adds that the next visit comes over https as well.
func SafeHeaders(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// Recorder remembers what was answered, for the measure.
type Recorder struct {
	http.ResponseWriter
	Status int
	Begun  bool // something was sent
}

// Record watches what is answered through w.
func Record(w http.ResponseWriter) *Recorder {
	return &Recorder{ResponseWriter: w, Status: http.StatusOK}
}

// WriteHeader notes the status.
func (r *Recorder) WriteHeader(status int) {
	if !r.Begun {
		r.Status, r.Begun = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write notes that the answer has begun.
func (r *Recorder) Write(b []byte) (int, error) {
	r.Begun = true
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
