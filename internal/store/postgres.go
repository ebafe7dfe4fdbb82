package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"huiying"
)

// turnKey is the advisory lock that every write takes.
const turnKey = 0x6875697969_6e67 // "huiying"

// connectPatience is how long making a connection may take when the DSN does
// not say.
const connectPatience = 5 * time.Second

func postgresEngine() engine {
	return engine{
		name:     Postgres,
		dialect:  goose.DialectPostgres,
		folder:   "migrations/postgres",
		objects:  postgresObjects,
		expected: expectedInPostgres,
		locks:    true,
		snapshot: sql.LevelRepeatableRead,
		turn: func(ctx context.Context, tx *sql.Tx, m mark) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO writers (id, token, at) SELECT $1, $2, $3 FROM (SELECT pg_advisory_xact_lock($4)) AS turn
				ON CONFLICT (id) DO UPDATE SET token = excluded.token, at = excluded.at`, m.writer, m.token, m.at, int64(turnKey))
			return err
		},
		last: func(ctx context.Context, tx *sql.Tx, writer string) (token string, err error) {
			// Whoever has the turn has it until what it did is committed or undone.
			if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(turnKey)); err != nil {
				return "", err
			}
			err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT token FROM writers WHERE id = $1), '')`, writer).Scan(&token)
			return token, err
		},
		tables: `SELECT c.relname, string_agg(a.attname, ',' ORDER BY k.n) FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary,
			unnest(i.indkey) WITH ORDINALITY k(at, n), pg_attribute a
			WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attrelid = c.oid AND a.attnum = k.at
			GROUP BY c.relname ORDER BY c.relname`,
		afterTransfer: append(slices.Clone(readAgain), numbersGoOn),
		undoesAll:     brokenConnection,
		refused:       func(err error) bool { return postgresCode(err) == "25P02" },
	}
}

// numbersGoOn has every column that numbers its rows go on behind the last.
const numbersGoOn = `
	DO $$
	DECLARE
		c RECORD;
	BEGIN
		FOR c IN SELECT table_name AS t, column_name AS n FROM information_schema.columns WHERE table_schema = current_schema() AND is_identity = 'YES'
			AND table_name NOT LIKE 'goose%' LOOP
			EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce((SELECT max(%I) FROM %I), 0) + 1, false)', c.t, c.n, c.n, c.t);
		END LOOP;
	END $$`

// postgresConfig reads a DSN. Errors never hold its password.
func postgresConfig(dsn string, settings map[string]string) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, huiying.Errorf(huiying.Invalid, "store.bad_dsn", masked(err, dsn))
	}
	if c.ConnectTimeout == 0 {
		c.ConnectTimeout = connectPatience
	}
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "huiying"
	}
	for name, value := range settings {
		c.RuntimeParams[name] = value
	}
	return c, nil
}

// masked is an error in one line, without the DSN or a password of it.
func masked(err error, dsn string) string {
	text := strings.ReplaceAll(strings.Join(causes(err), "; "), dsn, "…")
	if c, perr := pgconn.ParseConfig(dsn); perr == nil && c.Password != "" {
		text = strings.ReplaceAll(text, c.Password, "…")
	}
	return text
}

// causes are what went wrong, each once. pgx tries an address with TLS and without,
// names it and the user each time, and writes a line for each.
func causes(err error) (out []string) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			for _, text := range causes(one) {
				if !slices.Contains(out, text) {
					out = append(out, text)
				}
			}
		}
		return out
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return causes(connect.Unwrap())
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return []string{network.Err.Error()}
	}
	return []string{strings.Join(strings.Fields(err.Error()), " ")}
}

// place says where a database lies, without who asks and how.
func place(c *pgx.ConnConfig) string {
	if strings.HasPrefix(c.Host, "/") {
		return c.Host + "/" + c.Database
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) + "/" + c.Database
}

// writerSettings are those of the connection that writes: a commit is durable
// before it is answered whatever the server's own setting, and nobody waits for
// ever behind a process that hangs.
func writerSettings() map[string]string {
	return map[string]string{
		"synchronous_commit":                  "on",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "60s",
		"jit":                                 "off",
	}
}

func readerSettings() map[string]string {
	return map[string]string{"default_transaction_read_only": "on", "jit": "off"}
}

func openPostgres(c *pgx.ConnConfig, connections int) *sql.DB {
	db := sql.OpenDB(&postgresConnector{Connector: stdlib.GetConnector(*c)})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// postgresConnector gives connections that take the SQL of this program.
type postgresConnector struct {
	driver.Connector
	rewritten rewritten
}

// Connect opens one connection.
func (c *postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner := raw.(*stdlib.Conn)
	return &postgresConn{rewriting{inner, c.rewrite}, pgxConn{inner}}, nil
}

func (c *postgresConnector) rewrite(query string) string { return c.rewritten.of(query, forPostgres) }

// postgresConn is pgx's connection behind the rewriting of queries.
type postgresConn struct {
	rewriting
	pgxConn
}

type pgxConn struct{ *stdlib.Conn }

// CheckNamedValue hands every value over as SQLite's driver would: truths as 1
// and 0, and types made of texts and numbers as those.
func (c *postgresConn) CheckNamedValue(v *driver.NamedValue) (err error) {
	if v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value); err != nil {
		return err
	}
	if truth, ok := v.Value.(bool); ok {
		v.Value = int64(Flag(truth))
	}
	return nil
}

// What means another thing in SQLite: LIKE there tells no letter from its
// capital, INDEXED BY is for its planner alone, and a parameter beside a number is
// as large as what is given for it.
var (
	hint   = regexp.MustCompile(`INDEXED BY \w+`)
	like   = regexp.MustCompile(`\bLIKE\b`)
	beside = regexp.MustCompile(`(\$\d+)(\s*(?:=|<>|<=|>=|<|>|\+|-)\s*\d)`)
)

// forPostgres says what is outside of quotes and comments in PostgreSQL's words.
func forPostgres(query string) string {
	var b strings.Builder
	plain := 0 // where it began
	words := func(end int) {
		text := hint.ReplaceAllString(query[plain:end], "")
		b.WriteString(beside.ReplaceAllString(like.ReplaceAllString(text, "ILIKE"), "$1::bigint$2"))
	}
	for i := 0; i < len(query); {
		end := skip(query, i)
		if end == i {
			i++
			continue
		}
		words(i)
		b.WriteString(query[i:end])
		i, plain = end, end
	}
	words(len(query))
	return b.String()
}

// postgresCode is the SQLSTATE of an error, "" for one that is not the server's.
func postgresCode(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// brokenConnection reports an error after which the connection is of no use: the
// server went, ended the session, or cannot be reached.
func brokenConnection(err error) bool {
	if err == nil {
		return false
	}
	switch code := postgresCode(err); {
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "57P"), code == "25P03":
		return true
	case code != "":
		return false
	}
	var network net.Error
	var connect *pgconn.ConnectError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, sql.ErrConnDone) || errors.As(err, &network) || errors.As(err, &connect) || pgconn.SafeToRetry(err) ||
		strings.Contains(err.Error(), "conn closed")
}

// unreachable reports an error that time may mend: no connection, no turn, no
// room for one more, a server that starts or reads only.
func unreachable(err error) bool {
	switch postgresCode(err) {
	case "55P03", "53300", "25006", "40001", "40P01":
		return true
	}
	return brokenConnection(err)
}

// postgresObjects reads everything in the schema that is ours: what extensions
// and the migrations' own table bring does not count.
const postgresObjects = `
	WITH ours AS (
		SELECT c.oid, c.relname, c.relkind FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname NOT LIKE 'goose\_db\_version%'
			AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
	SELECT CASE c.relkind WHEN 'r' THEN 'table ' WHEN 'p' THEN 'table ' ELSE 'relation ' END || c.relname,
		c.relkind::text || ' ' || string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), l.collname, CASE WHEN a.attnotnull THEN 'not null' END,
			pg_get_expr(e.adbin, e.adrelid), a.attidentity), ', ' ORDER BY a.attnum)
	FROM ours c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	LEFT JOIN pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum LEFT JOIN pg_collation l ON l.oid = a.attcollation
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') GROUP BY c.relname, c.relkind
	UNION ALL SELECT 'constraint ' || c.relname || '.' || k.conname, pg_get_constraintdef(k.oid, true) FROM ours c JOIN pg_constraint k ON k.conrelid = c.oid
	UNION ALL SELECT 'index ' || c.relname, pg_get_indexdef(c.oid, 0, true) FROM ours c WHERE c.relkind IN ('i', 'I')
	UNION ALL SELECT 'trigger ' || t.tgname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid, true) FROM ours c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
	UNION ALL SELECT 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
		concat_ws(' ', p.prokind, p.provolatile, pg_get_function_result(p.oid), p.prosrc, pg_get_function_sqlbody(p.oid))
	FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
		AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`

// scratchSchema is where the expected schema is built and never kept.
const scratchSchema = "huiying_expected"

// expectedInPostgres builds the schema of a version in a transaction that is
// undone, so that there is nothing to keep in step by hand.
func expectedInPostgres(ctx context.Context, db *sql.DB, version int64) (objects map[string]string, failed error) {
	e := postgresEngine()
	scripts, err := e.scripts(version)
	if err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("build expected schema: %w", err)
	}
	defer func() { failed = errors.Join(failed, tx.Rollback()) }()
	for _, script := range append([]string{`CREATE SCHEMA ` + scratchSchema, `SET LOCAL search_path = ` + scratchSchema}, scripts...) {
		// Without arguments a script goes to the server as one text.
		if _, err := tx.ExecContext(ctx, script); err != nil {
			return nil, fmt.Errorf("build expected schema: %w", err)
		}
	}
	return schemaObjects(ctx, tx, e)
}
