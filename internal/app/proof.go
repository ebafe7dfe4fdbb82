package app

import (
	"context"
	"time"

	"huiying/internal/app/collection"
	"huiying/internal/app/proof"
	"huiying/internal/store/access"
	"huiying/internal/store/pins"
	"huiying/internal/store/record"
)

// preserving is the keeping of sealed pages by hand.
func (a *App) preserving() proof.Preserving {
	return proof.Preserving{Pins: pins.New(a.store), Store: a.store, Office: a.config.Office.Name, Zone: a.zone, Head: record.New(a.store).At}
}

// startProof keeps the evidence that cases need and can open it.
func (a *App) startProof(ctx context.Context) error {
	if !a.runs(TargetNotifier) {
		return nil
	}
	fresh, kept, err := collection.Buckets(ctx, a.bus)
	if err != nil {
		return err
	}
	list := pins.New(a.store)
	a.proofDesk = proof.Desk{Pins: list, Fresh: fresh, Kept: kept, Key: a.keys.evidence, Store: a.store, Log: access.New(a.store)}
	a.life.loop("evidence of cases", proof.Keeper{
		Pins: list, Fresh: fresh, Kept: kept, For: time.Duration(a.config.Record.EvidenceFor), Now: a.now, Logger: a.logger,
	}.Run)
	return nil
}
