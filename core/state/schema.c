#include "state/schema.h"

#include <stddef.h>

/*
 * Enums are stored as the numbers of rebuff.h (delivery.state: rbf_delivery_state of store.h),
 * times as milliseconds since 1970, 0 for none. `who` columns hold a keyed hash of an address:
 * enough to recognise it, not to read it. Addresses stand in clear only in open deliveries, in
 * events of at most 30 days that are not acceptances, and in suppressions, candidates and holds in
 * force.
 */
static const char *const step_1[] = {
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;",

	/* One recipient of a message that an MTA handles, from the first question or result until
	 * its fate is known; kept for 14 days after, without the addresses, to know repeats. */
	"CREATE TABLE delivery ("
	" delivery INTEGER PRIMARY KEY,"
	" node TEXT NOT NULL, mta INTEGER NOT NULL, id TEXT NOT NULL, who INTEGER NOT NULL,"
	" recipient TEXT NOT NULL, sender TEXT NOT NULL," /* '' once the fate is known */
	" stream TEXT NOT NULL, provider TEXT NOT NULL,"
	" act INTEGER NOT NULL," /* 0: observed only */
	" state INTEGER NOT NULL,"
	" received_ms INTEGER NOT NULL," /* when the MTA took it */
	" opened_ms INTEGER NOT NULL," /* the attempt that is open or was the last */
	" closed_ms INTEGER NOT NULL, closed_kind INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, category INTEGER NOT NULL, category_attempts INTEGER NOT NULL,"
	" first_failure_ms INTEGER NOT NULL, believed INTEGER NOT NULL,"
	" due_ms INTEGER NOT NULL, woken_ms INTEGER NOT NULL, past_host INTEGER NOT NULL,"
	" frozen INTEGER NOT NULL, unseen INTEGER NOT NULL," /* since when (s); 0 it is there */
	" event INTEGER NOT NULL," /* of the last attempt */
	" text TEXT NOT NULL,"
	" UNIQUE (node, mta, id, who)) STRICT;",
	/* Who may be woken, in the order of their turn: of all, and of one provider. */
	"CREATE INDEX delivery_due ON delivery (due_ms)"
	" WHERE state IN (0, 4) AND act = 1 AND frozen = 0 AND sender <> '';",
	"CREATE INDEX delivery_lane ON delivery (provider, due_ms)"
	" WHERE state IN (0, 4) AND act = 1 AND frozen = 0 AND sender <> '';",
	"CREATE INDEX delivery_open ON delivery (opened_ms) WHERE state = 1;",
	"CREATE INDEX delivery_closed ON delivery (closed_ms) WHERE state IN (2, 3, 5);",

	/* One attempt with its most final result. */
	"CREATE TABLE event ("
	" event INTEGER PRIMARY KEY,"
	" time_ms INTEGER NOT NULL, node TEXT NOT NULL, mta INTEGER NOT NULL, id TEXT NOT NULL,"
	" who INTEGER NOT NULL, recipient TEXT NOT NULL," /* '' for acceptances */
	" sender TEXT NOT NULL, stream TEXT NOT NULL, provider TEXT NOT NULL,"
	" host TEXT NOT NULL, ip TEXT NOT NULL, source_ip TEXT NOT NULL, transport TEXT NOT NULL,"
	" kind INTEGER NOT NULL, stage INTEGER NOT NULL, code INTEGER NOT NULL,"
	" enhanced TEXT NOT NULL, category INTEGER NOT NULL, fault INTEGER NOT NULL,"
	" action INTEGER NOT NULL, confidence REAL NOT NULL, rule TEXT NOT NULL,"
	" text TEXT NOT NULL, why TEXT NOT NULL,"
	" attempt INTEGER NOT NULL, age_ms INTEGER NOT NULL," /* since received; -1 unknown */
	" struck INTEGER NOT NULL," /* 1: counts against the address */
	" suppressed INTEGER NOT NULL," /* 1: put on the list; 2: would have been (observe, breaker)
					 */
	" act INTEGER NOT NULL) STRICT;",
	"CREATE INDEX event_time ON event (time_ms);",
	"CREATE INDEX event_provider ON event (provider, time_ms);",
	"CREATE INDEX event_who ON event (who, time_ms);",

	/* Addresses not to be mailed. One that has run out stays, without address and evidence, to
	 * be renewed for longer at the next finding. */
	"CREATE TABLE suppression ("
	" who INTEGER NOT NULL, scope TEXT NOT NULL, class INTEGER NOT NULL, address TEXT NOT NULL,"
	" category INTEGER NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
	" confidence REAL NOT NULL, provider TEXT NOT NULL, rule TEXT NOT NULL,"
	" evidence TEXT NOT NULL, by TEXT NOT NULL, times INTEGER NOT NULL,"
	" PRIMARY KEY (who, scope, class)) STRICT, WITHOUT ROWID;",
	"CREATE INDEX suppression_until ON suppression (until_ms)"
	" WHERE until_ms > 0 AND address <> '';",
	"CREATE INDEX suppression_lapsed ON suppression (until_ms) WHERE address = '';",

	/* Findings on the way to a suppression; `kind` is a category, or 100 for soft bounces. */
	"CREATE TABLE strike ("
	" who INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, time_ms INTEGER NOT NULL,"
	" PRIMARY KEY (who, kind, id)) STRICT, WITHOUT ROWID;",
	"CREATE INDEX strike_time ON strike (time_ms);",
	/* The first acceptance since the last strike: 72 hours later the strikes are forgotten. */
	"CREATE TABLE acceptance (who INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL) STRICT;",
	"CREATE INDEX acceptance_time ON acceptance (time_ms);",

	/* Final outcomes in steps of five minutes: what the circuit breaker and the alarms look at.
	 * struck: would suppress an address; blocked: refused for what we are, not for whom. */
	"CREATE TABLE tally ("
	" provider TEXT NOT NULL, step_ms INTEGER NOT NULL, stream TEXT NOT NULL,"
	" accepted INTEGER NOT NULL, failed INTEGER NOT NULL, struck INTEGER NOT NULL,"
	" blocked INTEGER NOT NULL,"
	" PRIMARY KEY (provider, step_ms, stream)) STRICT, WITHOUT ROWID;",
	"CREATE INDEX tally_step ON tally (step_ms);",

	/* Slow lanes: messages a minute to a provider from a node. `why` is the reply that began or
	 * narrowed it, printable. */
	"CREATE TABLE pace ("
	" node TEXT NOT NULL, provider TEXT NOT NULL, rate REAL NOT NULL,"
	" since_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, why TEXT NOT NULL,"
	" PRIMARY KEY (node, provider)) STRICT, WITHOUT ROWID;",

	/* What is not to be sent for now; '' means any. Kept 30 days after its end: held time is
	 * not failing time. */
	"CREATE TABLE hold ("
	" hold INTEGER PRIMARY KEY, provider TEXT NOT NULL, stream TEXT NOT NULL,"
	" since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,"
	" reason TEXT NOT NULL, by TEXT NOT NULL) STRICT;",

	/* Providers whose answers suppress far more than usual: nobody is suppressed meanwhile, the
	 * candidates wait for the operator. */
	"CREATE TABLE breaker (provider TEXT PRIMARY KEY, since_ms INTEGER NOT NULL,"
	" ended_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
	"CREATE TABLE candidate ("
	" address TEXT NOT NULL, provider TEXT NOT NULL, time_ms INTEGER NOT NULL,"
	" category INTEGER NOT NULL, evidence TEXT NOT NULL,"
	" PRIMARY KEY (address)) STRICT, WITHOUT ROWID;",
	"CREATE TABLE alarm ("
	" alarm INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL,"
	" provider TEXT NOT NULL, stream TEXT NOT NULL, text TEXT NOT NULL) STRICT;",

	/* Messages with an empty sender that came in. */
	"CREATE TABLE arrival ("
	" arrival INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, node TEXT NOT NULL,"
	" mta INTEGER NOT NULL, id TEXT NOT NULL, recipients TEXT NOT NULL,"
	" client_ip TEXT NOT NULL, headers TEXT NOT NULL, size INTEGER NOT NULL,"
	" UNIQUE (node, mta, id)) STRICT;",
	"CREATE INDEX arrival_time ON arrival (time_ms);", NULL};

/* What is needed to recognise and weigh messages about earlier mail. */
static const char *const step_late[] = {
	/* Accepted recipients, for 14 days, as keyed hashes: of the recipient, the sender, and the
	 * queue id in the remote server's 250 (0: it names none). */
	"CREATE TABLE sent ("
	" who INTEGER NOT NULL, node TEXT NOT NULL, mta INTEGER NOT NULL, id TEXT NOT NULL,"
	" time_ms INTEGER NOT NULL, from_who INTEGER NOT NULL, remote_id INTEGER NOT NULL,"
	" stream TEXT NOT NULL, provider TEXT NOT NULL,"
	" PRIMARY KEY (who, node, mta, id)) STRICT, WITHOUT ROWID;",
	"CREATE INDEX sent_time ON sent (time_ms);",

	/* What a message said of one recipient; trust: rebuff_trust. The address in clear for 30
	 * days at most. `id` is that of the delivery that it was tied to, '' for none; suppressed
	 * as in event. paired: 1 when two of its kind made a strike. */
	"CREATE TABLE late ("
	" late INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, arrival INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, action INTEGER NOT NULL, trust INTEGER NOT NULL,"
	" who INTEGER NOT NULL, recipient TEXT NOT NULL, sender TEXT NOT NULL,"
	" stream TEXT NOT NULL, provider TEXT NOT NULL,"
	" node TEXT NOT NULL, mta INTEGER NOT NULL, id TEXT NOT NULL, sent_ms INTEGER NOT NULL,"
	" code INTEGER NOT NULL, enhanced TEXT NOT NULL, category INTEGER NOT NULL,"
	" fault INTEGER NOT NULL, rule TEXT NOT NULL, reporter TEXT NOT NULL, text TEXT NOT NULL,"
	" why TEXT NOT NULL, struck INTEGER NOT NULL, suppressed INTEGER NOT NULL,"
	" paired INTEGER NOT NULL) STRICT;",
	"CREATE INDEX late_time ON late (time_ms);",
	"CREATE INDEX late_who ON late (who, time_ms);",

	/* state 0: not read yet, 1: read, 2: could not be read, `why` says why. backscatter 1:
	 * about mail that is not ours. */
	"ALTER TABLE arrival ADD COLUMN client_name TEXT NOT NULL DEFAULT '';",
	"ALTER TABLE arrival ADD COLUMN state INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE arrival ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE arrival ADD COLUMN backscatter INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE arrival ADD COLUMN why TEXT NOT NULL DEFAULT '';",

	/* Keys of signed return paths: a message's is the newest one made before it arrived. */
	"CREATE TABLE token_key (made_ms INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;", NULL};

/*
 * What reports count: every event once, in steps of ten minutes, which housekeeping folds into days
 * of UTC (span 1). They outlive the events. The triggers keep them, so that no way of storing an
 * event can forget to. rbf_lapse_bucket is a function of ours (store_total.c).
 */
#define OUTCOME(row) "CASE " row ".kind WHEN 3 THEN 1 WHEN 4 THEN 2 ELSE 0 END"
#define HARD(row) "(" row ".kind = 3 AND " row ".suppressed > 0)"
#define STEP(row) row ".time_ms - " row ".time_ms % 600000"
#define COUNT_NEW                                                                                  \
	" INSERT INTO total VALUES (0, " STEP(                                                     \
		"new") ", new.provider, new.stream, new.source_ip,"                                \
		       "  " OUTCOME("new") ", new.category, new.fault, " HARD(                     \
			       "new") ", 1)"                                                       \
				      "  ON CONFLICT DO UPDATE SET n = n + 1;"
#define LAPSE_NEW(unless)                                                                          \
	" INSERT INTO lapse SELECT 0, " STEP("new") ", new.provider,"                              \
						    "  rbf_lapse_bucket(new.age_ms), 1 WHERE "     \
						    "new.kind = 4 AND new.age_ms >= 0" unless      \
						    "  ON CONFLICT DO UPDATE SET n = n + 1;"
static const char *const step_totals[] = {
	/* outcome: 0 put off, 1 refused, 2 accepted; hard: refused and the address is dead */
	"CREATE TABLE total ("
	" span INTEGER NOT NULL, step_ms INTEGER NOT NULL, provider TEXT NOT NULL,"
	" stream TEXT NOT NULL, source_ip TEXT NOT NULL, outcome INTEGER NOT NULL,"
	" category INTEGER NOT NULL, fault INTEGER NOT NULL, hard INTEGER NOT NULL,"
	" n INTEGER NOT NULL, PRIMARY KEY (span, step_ms, provider, stream, source_ip, outcome,"
	" category, fault, hard)) STRICT, WITHOUT ROWID;",
	/* How long acceptances took, in classes of length. */
	"CREATE TABLE lapse ("
	" span INTEGER NOT NULL, step_ms INTEGER NOT NULL, provider TEXT NOT NULL,"
	" bucket INTEGER NOT NULL, n INTEGER NOT NULL,"
	" PRIMARY KEY (span, step_ms, provider, bucket)) STRICT, WITHOUT ROWID;",
	/* The newest reply of a reason; refusals; who would have been suppressed. */
	"CREATE INDEX event_reason ON event (provider, category, time_ms) WHERE kind < 4;",
	"CREATE INDEX event_refused ON event (time_ms) WHERE kind = 3;",
	"CREATE INDEX event_would ON event (time_ms) WHERE suppressed = 2;",
	"INSERT INTO total SELECT 0, " STEP("e") ", e.provider, e.stream, e.source_ip, " OUTCOME(
		"e") " AS o, e.category, e.fault, " HARD("e") " AS h, count(*) FROM event AS e"
							      " GROUP BY 2, 3, 4, 5, o, 7, 8, h;",
	"INSERT INTO lapse SELECT 0, " STEP(
		"e") ", e.provider, rbf_lapse_bucket(e.age_ms) AS b, count(*)"
		     " FROM event AS e WHERE e.kind = 4 AND e.age_ms >= 0 GROUP BY 2, 3, b;",
	"CREATE TRIGGER event_counted AFTER INSERT ON event BEGIN" COUNT_NEW LAPSE_NEW("") " END;",
	"CREATE TRIGGER event_recounted AFTER UPDATE ON event BEGIN"
	" UPDATE total SET n = n - 1 WHERE span = 0 AND step_ms = " STEP(
		"old") " AND provider = old.provider AND stream = old.stream AND source_ip = "
		       "old.source_ip"
		       " AND outcome = " OUTCOME(
			       "old") " AND category = old.category AND fault = old.fault"
				      " AND hard = " HARD("old") ";" COUNT_NEW LAPSE_NEW(
					      " AND old.kind <> 4") " END;",

	/* How far logs have been read: a file is known by its first line, whatever its name. */
	"CREATE TABLE import ("
	" first INTEGER PRIMARY KEY," /* keyed hash of that line */
	" bytes INTEGER NOT NULL, time_ms INTEGER NOT NULL) STRICT;",
	NULL};

/* Watching: outcomes also by sending IP, in steps of a minute (of an hour after a day); alarms as
 * incidents with a beginning, updates and an end; holds that probe; what checks found; who is told;
 * warm-up. */
static const char *const step_watch[] = {
	("CREATE TABLE tally_by_ip ("
	 " provider TEXT NOT NULL, step_ms INTEGER NOT NULL, stream TEXT NOT NULL,"
	 " source_ip TEXT NOT NULL," /* '' unknown */
	 " accepted INTEGER NOT NULL, failed INTEGER NOT NULL, struck INTEGER NOT NULL,"
	 " blocked INTEGER NOT NULL,"
	 " PRIMARY KEY (provider, step_ms, stream, source_ip)) STRICT, WITHOUT ROWID;"),
	("INSERT INTO tally_by_ip SELECT provider, step_ms, stream, '', accepted, failed, struck,"
	 " blocked FROM tally;"),
	"DROP TABLE tally;", "ALTER TABLE tally_by_ip RENAME TO tally;",
	"CREATE INDEX tally_step ON tally (step_ms);",

	/* acted: 0 told, 1 held, 2 would have been held (observed only). seen: how often it was
	 * found again, last at last_ms. evidence: one of the replies, printable. */
	"ALTER TABLE alarm ADD COLUMN source_ip TEXT NOT NULL DEFAULT '';",
	"ALTER TABLE alarm ADD COLUMN acted INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE alarm ADD COLUMN seen INTEGER NOT NULL DEFAULT 1;",
	"ALTER TABLE alarm ADD COLUMN last_ms INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE alarm ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE alarm ADD COLUMN evidence TEXT NOT NULL DEFAULT '';",
	"ALTER TABLE alarm ADD COLUMN checks INTEGER NOT NULL DEFAULT 0;",
	"UPDATE alarm SET last_ms = time_ms, ended_ms = time_ms;",

	/* probing_ms: it has run out, and one message at a time is let through to see; 0 no.
	 * lasts_ms: how long at first; times: how often a probe was refused. */
	"ALTER TABLE hold ADD COLUMN probing_ms INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE hold ADD COLUMN lasts_ms INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE hold ADD COLUMN times INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE hold ADD COLUMN released_by TEXT NOT NULL DEFAULT '';",
	"ALTER TABLE hold ADD COLUMN note TEXT NOT NULL DEFAULT '';", /* of whoever released it */
	"ALTER TABLE hold ADD COLUMN checks INTEGER NOT NULL DEFAULT 0;", /* after which */
	"CREATE INDEX hold_open ON hold (provider) WHERE ended_ms = 0;",

	/* listed: suppressed already when the breaker opened */
	"ALTER TABLE candidate ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;",

	/* What a run of the checks found; `list` is its JSON. */
	("CREATE TABLE checks ("
	 " checks INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, provider TEXT NOT NULL,"
	 " stream TEXT NOT NULL, wrong INTEGER NOT NULL, summary TEXT NOT NULL,"
	 " list TEXT NOT NULL) STRICT;"),

	/* What was told by which way: stage, what of the incident is known there (bits: begun,
	 * checked, ended); next_ms: when to try again, 0 done. */
	("CREATE TABLE notice ("
	 " alarm INTEGER NOT NULL, way TEXT NOT NULL, stage INTEGER NOT NULL, told_ms INTEGER NOT "
	 "NULL,"
	 " tries INTEGER NOT NULL, next_ms INTEGER NOT NULL, problem TEXT NOT NULL,"
	 " PRIMARY KEY (alarm, way)) STRICT, WITHOUT ROWID;"),

	/* A sending IP that a provider does not know yet: so many messages on the first day, more
	 * on each that follows. day and sent: what went out on the day (number since since_ms). */
	("CREATE TABLE warmup ("
	 " node TEXT NOT NULL, provider TEXT NOT NULL, ip TEXT NOT NULL,"
	 " since_ms INTEGER NOT NULL, days INTEGER NOT NULL, cap INTEGER NOT NULL,"
	 " growth REAL NOT NULL, paused_ms INTEGER NOT NULL, idle_ms INTEGER NOT NULL,"
	 " day INTEGER NOT NULL, sent INTEGER NOT NULL,"
	 " PRIMARY KEY (node, provider)) STRICT, WITHOUT ROWID;"),
	NULL};

static const char *const step_sites[] = {
	/* Whose servers answered for a domain (its keyed hash) where nobody had named them before:
	 * asked about when nothing is known but an address. */
	("CREATE TABLE site ("
	 " domain INTEGER PRIMARY KEY, provider TEXT NOT NULL, time_ms INTEGER NOT NULL) STRICT;"),
	"CREATE INDEX site_time ON site (time_ms);",

	/* Hash of the ENVID that the message was given; 0 none. */
	"ALTER TABLE sent ADD COLUMN envid INTEGER NOT NULL DEFAULT 0;", NULL};

static const char *const step_sources[] = {
	/* A slow lane may be that of one address of ours; '' is the provider's own. */
	("CREATE TABLE pace_by_ip ("
	 " node TEXT NOT NULL, provider TEXT NOT NULL, source_ip TEXT NOT NULL, rate REAL NOT NULL,"
	 " since_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL, why TEXT NOT NULL,"
	 " PRIMARY KEY (node, provider, source_ip)) STRICT, WITHOUT ROWID;"),
	("INSERT INTO pace_by_ip SELECT node, provider, '', rate, since_ms, changed_ms, why"
	 " FROM pace;"),
	"DROP TABLE pace;", "ALTER TABLE pace_by_ip RENAME TO pace;",

	/* Which address of ours a stream's mail to a provider ('' any) left from last; kept only
	 * where the policy speaks of addresses. */
	("CREATE TABLE source ("
	 " node TEXT NOT NULL, stream TEXT NOT NULL, provider TEXT NOT NULL,"
	 " source_ip TEXT NOT NULL, time_ms INTEGER NOT NULL,"
	 " PRIMARY KEY (node, stream, provider)) STRICT, WITHOUT ROWID;"),
	NULL};

/* Where the tests for a jump stand: series (kind, name) and which of its tests (what). One that is
 * at 0 has no row. */
static const char *const step_jump[] = {
	("CREATE TABLE jump ("
	 " kind INTEGER NOT NULL, name TEXT NOT NULL, what INTEGER NOT NULL, sum REAL NOT NULL,"
	 " yes REAL NOT NULL, no REAL NOT NULL, past_ms INTEGER NOT NULL, n INTEGER NOT NULL,"
	 " hits INTEGER NOT NULL, since_ms INTEGER NOT NULL, recent REAL NOT NULL,"
	 " peak REAL NOT NULL, PRIMARY KEY (kind, name, what)) STRICT, WITHOUT ROWID;"),
	NULL};

/* lost: of those that would suppress, the addresses that took mail before. */
static const char *const step_lost[] = {
	"ALTER TABLE tally ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;", NULL};

/* Holds and alarms of one sending IP; and which streams leave from which. A stream of a node with
 * one row is known to leave from there. */
static const char *const step_leaving[] = {
	"ALTER TABLE hold ADD COLUMN source_ip TEXT NOT NULL DEFAULT '';", /* '' any */
	"ALTER TABLE alarm ADD COLUMN of_ip TEXT NOT NULL DEFAULT '';", /* '' any; about it alone */
	"UPDATE alarm SET of_ip = source_ip, stream = '' WHERE kind = 'ip';",
	("CREATE TABLE leaving ("
	 " node TEXT NOT NULL, stream TEXT NOT NULL, source_ip TEXT NOT NULL,"
	 " time_ms INTEGER NOT NULL,"
	 " PRIMARY KEY (node, stream, source_ip)) STRICT, WITHOUT ROWID;"),
	("CREATE VIEW known_leaving (node, stream, source_ip) AS SELECT node, stream,"
	 " max(source_ip) FROM leaving GROUP BY node, stream HAVING count(*) = 1;"),
	NULL};

const char *const *const rbf_schema_steps[] = {step_1, step_late, step_totals, step_watch,
	step_sites, step_sources, step_jump, step_lost, step_leaving};
const int rbf_schema_version = (int)(sizeof rbf_schema_steps / sizeof *rbf_schema_steps);
