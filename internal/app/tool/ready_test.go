package tool_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huiying"
	"huiying/internal/app/tool"
)

func TestReady(t *testing.T) {
	status := http.StatusOK
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
	}))
	address := strings.TrimPrefix(s.URL, "http://")
	if err := tool.Ready(t.Context(), address); err != nil {
		t.Error(err)
	}
	status = http.StatusServiceUnavailable
	if err := tool.Ready(t.Context(), address); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Error(err)
	}
	s.Close()
	if err := tool.Ready(t.Context(), address); huiying.ErrorCode(err) != huiying.Unavailable {
		t.Error(err)
	}
}
