package dialect

import (
	"regexp"
	"strings"
)

// Fragment is the HTML that an envelope held. Total is how many rows the site
// says there are, 0 when it does not say.
type Fragment struct {
	HTML  string
	Total int64
}

var (
	jcmsRecord = regexp.MustCompile(`(?is)<record(?:\s[^>]*)?>\s*(.*?)\s*</record>`)
	jcmsTotal  = regexp.MustCompile(`(?i)<totalrecord>\s*(\d{1,12})\s*</totalrecord>`)
	jcmsMark   = regexp.MustCompile(`(?i)<(?:datastore|recordset|nextgroup|totalrecord)[\s>/]`)
)

// Records unpacks the answer of JCMS's dataproxy: records of HTML, each in a
// CDATA section or escaped. A list without records is an empty fragment; ok is
// false for what is no such answer. It is read by its marks, not as XML: sites
// send several roots, ampersands as they are and a wrong encoding in the
// prolog.
func Records(body string) (f Fragment, ok bool) {
	if !jcmsMark.MatchString(body) && !jcmsRecord.MatchString(body) {
		return Fragment{}, false
	}
	var b strings.Builder
	for _, m := range jcmsRecord.FindAllStringSubmatch(body, -1) {
		b.WriteString(record(m[1]))
		b.WriteByte('\n')
	}
	if m := jcmsTotal.FindStringSubmatch(body); m != nil {
		f.Total = whole(m[1])
	}
	f.HTML = rowsOnly(b.String())
	return f, true
}

func record(inner string) string {
	if cut, found := strings.CutPrefix(inner, "<![CDATA["); found {
		return strings.TrimSuffix(cut, "]]>")
	}
	if !strings.Contains(inner, "<") {
		return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&").Replace(inner)
	}
	return inner
}

// rowsOnly puts table rows into a table: alone they lose their cells.
func rowsOnly(html string) string {
	head := strings.ToLower(strings.TrimSpace(html))
	if strings.HasPrefix(head, "<tr") {
		return "<table>" + html + "</table>"
	}
	return html
}
