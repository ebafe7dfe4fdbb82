package query

import (
	"io"
	"time"

	"huiying"
)

// What can be exported.
const (
	ExportOutcomes = "outcomes"
	ExportScores   = "supervision"
	ExportHeat     = "heat"
	ExportCases    = PageCases
	ExportAlerts   = "alerts"
	ExportPosts    = PageStream
)

// Exports lists what can be exported.
func Exports() []string {
	return []string{ExportOutcomes, ExportScores, ExportHeat, ExportCases, ExportAlerts, ExportPosts}
}

// ExportFormats lists the forms of a file.
func ExportFormats() []string { return []string{"xlsx", "csv"} }

// States of an export.
const (
	ExportWaiting   = "waiting"
	ExportRunning   = "running"
	ExportDone      = "done"
	ExportFailed    = "failed"
	ExportCancelled = "cancelled"
	ExportExpired   = "expired" // its file was removed
)

// ExportAsk is a person asking for a list as a file.
type ExportAsk struct {
	Account Account
	What    string
	Query   string // as it stands in the address of the page
	Format  string
	Lang    string
	Reveal  bool   // personal data as it was written
	Reason  string // why, where it is
}

// Export is a list that somebody asked for.
type Export struct {
	ID        string    `json:"id"`
	Person    string    `json:"person"`
	Token     string    `json:"token,omitempty" doc:"Id of the token it was asked with"`
	What      string    `json:"what" enum:"outcomes,supervision,heat,cases,alerts,stream"`
	Query     string    `json:"query" doc:"As it stands in the address of the page"`
	Words     string    `json:"words" doc:"The same in words"`
	Format    string    `json:"format" enum:"xlsx,csv"`
	Lang      string    `json:"lang"`
	Revealed  bool      `json:"revealed" doc:"Personal data stands in it as it was written"`
	Reason    string    `json:"reason,omitempty"`
	State     string    `json:"state" enum:"waiting,running,done,failed,cancelled,expired"`
	Problem   string    `json:"problem,omitempty"`
	Attempts  int       `json:"attempts"`
	Rows      int       `json:"rows" doc:"So far"`
	Total     int       `json:"total" doc:"Expected; 0 = not known"`
	Cut       bool      `json:"cut" doc:"There were more rows than are given out"`
	Bytes     int64     `json:"bytes"`
	Digest    string    `json:"digest,omitempty" doc:"Of the file"`
	AskedAt   time.Time `json:"asked_at"`
	BeganAt   time.Time `json:"began_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"When the file is removed"`
	Scope     string    `json:"-"` // whose matters the file holds, as Scope.Name says it; "" = not noted
}

// Under reports that the export waits or runs.
func (e Export) Under() bool { return e.State == ExportWaiting || e.State == ExportRunning }

// ExportFile is the file of an export; Body is to be closed.
type ExportFile struct {
	Name, Type string
	Size       int64
	Body       io.ReadCloser
}

// MayExport reports whether the account may take a list away: whoever may look
// at it.
func (a Account) MayExport(what string) bool {
	switch what {
	case ExportPosts, ExportHeat:
		return a.Actor().Has(huiying.RoleOfficer, huiying.RoleReviewer, huiying.RoleManager)
	case ExportScores:
		return a.Actor().Has(huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleManager)
	}
	return a.Actor().Has(huiying.RoleOfficer, huiying.RoleResponder, huiying.RoleReviewer, huiying.RoleManager)
}

// MayReveal reports whether the account may see personal data as it was
// written; programs never do.
func (a Account) MayReveal() bool {
	return a.Token == "" && a.Actor().Has(huiying.RoleOfficer, huiying.RoleResponder)
}
