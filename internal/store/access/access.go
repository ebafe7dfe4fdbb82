// Package access keeps who looked at what is masked, who signed in, and who
// dealt with a post without a case. It only ever adds rows.
package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"huiying"
	"huiying/internal/query"
	"huiying/internal/store"
	"huiying/internal/store/posts"
)

// Actions of entries.
const (
	SignedIn          = "sign_in"
	SignInFailed      = "sign_in_failed"
	LockedOut         = "locked_out"
	SignedOut         = "sign_out"
	LinkMade          = "link_made"
	LinkUsed          = "link_used"
	PasswordSet       = "password_set"
	AccountMade       = "account_made"
	AccountEdited     = "account_edited"
	Revealed          = "reveal"
	Aside             = "aside"
	AsideTakenBack    = "aside_taken_back"
	Backfill          = "backfill"
	Refused           = "refusal"
	RefusalLifted     = "refusal_lifted"
	CollectionStopped = "collection_stopped"
	CollectionStarted = "collection_started"
	EvidenceOpened    = "evidence_opened"
	EvidencePreserved = "evidence_preserved"
	PreservationEnded = "preservation_ended"
	Corrected         = "correction"
	CaseExported      = "case_exported"
	FileOpened        = "file_opened"
	Purged            = "case_purged"
	FactorMade        = "factor_made"
	FactorEdited      = "factor_edited"
	FactorReset       = "factor_reset"
	RecoveryUsed      = "recovery_used"
	LoginsEnded       = "logins_ended"
	TokenMade         = "token_made"
	TokenRevoked      = "token_revoked"
	TokenActed        = "token_acted"
	IdentityLinked    = "identity_linked"
	IdentityUnlinked  = "identity_unlinked"
	LexiconChanged    = "lexicon_changed"
	LexiconExported   = "lexicon_exported"
	PatrolExcepted    = "patrol_excepted"
	PatrolExceptEnded = "patrol_except_ended"
	PatrolRescanned   = "patrol_rescanned"
	SourceRegistered  = "source_registered"
	SourceRemoved     = "source_removed"
	SourceAsked       = "source_asked"
	SourceRated       = "source_rated"
	Drilled           = "drill"
	RecordVerified    = "record_verified"
	ReportDone        = "report_done"
	ReportTaken       = "report_taken"
	ReportMailed      = "report_mailed"
	ReportScheduled   = "report_scheduled"
	ExportAsked       = "export_asked"
	ExportMade        = "export_made"
	ExportTaken       = "export_taken"
	ParkedReplayed    = "parked_replayed"
	ParkedDiscarded   = "parked_discarded"

	DisclosureChanged  = "disclosure_changed"
	DisclosureReleased = "disclosure_released"

	PutOff           = "inbox_later"
	BroughtBack      = "inbox_back"
	ScoringChanged   = "scoring_changed"
	UnitMentioned    = "unit_mentioned"
	MentionWithdrawn = "mention_withdrawn"

	InterpretationLinked  = "interpretation_linked"
	InterpretationRemoved = "interpretation_removed"

	QuietSet      = "quiet_set"
	ContactSet    = "contact_set"
	ContactCode   = "contact_code"
	ContactProven = "contact_proven"
)

// Entry is one row of the log.
type Entry struct {
	At     time.Time
	Actor  string
	Action string
	Object string // what was looked at or changed
	Detail string // never a secret, never a citizen's words
}

// Note adds an entry at the transaction's time.
func Note(ctx context.Context, tx *store.Tx, e Entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO access_log (at, actor, action, object, detail) VALUES ($1, $2, $3, $4, $5)`,
		store.Micros(tx.Now()), e.Actor, e.Action, e.Object, e.Detail)
	if err != nil {
		return fmt.Errorf("note %s of %s: %w", e.Action, e.Actor, err)
	}
	return nil
}

// Noted reports that the very same was noted before.
func Noted(ctx context.Context, q store.Querier, e Entry) (known bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM access_log WHERE object = $1 AND action = $2 AND actor = $3 AND detail = $4)`,
		e.Object, e.Action, e.Actor, e.Detail).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look whether %s of %s was noted: %w", e.Action, e.Actor, err)
	}
	return known, nil
}

// Log is the access log of a store.
type Log struct {
	store *store.Store
}

// New makes the log of a store.
func New(s *store.Store) *Log { return &Log{store: s} }

// Reveal notes that the actor saw personal data of an object unmasked. What is
// masked may be shown only after it returned nil.
func (l *Log) Reveal(ctx context.Context, actor huiying.Actor, object string) error {
	return l.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return Note(ctx, tx, Entry{Actor: actor.ID, Action: Revealed, Object: object})
	})
}

// Backfilled notes that the actor had a past window of a source read.
func (l *Log) Backfilled(ctx context.Context, b query.Backfill) error {
	return l.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		return Note(ctx, tx, Entry{
			Actor: b.Actor.ID, Action: Backfill, Object: b.Source,
			Detail: b.From.UTC().Format(time.RFC3339) + "/" + b.To.UTC().Format(time.RFC3339),
		})
	})
}

// SetAside marks a post as dealt with without a case and notes who decided and
// why; huiying.NotFound when there is no such post, huiying.Conflict when it
// has a case by now, when somebody has dealt with it, or when it is no longer
// what was looked at.
func (l *Log) SetAside(ctx context.Context, a query.Aside) error {
	return l.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		p, err := posts.Get(ctx, tx, a.Post)
		if err != nil {
			return err
		}
		if p.CaseNo != "" {
			return huiying.Errorf(huiying.Conflict, "access.has_case", p.CaseNo)
		}
		if p.Triaged {
			return huiying.Errorf(huiying.Conflict, "access.dealt_with")
		}
		if a.Seen != "" && a.Seen != p.Revision {
			return huiying.Errorf(huiying.Conflict, "access.changed")
		}
		if err := posts.SetTriaged(ctx, tx, a.Post, true); err != nil {
			return err
		}
		return Note(ctx, tx, Entry{Actor: a.Actor.ID, Action: Aside, Object: a.Post, Detail: asideDetail(a)})
	})
}

// asideDetail is the decision and, behind a colon, the words of whoever decided.
func asideDetail(a query.Aside) string {
	if a.Note == "" {
		return a.Reason
	}
	return a.Reason + ": " + a.Note
}

// backWithin is how long a decision can be taken back: the ten seconds that the
// page offers it, and what a slow line adds.
const backWithin = 30 * time.Second

// TakeBack undoes what the same person set aside just now; the log keeps both.
// huiying.Conflict when it is too late, when another did it, or when somebody has
// dealt with the post since.
func (l *Log) TakeBack(ctx context.Context, post string, by huiying.Actor) error {
	return l.store.Write(ctx, store.Urgent, func(ctx context.Context, tx *store.Tx) error {
		p, err := posts.Get(ctx, tx, post)
		if err != nil {
			return err
		}
		var last Entry
		var at int64
		err = tx.QueryRowContext(ctx, `
			SELECT actor, action, at FROM access_log WHERE object = $1 AND action IN ($2, $3) ORDER BY n DESC LIMIT 1`,
			post, Aside, AsideTakenBack).Scan(&last.Actor, &last.Action, &at)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("look who set %s aside: %w", post, err)
		}
		if !p.Triaged || p.CaseNo != "" || last.Action != Aside || last.Actor != by.ID || tx.Now().Sub(store.Time(at)) > backWithin {
			return huiying.Errorf(huiying.Conflict, "access.too_late")
		}
		if err := posts.SetTriaged(ctx, tx, post, false); err != nil {
			return err
		}
		return Note(ctx, tx, Entry{Actor: by.ID, Action: AsideTakenBack, Object: post})
	})
}

// Actions lists every action that the log knows.
func Actions() []string {
	return []string{
		SignedIn, SignInFailed, LockedOut, SignedOut, LoginsEnded, LinkMade, LinkUsed, PasswordSet, FactorMade, FactorEdited, FactorReset, RecoveryUsed, QuietSet, ContactSet, ContactCode, ContactProven,
		AccountMade, AccountEdited, IdentityLinked, IdentityUnlinked, TokenMade, TokenRevoked, TokenActed,
		Revealed, EvidenceOpened, EvidencePreserved, PreservationEnded, FileOpened, CaseExported, ExportAsked, ExportMade, ExportTaken, ReportDone, ReportTaken, ReportMailed, ReportScheduled, Purged, Aside, AsideTakenBack, Corrected, Backfill, Refused, RefusalLifted, CollectionStopped, CollectionStarted,
		LexiconChanged, LexiconExported, PatrolExcepted, PatrolExceptEnded, PatrolRescanned,
		SourceRegistered, SourceRemoved, SourceAsked, SourceRated, Drilled, RecordVerified, ParkedReplayed, ParkedDiscarded,
		DisclosureChanged, DisclosureReleased,
		PutOff, BroughtBack,
		ScoringChanged, UnitMentioned, MentionWithdrawn, InterpretationLinked, InterpretationRemoved,
	}
}

// Entries reads the newest n entries about an object, the newest first; every
// object's when it is "".
func (l *Log) Entries(ctx context.Context, object string, n int) ([]Entry, error) {
	return l.entries(ctx, object, "", n)
}

// Of reads the newest n entries of one action about an object.
func (l *Log) Of(ctx context.Context, object, action string, n int) ([]Entry, error) {
	return l.entries(ctx, object, action, n)
}

func (l *Log) entries(ctx context.Context, object, action string, n int) ([]Entry, error) {
	list, err := store.Collect[Entry](l.store.Reader().QueryContext(ctx, `
		SELECT at, actor, action, object, detail FROM access_log WHERE ($1 = '' OR object = $1) AND ($2 = '' OR action = $2) ORDER BY n DESC LIMIT $3`,
		object, action, n))(
		func(r *sql.Rows) (e Entry, err error) {
			var at int64
			err = r.Scan(&at, &e.Actor, &e.Action, &e.Object, &e.Detail)
			e.At = store.Time(at)
			return e, err
		})
	if err != nil {
		return nil, fmt.Errorf("read access log: %w", err)
	}
	return list, nil
}
