package app

import (
	"context"
	"time"

	"huiying/internal/app/collection"
	"huiying/internal/app/proof"
	"huiying/internal/store/access"
	"huiying/internal/store/pins"
)

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
