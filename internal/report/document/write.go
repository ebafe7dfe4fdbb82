package document

import (
	"io"
	"strings"
	"time"

	"huiying"
)

// Formats are the names of what Write makes.
func Formats() []string { return []string{"docx", "xlsx", "html", "text"} }

// Write writes a document in a format; huiying.Invalid for one that there is
// not. Made is when, as the file itself says.
func Write(w io.Writer, d Document, format string, made time.Time) error {
	switch format {
	case "docx":
		return DOCX(w, d, made)
	case "xlsx":
		return XLSX(w, d)
	case "html":
		return HTML(w, d)
	case "text":
		text, err := Text(d)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		return err
	}
	return huiying.Errorf(huiying.Invalid, "report.no_format", format, strings.Join(Formats(), ", "))
}
