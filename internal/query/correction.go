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
)

// CorrectionFields lists them in the order of pages.
func CorrectionFields() []string { return []string{CorrectIntent, CorrectSentiment, CorrectUnit} }

// Correction is what a person says a judgement should have been. The newest of
// a field counts; those before stay.
type Correction struct {
	Field    string    `json:"field" enum:"intent,sentiment,unit"`
	Revision string    `json:"revision" doc:"Of the post when it was corrected"`
	Said     string    `json:"said" doc:"What the model had said; empty when nothing"`
	Unsure   bool      `json:"unsure" doc:"The model had only thought so"`
	Value    string    `json:"value" doc:"What it should have been"`
	By       string    `json:"by"`
	At       time.Time `json:"at"`
}

// NewCorrection is a correction to be kept.
type NewCorrection struct {
	Post, Field, Value string
	Actor              huiying.Actor
}
