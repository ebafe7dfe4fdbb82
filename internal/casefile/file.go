// Package casefile is a case on paper: everything that is kept of one case as
// one file that verifies on its own (JSON), prints (HTML) or goes into a
// registry (DOCX). It is given what it writes, reads no store, masks nothing
// itself, and refuses to call a file sound of which any part was changed.
package casefile

import (
	"time"

	"huiying"
)

// Format names the form of the JSON.
const Format = "huiying.casefile.v1"

// File is the case file.
type File struct {
	Format     string            `json:"format"`
	Office     string            `json:"office"`
	Program    string            `json:"program"`
	Zone       string            `json:"zone"` // of the office; times in the file are UTC
	ExportedAt time.Time         `json:"exported_at"`
	ExportedBy string            `json:"exported_by"`
	Names      map[string]string `json:"names"` // of people and units, by id

	Case        huiying.Case   `json:"case"`
	Steps       []huiying.Step `json:"steps"` // the rows of the record, the first to the last
	Words       []Words        `json:"words"`
	Clocks      []Clock        `json:"clocks"`
	Posts       []Post         `json:"posts"`
	Deliveries  []Delivery     `json:"deliveries"`
	Attachments []Attachment   `json:"attachments"`
	Purges      []Purge        `json:"purges"`

	Head      Head      `json:"head"`
	Statement Statement `json:"statement"`
}

// How words of a step are in the file.
const (
	Kept   = "kept"   // as they were written: their digest is that of the step
	Masked = "masked" // personal data stands as ＊: only the statement vouches for them
	Purged = "purged" // gone by law; the digest is left
	Lost   = "lost"   // gone, and no purge says so
)

// Words are what a person wrote in a step, beside the record.
type Words struct {
	N        int       `json:"n"` // of the step
	Field    string    `json:"field"`
	Digest   string    `json:"digest"`
	State    string    `json:"state"`
	Text     string    `json:"text,omitempty"`
	PurgedAt time.Time `json:"purged_at,omitzero"`
}

// Clock is the rule behind a time limit that ran on the case; when it ran is in
// the case.
type Clock struct {
	Preset   string `json:"preset"`
	Limit    string `json:"limit"`
	Source   string `json:"source"`   // the rule, "" for a default of the product
	Verified string `json:"verified"` // how well the rule is known
}

// Post is a post of the case as it is archived, personal data masked. Who wrote
// it is not in the file.
type Post struct {
	ID          string    `json:"id"`
	Source      string    `json:"source"`
	Platform    string    `json:"platform"`
	Kind        string    `json:"kind"`
	Number      string    `json:"number,omitempty"`
	URL         string    `json:"url"`
	Title       string    `json:"title"`
	Text        string    `json:"text"`
	PublishedAt time.Time `json:"published_at"`
	CollectedAt time.Time `json:"collected_at"`
	Evidence    string    `json:"evidence"` // digest of the page it was read from
	Masked      bool      `json:"masked,omitempty"`
	Withdrawn   bool      `json:"withdrawn,omitempty"`
}

// Delivery is who was told over which channel, and the receipts.
type Delivery struct {
	ID         string                `json:"id"`
	Person     string                `json:"person"`
	Channel    string                `json:"channel"`
	Level      huiying.Level         `json:"level"`
	State      huiying.DeliveryState `json:"state"`
	Attempts   int                   `json:"attempts"`
	CreatedAt  time.Time             `json:"created_at"`
	AcceptedAt time.Time             `json:"accepted_at,omitzero"`
	ReadAt     time.Time             `json:"read_at,omitzero"`
	AckedAt    time.Time             `json:"acked_at,omitzero"`
}

// Attachment is a file of the case; its bytes are not in the case file.
type Attachment struct {
	Digest   string    `json:"digest"`
	Name     string    `json:"name"` // "" when purged
	Type     string    `json:"type"`
	Size     int64     `json:"size"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Kept     bool      `json:"kept"`
	PurgedAt time.Time `json:"purged_at,omitzero"`
}

// Purge is a lawful purge of words of the case.
type Purge struct {
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Basis  string    `json:"basis"`
	Reason string    `json:"reason"`
	Texts  []string  `json:"texts"`
	Files  []string  `json:"files"`
	Posts  []string  `json:"posts"`
}

// Head is the newest step of the whole record when the file was made.
type Head struct {
	Seq  int64     `json:"seq"`
	Hash string    `json:"hash"`
	At   time.Time `json:"at"`
	MAC  string    `json:"mac"`
}

// Statement is the digest of every section and the signature over all of them.
type Statement struct {
	Sections map[string]string `json:"sections"`
	MAC      string            `json:"mac"`
}

// Name is a person's or unit's name, the id where there is none.
func (f *File) Name(id string) string {
	if name := f.Names[id]; name != "" {
		return name
	}
	return id
}
