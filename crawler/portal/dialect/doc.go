// Package dialect unpacks the envelopes in which content systems send a page of
// a list: 大汉 JCMS records in XML, jpaas HTML in JSON, the state and the
// callbacks of ASP.NET, the page count of TRS. It gives out the HTML of the
// rows and what turns the page, and reads no row itself.
package dialect
