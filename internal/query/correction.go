package query

import (
	"time"

	"huiying"
)

// Fields of a judgement that a person may put right.
const (
	CorrectIntent    = "intent"
	CorrectSentiment = "sentiment"
	CorrectUnit      = "unit"
	CorrectLevel     = "level"
	CorrectPlace     = "place"
)

// NoPlace is the answer that a post is about no place of ours.
const NoPlace = "none"

// MaxCorrectionReason bounds why a level or a place is put right, in characters.
const MaxCorrectionReason = 200

// CorrectionFields lists them in the order of pages.
func CorrectionFields() []string {
	return []string{CorrectLevel, CorrectPlace, CorrectIntent, CorrectSentiment, CorrectUnit}
}

// CorrectedAtOnce reports whether an answer of the field counts from now on, in
// lists and numbers; the others teach models and are shown beside.
func CorrectedAtOnce(field string) bool { return field == CorrectLevel || field == CorrectPlace }

// Judged are the level and places of a judgement before a person put them right.
type Judged struct {
	Level  huiying.Level
	Places []string
}

// Correction is what a person says a judgement should have been. The newest of
// a field counts; those before stay.
type Correction struct {
	Field    string    `json:"field" enum:"level,place,intent,sentiment,unit"`
	Revision string    `json:"revision" doc:"Of the post when it was corrected"`
	Said     string    `json:"said" doc:"What the model had said; empty when nothing"`
	Unsure   bool      `json:"unsure" doc:"The model had only thought so"`
	Value    string    `json:"value" doc:"What it should have been"`
	Reason   string    `json:"reason,omitempty" doc:"Of a level or a place"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// NewCorrection is a correction to be kept.
type NewCorrection struct {
	Post, Field, Value string
	Reason             string // of a level or a place
	Actor              huiying.Actor
}
