package ladder

import (
	"context"
	"fmt"
	"slices"

	"huiying"
	"huiying/notifier"
)

// ruleSystem stands for a rule in alerts that no rule raised.
const ruleSystem = "system"

// tell queues an alert about a finding for the administrators, and where people
// on duty are missing for the officers too. told is false while none of them
// can be told. The ids come of the finding, so a repeat changes nothing.
func (a *Auditor) tell(ctx context.Context, f huiying.DutyFinding) (told bool, err error) {
	to := []string{WordAdmins}
	if f.Kind == FindingGap || f.Kind == FindingUnreached || f.Kind == FindingExhausted {
		to = []string{WordAdmins, WordOfficers}
	}
	found, _, err := a.o.Directory.Present(ctx, to)
	if err != nil {
		return false, fmt.Errorf("who is told of a finding: %w", err)
	}
	found = slices.DeleteFunc(found, func(r notifier.Recipient) bool { return r.Channel == "" })
	if len(found) == 0 {
		return false, nil
	}
	level := huiying.LevelOrange
	if stops(f.Kind) {
		level = huiying.LevelRed
	}
	alert := huiying.Alert{
		ID: huiying.DeriveID("a-", "finding", f.ID), Platform: huiying.PlatformSystem, Rule: ruleSystem,
		RuleName: a.o.Texts("ladder.finding."+f.Kind, f.Subject), Level: level, AcceptedAt: f.FoundAt, RaisedAt: f.FoundAt,
	}
	err = a.o.Ledger.InTx(ctx, func(tx notifier.Tx) error {
		_, err := notifier.Tell(ctx, tx, notifier.Notice{Alert: alert, To: found})
		return err
	})
	if err != nil {
		return false, err
	}
	for _, wake := range a.o.Woken {
		wake()
	}
	return true, nil
}
