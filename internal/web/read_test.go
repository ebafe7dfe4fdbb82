package web_test

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func readAll(t testing.TB, res *http.Response) string {
	t.Helper()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// scanAny reads a row of any table as text.
func scanAny(r *sql.Rows) (string, error) {
	names, err := r.Columns()
	if err != nil {
		return "", err
	}
	values := make([]any, len(names))
	for i := range values {
		values[i] = new(any)
	}
	if err := r.Scan(values...); err != nil {
		return "", err
	}
	var b strings.Builder
	for i := range values {
		fmt.Fprintf(&b, "%v|", *values[i].(*any))
	}
	return b.String(), nil
}

func itoa(n int) string { return strconv.Itoa(n) }
