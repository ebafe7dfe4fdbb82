package query

import (
	"time"

	"huiying"
)

// Admin is what there is in an installation, for its administrator. It holds no
// secret.
type Admin struct {
	At       time.Time
	Figures  []AdminFigure
	Queues   []AdminFigure // what waits
	Switch   Switch        // of all collection
	Checked  Verification  // the last check of the record
	Checking bool          // one is under way
	Keys     []AdminKey
	Storage  []AdminStorage
	Sized    time.Time // when the storage was measured
	Free     int64     // bytes left on the disk of the data folder
	Disk     int64     // bytes of it
	File     string    // the configuration, "" = built in
	Settings []Setting
	Version  string
	Go       string
	Modules  []Module
}

// AdminFigure is a number that leads to the list that makes it.
type AdminFigure struct {
	Key  string // catalogue key "web.admin.figure." + Key
	N    int
	Href string
	Warn bool
}

// AdminKey is a key by its age, never by its bytes.
type AdminKey struct {
	Key   string    // catalogue key "web.admin.key." + Key
	Where string    // the file, "" = it stands in the configuration
	Since time.Time // when the file was written; zero = not known
}

// AdminStorage is what one kind of data takes.
type AdminStorage struct {
	Key   string // catalogue key "web.admin.storage." + Key
	Bytes int64
	Files int
	Least bool // at least: there were too many files to count
}

// Setting is a value of the configuration as it holds.
type Setting struct {
	Key       string
	Value     string // "" = nothing; secrets are never here
	Line      int    // in the file; 0 = the file does not say it, it is built in
	Retention bool   // it says how long something is kept
}

// Module is a part that the program was built of.
type Module struct{ Path, Version string }

// Verification is one check of the record.
type Verification struct {
	BeganAt  time.Time
	EndedAt  time.Time
	By       string
	Steps    int
	Cases    int
	Heads    int // exported heads that were compared
	Findings int
	First    string // the first finding, or why it could not be checked
	Failed   bool
}

// Clean reports that a check found nothing.
func (v Verification) Clean() bool { return !v.EndedAt.IsZero() && !v.Failed && v.Findings == 0 }

// UnitList is the units, and the file that says what they are, "" = built in.
type UnitList struct {
	Rows []UnitRow
	File string
}

// UnitRow is a unit with what the file says of it.
type UnitRow struct {
	huiying.Unit
	Aliases     []string
	Keywords    []string
	Departments []string
	People      []huiying.Person
	Line        int
}
