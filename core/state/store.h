/*
 * store.h - what rebuff remembers: the one interface between the engine and the database.
 *
 * A store has two connections. Everything that changes goes through the writer's, between
 * rbf_store_begin and rbf_store_commit; the functions marked (view) read the newest committed state
 * through the other one and may run on another thread at the same time. Strings handed in are
 * borrowed for the call. Rows handed out hold copies.
 */
#ifndef RBF_STATE_STORE_H
#define RBF_STATE_STORE_H
#include "rebuff.h"

typedef struct rbf_store rbf_store;

/* The kind under which soft bounces are counted; other kinds are categories. */
enum { RBF_STRIKE_SOFT = 100 };

/* An attempt of which nothing was heard for so long is unknown. */
enum { RBF_UNKNOWN_MS = 15 * 60000 };

typedef enum {
	RBF_WAITING = 0, /* an attempt is due at due_ms */
	RBF_OPEN = 1, /* an attempt is under way */
	RBF_DELIVERED = 2,
	RBF_FAILED = 3,
	RBF_GIVEN_UP = 4, /* the gate fails it when it is asked next, due at due_ms */
	RBF_GONE = 5 /* it left the queue and nobody said how */
} rbf_delivery_state;

static inline bool rbf_delivery_final(rbf_delivery_state state)
{
	return state == RBF_DELIVERED || state == RBF_FAILED || state == RBF_GONE;
}

typedef struct {
	int64_t row; /* 0: not stored yet */
	char node[REBUFF_DOMAIN_MAX + 1];
	rebuff_mta mta;
	char id[REBUFF_ID_MAX + 1];
	int64_t who;
	char recipient[REBUFF_ADDRESS_MAX + 1];
	char sender[REBUFF_ADDRESS_MAX + 1];
	char stream[REBUFF_NAME_MAX];
	char provider[REBUFF_NAME_MAX];
	bool act;
	rbf_delivery_state state;
	int64_t received_ms, opened_ms, closed_ms;
	rebuff_kind closed_kind;
	uint32_t attempts, category_attempts;
	rebuff_category category;
	int64_t first_failure_ms;
	bool believed;
	int64_t due_ms, woken_ms;
	bool past_host;
	bool frozen; /* never woken: by its operator's wish, or because the MTA cannot be asked */
	int64_t event;
	char text[REBUFF_TEXT_MAX]; /* of the last reply, printable */
} rbf_delivery;

typedef struct {
	int64_t row; /* 0: insert, else the event to replace */
	int64_t time_ms;
	const rbf_delivery *delivery;
	const rebuff_result *result;
	const rebuff_classification *reply;
	const char *why;
	bool struck;
	int suppressed;
} rbf_event;

/*
 * Open or create the database `file` (":memory:" for tests: then the view is the writer's
 * connection). REBUFF_ESTORE with what to do when it cannot be read, is damaged, or was written by
 * a newer version. read_only: no writer; the file must exist.
 */
rebuff_status rbf_store_open(const char *file, bool read_only, rbf_store **out, rebuff_error *err);
void rbf_store_close(rbf_store **store);
/* The view's connection for reports (an sqlite3 *, seen by core/report alone). */
void *rbf_store_view(rbf_store *s);
/* The writer's, for tests that set it limits. */
void *rbf_store_writer(rbf_store *s);

/* Transactions nest once: begin/commit around a group, change_begin/change_end around each change,
 * so that a failing change is undone alone. */
rebuff_status rbf_store_begin(rbf_store *s, rebuff_error *err);
rebuff_status rbf_store_commit(rbf_store *s, rebuff_error *err);
rebuff_status rbf_store_rollback(rbf_store *s, rebuff_error *err);
rebuff_status rbf_store_change_begin(rbf_store *s, rebuff_error *err);
rebuff_status rbf_store_change_end(rbf_store *s, bool keep, rebuff_error *err);

/* A keyed hash (SipHash-2-4) of an address in key form; the key is made with the database. */
int64_t rbf_store_who(const rbf_store *s, const char *address);

/* Find one recipient of one message. *found tells. The (view) twin reads committed state. */
rebuff_status rbf_store_delivery(rbf_store *s, const char *node, rebuff_mta mta, const char *id,
	int64_t who, rbf_delivery *out, bool *found, rebuff_error *err);
rebuff_status rbf_view_delivery(rbf_store *s, const char *node, rebuff_mta mta, const char *id,
	int64_t who, rbf_delivery *out, bool *found, rebuff_error *err);
/* Insert (row == 0, which is filled in) or update. */
rebuff_status rbf_store_delivery_put(rbf_store *s, rbf_delivery *d, rebuff_error *err);
/* Forget it, if it is there: row becomes 0. */
rebuff_status rbf_store_delivery_end(rbf_store *s, rbf_delivery *d, rebuff_error *err);
/* Call `each` for every recipient of a message in one of the states of the bit mask (1 << state).
 */
rebuff_status rbf_store_message(rbf_store *s, const char *node, rebuff_mta mta, const char *id,
	unsigned states, rebuff_status (*each)(void *ud, rbf_delivery *d, rebuff_error *err),
	void *ud, rebuff_error *err);
/* A place in the order of what is due; all zero is its start. */
typedef struct {
	int64_t due_ms, row;
} rbf_place;
/*
 * (view) Call `each` for the recipients that are due at now_ms, were not woken for that after
 * awake_ms, and whose message has no attempt under way: earliest first, beginning after *place, at
 * most `limit` of them, until it returns false. With a provider: only those of this node and
 * provider. *place moves to the last one seen; *more: there may be others after it. `stream` is the
 * mail's.
 */
rebuff_status rbf_view_due(rbf_store *s, int64_t now_ms, int64_t awake_ms, const char *node,
	const char *provider, rbf_place *place, size_t limit,
	bool (*each)(void *ud, const rebuff_due *due, const char *stream), void *ud, bool *more,
	rebuff_error *err);
/* (view) When the next recipient after now_ms is due; INT64_MAX: nothing waits. */
rebuff_status rbf_view_due_next(rbf_store *s, int64_t now_ms, int64_t *next_ms, rebuff_error *err);
/* (view) How many recipients are due at a provider, counted up to `most`. */
rebuff_status rbf_view_queued(rbf_store *s, const char *node, const char *provider, int64_t now_ms,
	size_t most, size_t *n, rebuff_error *err);
/* The same for all that wait there, due or not. */
rebuff_status rbf_store_queued(rbf_store *s, const char *node, const char *provider, size_t most,
	size_t *n, rebuff_error *err);
/* The message was woken. */
rebuff_status rbf_store_woken(
	rbf_store *s, const rebuff_due *due, int64_t now_ms, rebuff_error *err);
/* Attempts open since before opened_before_ms become waiting, due at due_ms. The next one passes
 * over the host's own retry time: that is what most likely kept this one from happening. */
rebuff_status rbf_store_rearm(
	rbf_store *s, int64_t opened_before_ms, int64_t due_ms, rebuff_error *err);
/* What the MTA's queue holds: sets frozen, notes since when a message is unseen, closes it after
 * ten minutes. Attempts opened in the last minute may be younger than the listing and are left
 * alone. */
rebuff_status rbf_store_queue(rbf_store *s, const char *node, rebuff_mta mta,
	const rebuff_queued *queued, size_t n, int64_t now_ms, rebuff_error *err);
/* Move every time of open rows by delta_ms: the clock was set. */
rebuff_status rbf_store_shift(rbf_store *s, int64_t delta_ms, rebuff_error *err);

rebuff_status rbf_store_event(rbf_store *s, rbf_event *e, rebuff_error *err);
/* (view) An attempt as it was recorded; texts are printable and borrowed for the call. */
typedef struct {
	int64_t time_ms, who, age_ms;
	const char *node, *id, *recipient, *sender, *stream, *provider, *host, *ip, *source_ip,
		*transport, *text, *rule, *why;
	rebuff_mta mta;
	rebuff_kind kind;
	rebuff_stage stage;
	uint16_t code;
	rebuff_category category;
	int suppressed;
} rbf_recorded;
typedef rebuff_status rbf_recorded_each(void *ud, const rbf_recorded *e, rebuff_error *err);
/* (view) Those between the two times, in their order. A recipient who is not kept is a name made of
 * `who`, the same each time. */
rebuff_status rbf_view_recorded(rbf_store *s, int64_t from_ms, int64_t to_ms,
	rbf_recorded_each *each, void *ud, rebuff_error *err);
rebuff_status rbf_view_recorded_n(
	rbf_store *s, int64_t from_ms, int64_t to_ms, size_t *n, rebuff_error *err);
/* (view) The newest `most` of an address, or (id not NULL) of a message. */
rebuff_status rbf_view_recorded_of(rbf_store *s, int64_t who, const char *id, size_t most,
	rbf_recorded_each *each, void *ud, rebuff_error *err);
/* (view) Every recipient of a message id, whichever node and MTA. */
rebuff_status rbf_view_deliveries_of(rbf_store *s, const char *id,
	rebuff_status (*each)(void *ud, const rbf_delivery *d, rebuff_error *err), void *ud,
	rebuff_error *err);
/* (view) Findings against an address. */
rebuff_status rbf_view_strikes(
	rbf_store *s, int64_t who, uint32_t *soft, uint32_t *hard, rebuff_error *err);
/* Is an attempt of this recipient on record that ended between the two times, at least as finally
 * as `kind`? */
rebuff_status rbf_store_event_known(rbf_store *s, const rbf_delivery *d, int64_t from_ms,
	int64_t to_ms, rebuff_kind kind, bool *known, rebuff_error *err);
/* What the provider's last deferral was for; *category stays when there was none. */
rebuff_status rbf_store_latest_deferral(
	rbf_store *s, const char *provider, rebuff_category *category, rebuff_error *err);
/* Did the newest `n` (at most 16) attempts at this provider all end in `category`? Fewer: no. */
rebuff_status rbf_store_all_latest(rbf_store *s, const char *provider, uint32_t n,
	rebuff_category category, bool *all, rebuff_error *err);

/* Final outcomes, counted in steps of a minute (after a day: of an hour). */
typedef struct {
	uint32_t accepted, failed;
	uint32_t struck; /* would suppress an address */
	uint32_t blocked; /* refused for what we are, not for whom */
	uint32_t lost; /* of those struck, the ones that took mail before */
} rbf_tally;
/* Whose outcomes: source_ip "" is unknown. Or what a hold stops: each "" is any. */
typedef struct {
	const char *provider, *stream, *source_ip;
} rbf_key;
enum { RBF_TALLIES_MS_DAYS = 31 };
#define RBF_TALLIES_MS (RBF_TALLIES_MS_DAYS * INT64_C(86400000))
rebuff_status rbf_store_tally(
	rbf_store *s, const rbf_key *key, int64_t now_ms, const rbf_tally *add, rebuff_error *err);
/* The sum of a provider since since_ms, whole steps. */
rebuff_status rbf_store_tallied(
	rbf_store *s, const char *provider, int64_t since_ms, rbf_tally *sum, rebuff_error *err);
/* Sums since since_ms: of a stream by provider, of a provider by stream and (place) by IP, of an IP
 * by provider, of all by stream. */
typedef enum {
	RBF_SUMS_OF_STREAM,
	RBF_SUMS_OF_PROVIDER,
	RBF_SUMS_OF_PLACE,
	RBF_SUMS_OF_IP,
	RBF_SUMS_OF_ALL
} rbf_sums_by;
rebuff_status rbf_store_sums(rbf_store *s, rbf_sums_by by, const char *name, int64_t since_ms,
	void (*each)(void *ud, const char *other, const rbf_tally *sum), void *ud,
	rebuff_error *err);
/* Every step since since_ms, of all or of one provider, stream or IP. Strings are borrowed. */
typedef enum {
	RBF_TALLIES_ALL,
	RBF_TALLIES_PROVIDER,
	RBF_TALLIES_STREAM,
	RBF_TALLIES_IP
} rbf_tallies_of;
rebuff_status rbf_store_tallies(rbf_store *s, rbf_tallies_of of, const char *name, int64_t since_ms,
	void (*each)(void *ud, const rbf_key *key, int64_t step_ms, const rbf_tally *tally),
	void *ud, rebuff_error *err);
/* (view) As rebuff_rate_each; since_ms: when the windows begin. */
rebuff_status rbf_view_rates(rbf_store *s, const int64_t since_ms[REBUFF_WINDOWS],
	void (*each)(void *ud, const rebuff_rate *rate), void *ud, rebuff_error *err);
/* Make hours of the minutes that nobody looks at any more. */
rebuff_status rbf_store_tally_merge(rbf_store *s, int64_t now_ms, rebuff_error *err);
/* Did the recipient take mail in the last 14 days, other than this message? */
rebuff_status rbf_store_took_mail(
	rbf_store *s, int64_t who, const char *id, bool *took, rebuff_error *err);
/* Where a test for a jump stands (watch/jump.h): of series `kind` and `name`, its test number
 * `what`. */
typedef struct {
	int kind, what;
	const char *name; /* borrowed */
	double sum, yes, no, recent, peak;
	int64_t past_ms, since_ms;
	uint32_t n, hits; /* n 0: it is at 0, and not kept */
} rbf_jump_row;
rebuff_status rbf_store_jump(rbf_store *s, const rbf_jump_row *row, rebuff_error *err);
/* Those of one series, or of all (kind -1). */
rebuff_status rbf_store_jumps(rbf_store *s, int kind, const char *name,
	void (*each)(void *ud, const rbf_jump_row *row), void *ud, rebuff_error *err);
/* When the last hold of the whole stream ended (0: none), and whether there is one. */
rebuff_status rbf_store_stream_since(
	rbf_store *s, const char *stream, int64_t *since_ms, bool *held, rebuff_error *err);

/* Count a strike (one a message; what was accepted before it settles nothing) and return how many
 * there are since since_ms, and the first's time. */
rebuff_status rbf_store_strike(rbf_store *s, int64_t who, int kind, const char *id, int64_t time_ms,
	int64_t since_ms, uint32_t *n, int64_t *first_ms, rebuff_error *err);
/* An acceptance: the first one after the last strike is remembered. */
rebuff_status rbf_store_accepted(rbf_store *s, int64_t who, int64_t time_ms, rebuff_error *err);

/* (view) The entry that forbids mail from this sender and stream to this address now. */
rebuff_status rbf_view_suppressed(rbf_store *s, const char *address, const char *sender_domain,
	const char *stream, int64_t now_ms, rebuff_suppression *out, bool *found,
	rebuff_error *err);
/* The entry of exactly this address, scope and class, run out or not; *times: how often so far. */
rebuff_status rbf_store_suppression(rbf_store *s, const char *address, const char *scope,
	rebuff_class class_, rebuff_suppression *out, uint32_t *times, bool *found,
	rebuff_error *err);
/* Insert or replace. times 0: keep the number that is there, or 1. */
rebuff_status rbf_store_suppress(
	rbf_store *s, const rebuff_suppression *entry, uint32_t times, rebuff_error *err);
/* Remove entries of an address; class_ REBUFF_CLASS_N: all; expired_only: those that have run out.
 */
rebuff_status rbf_store_unsuppress(rbf_store *s, const char *address, rebuff_class class_,
	int64_t expired_before_ms, size_t *n, rebuff_error *err);
/* (view) In order of since; address "": all. */
rebuff_status rbf_view_suppressions(rbf_store *s, const char *address,
	bool (*each)(void *ud, const rebuff_suppression *entry), void *ud, rebuff_error *err);

/* Whose servers answered lately for mail to a domain; "" nobody has said. */
rebuff_status rbf_store_site(
	rbf_store *s, const char *domain, char provider[REBUFF_NAME_MAX], rebuff_error *err);
rebuff_status rbf_view_site(
	rbf_store *s, const char *domain, char provider[REBUFF_NAME_MAX], rebuff_error *err);
/* They did. */
rebuff_status rbf_store_site_put(
	rbf_store *s, const char *domain, const char *provider, int64_t now_ms, rebuff_error *err);

/* Which slow lane: of a node's mail to a provider, that which leaves from one address of ours, or
 * ("") from those that have no lane of their own. */
typedef struct {
	const char *node, *provider, *source_ip;
} rbf_lane_key;

/* rate 0: there is none. */
rebuff_status rbf_store_pace(rbf_store *s, const rbf_lane_key *lane, double *rate,
	int64_t *changed_ms, char why[REBUFF_TEXT_MAX], rebuff_error *err);
rebuff_status rbf_view_pace(
	rbf_store *s, const rbf_lane_key *lane, double *rate, rebuff_error *err);
/* (view) Every lane. */
rebuff_status rbf_view_lanes(rbf_store *s,
	void (*each)(void *ud, const rbf_lane_key *lane, double rate), void *ud, rebuff_error *err);
/* A lane of this rate for the provider from every node that has mail waiting for it; lanes that are
 * there stay as they are. */
rebuff_status rbf_store_ramp(rbf_store *s, const char *provider, const char *source_ip, double rate,
	int64_t now_ms, const char *why, rebuff_error *err);
/* The same of every provider that has mail of this stream ("": any) waiting. */
rebuff_status rbf_store_ramp_stream(rbf_store *s, const char *stream, const char *source_ip,
	double rate, int64_t now_ms, const char *why, rebuff_error *err);
/* And that has mail waiting that is known to leave from there; `lane`: the address whose lanes they
 * are, or "". */
rebuff_status rbf_store_ramp_source(rbf_store *s, const char *source_ip, const char *lane,
	double rate, int64_t now_ms, const char *why, rebuff_error *err);
/* The lanes of probes (RBF_PROBE_WHY) of a provider get this rate; end them. */
#define RBF_PROBE_WHY "probe: a hold has run out"
rebuff_status rbf_store_ramp_probed(rbf_store *s, const char *provider, double rate, int64_t now_ms,
	const char *why, rebuff_error *err);
rebuff_status rbf_store_probes_end(rbf_store *s, const char *provider, rebuff_error *err);
/* rate 0 ends it. */
rebuff_status rbf_store_pace_put(rbf_store *s, const rbf_lane_key *lane, double rate,
	int64_t now_ms, const char *why, rebuff_error *err);

/* Mail of this stream to this provider left from this address of ours. */
rebuff_status rbf_store_source_put(rbf_store *s, const char *node, const char *stream,
	const char *provider, rebuff_span source_ip, int64_t now_ms, rebuff_error *err);
/* From which it left last, there or (when it never did) anywhere; "" unknown. */
rebuff_status rbf_store_source(rbf_store *s, const char *node, const char *stream,
	const char *provider, char out[REBUFF_NAME_MAX], rebuff_error *err);
rebuff_status rbf_view_source(rbf_store *s, const char *node, const char *stream,
	const char *provider, char out[REBUFF_NAME_MAX], rebuff_error *err);

/* Is the breaker of this provider open? */
rebuff_status rbf_store_breaker(rbf_store *s, const char *provider, bool *open, rebuff_error *err);
/* Every open one. */
rebuff_status rbf_store_breakers(rbf_store *s,
	rebuff_status (*each)(void *ud, const char *provider, rebuff_error *err), void *ud,
	rebuff_error *err);
/* Open it, with an alarm; whoever was suppressed there since since_ms becomes a candidate too. */
rebuff_status rbf_store_breaker_open(rbf_store *s, const char *provider, int64_t now_ms,
	int64_t since_ms, const char *text, rebuff_error *err);
rebuff_status rbf_store_breaker_end(
	rbf_store *s, const char *provider, int64_t now_ms, rebuff_error *err);
rebuff_status rbf_store_candidate(rbf_store *s, const rebuff_suppression *entry, rebuff_error *err);
/* The candidates of a provider ("": all); the view's twin reads committed state. */
rebuff_status rbf_store_candidates(rbf_store *s, const char *provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err);
rebuff_status rbf_view_candidates(rbf_store *s, const char *provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err);
/* Forget the candidates of a provider; unlist: and take those off the list who are on it. *n: how
 * many candidates. */
rebuff_status rbf_store_candidates_end(
	rbf_store *s, const char *provider, bool unlist, size_t *n, rebuff_error *err);

/* Write an alarm (its number, seen, last_ms and ended_ms are the store's). */
rebuff_status rbf_store_alarm(rbf_store *s, const rebuff_alarm *alarm, rebuff_error *err);
/* The newest such alarm that has not ended; 0: none. */
rebuff_status rbf_store_alarm_open(
	rbf_store *s, const char *kind, const rbf_key *about, int64_t *alarm, rebuff_error *err);
/* It was found again. */
rebuff_status rbf_store_alarm_again(rbf_store *s, int64_t alarm, int64_t now_ms, rebuff_error *err);
rebuff_status rbf_store_alarm_end(rbf_store *s, const char *kind, const char *provider,
	const char *stream, int64_t now_ms, rebuff_error *err);
/* Alarms without a hold end when they were not found again for quiet_ms. */
rebuff_status rbf_store_alarms_quiet(
	rbf_store *s, int64_t now_ms, int64_t quiet_ms, rebuff_error *err);
/* Was such an alarm written since since_ms? */
rebuff_status rbf_store_alarmed(rbf_store *s, const char *kind, const char *provider,
	const char *stream, int64_t since_ms, bool *alarmed, rebuff_error *err);
rebuff_status rbf_store_alarm_checked(
	rbf_store *s, int64_t alarm, int64_t checks, rebuff_error *err);
/* (view) Alarms that are open or were since since_ms, oldest first, until `each` returns false. */
rebuff_status rbf_view_alarms(rbf_store *s, int64_t since_ms,
	bool (*each)(void *ud, const rebuff_alarm *alarm), void *ud, rebuff_error *err);

/* (view) As rebuff_fact_each. */
rebuff_status rbf_view_facts(rbf_store *s, const char *provider, int64_t now_ms,
	void (*each)(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of), void *ud,
	rebuff_error *err);
rebuff_status rbf_store_checks(
	rbf_store *s, const rebuff_checks *checks, int64_t *number, rebuff_error *err);
/* (view) The latest of a provider ("": of any). */
rebuff_status rbf_view_checks(rbf_store *s, const char *provider,
	void (*each)(void *ud, const rebuff_checks *checks), void *ud, rebuff_error *err);
/* (view) What is known of telling an alarm one way; all zero: nothing. */
rebuff_status rbf_view_notice(
	rbf_store *s, int64_t alarm, const char *way, rebuff_notice *out, rebuff_error *err);
rebuff_status rbf_store_notice(rbf_store *s, const rebuff_notice *notice, rebuff_error *err);

/* Warm-up plans, by node and provider. */
/* Time in the plan, pauses left out. */
int64_t rbf_warmup_spent_ms(const rebuff_warmup *plan, int64_t now_ms);
rebuff_status rbf_view_warmup(rbf_store *s, const char *node, const char *provider,
	rebuff_warmup *out, bool *found, rebuff_error *err);
rebuff_status rbf_store_warmup(rbf_store *s, const char *node, const char *provider,
	rebuff_warmup *out, bool *found, rebuff_error *err);
rebuff_status rbf_view_warmups(rbf_store *s, bool (*each)(void *ud, const rebuff_warmup *plan),
	void *ud, rebuff_error *err);
rebuff_status rbf_store_warmup_put(rbf_store *s, const rebuff_warmup *plan, rebuff_error *err);
rebuff_status rbf_store_warmup_end(
	rbf_store *s, const char *node, const char *provider, size_t *n, rebuff_error *err);
/* One more message went out on day number `day`. */
rebuff_status rbf_store_warmup_sent(
	rbf_store *s, const char *node, const char *provider, uint32_t day, rebuff_error *err);
/* Its days stand still, or go on. */
rebuff_status rbf_store_warmup_pause(
	rbf_store *s, const char *provider, bool pause, int64_t now_ms, rebuff_error *err);

typedef struct {
	bool found;
	bool probing; /* it has run out: one message at a time may go, to see */
	int64_t until_ms; /* 0: without an end */
	char source_ip[REBUFF_NAME_MAX]; /* it is of this sending IP alone; "" of any */
	char reason[REBUFF_TEXT_MAX];
} rbf_held_now;
/* (view) Is mail of this key held? A hold that has run out is in force until rbf_store_holds_over
 * has ended it or made it probe. A source_ip that is not known is under no hold of an IP. */
rebuff_status rbf_view_hold(
	rbf_store *s, const rbf_key *key, rbf_held_now *held, rebuff_error *err);
/* The same for the writer. */
rebuff_status rbf_store_holding(
	rbf_store *s, const rbf_key *key, rbf_held_now *held, rebuff_error *err);
/* (view) Every hold in force. */
rebuff_status rbf_view_holds(rbf_store *s,
	void (*each)(void *ud, const rbf_key *scope, bool probing), void *ud, rebuff_error *err);
/* (view) As rebuff_hold_each. */
rebuff_status rbf_view_hold_list(rbf_store *s, bool ended_too,
	bool (*each)(void *ud, const rebuff_hold *hold), void *ud, rebuff_error *err);
/* How long mail of this key was under holds since since_ms; overlaps count once. */
rebuff_status rbf_store_held_ms(rbf_store *s, const rbf_key *key, int64_t since_ms, int64_t now_ms,
	int64_t *held_ms, rebuff_error *err);
rebuff_status rbf_store_hold(rbf_store *s, const rbf_key *scope, int64_t now_ms, int64_t until_ms,
	const char *reason, const char *by, rebuff_error *err);

/* Where mail leaves from is known before the attempt by what came of the mail before: a stream of a
 * node whose results of a day all name one sending IP. (A result named it.) */
rebuff_status rbf_store_leaving_seen(rbf_store *s, const char *node, const char *stream,
	const char *source_ip, int64_t now_ms, rebuff_error *err);
/* "" when it is not known. */
rebuff_status rbf_store_leaving(rbf_store *s, const char *node, const char *stream,
	char out[REBUFF_NAME_MAX], rebuff_error *err);
rebuff_status rbf_view_leaving(rbf_store *s, const char *node, const char *stream,
	char out[REBUFF_NAME_MAX], rebuff_error *err);
/* (view) The streams that are known to leave from there. */
rebuff_status rbf_view_streams_from(rbf_store *s, const char *source_ip,
	void (*each)(void *ud, const char *node, const char *stream), void *ud, rebuff_error *err);
/* Is that known of every stream that left from there, so that holding the IP stops its mail? */
rebuff_status rbf_store_leaving_steers(
	rbf_store *s, const char *source_ip, bool *steers, rebuff_error *err);
/* Call `each` for the holds that have run out; it says whether the hold probes now or is over. */
rebuff_status rbf_store_holds_over(rbf_store *s, int64_t now_ms,
	rebuff_status (*each)(void *ud, const rbf_key *scope, bool *probes, rebuff_error *err),
	void *ud, rebuff_error *err);
/* The providers with a hold that probes, but for those of one sending IP. */
rebuff_status rbf_store_holds_probing(rbf_store *s,
	rebuff_status (*each)(void *ud, const char *provider, rebuff_error *err), void *ud,
	rebuff_error *err);
/* A hold that probes and that a message to this provider from this sending IP is under. */
typedef struct {
	bool found;
	int64_t hold, lasts_ms;
	uint32_t times; /* probes that were refused */
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX], source_ip[REBUFF_NAME_MAX];
} rbf_probe;
rebuff_status rbf_store_probing(rbf_store *s, const char *provider, const char *source_ip,
	rbf_probe *out, rebuff_error *err);
/* Its probe was refused: held again. */
rebuff_status rbf_store_hold_again(rbf_store *s, int64_t hold, int64_t until_ms, rebuff_error *err);
/* End the hold of exactly this provider and stream, and its alarm. */
rebuff_status rbf_store_release(rbf_store *s, const rbf_key *scope, int64_t now_ms, const char *by,
	const char *note, size_t *n, rebuff_error *err);

rebuff_status rbf_store_arrival(
	rbf_store *s, const rebuff_arrival *arrival, int64_t now_ms, rebuff_error *err);

/* ---- late bounces (store_late.c) --------------------------------------------------------------
 */

/* An arrival that was recorded. *row 0: there is none. *settled: it was read, or could not be. */
rebuff_status rbf_store_arrived(rbf_store *s, const char *node, rebuff_mta mta, rebuff_span id,
	int64_t *row, bool *settled, rebuff_error *err);
/* What became of it: read (of that kind), or not, and why. */
rebuff_status rbf_store_arrival_read(rbf_store *s, int64_t row, bool read, rebuff_message_kind kind,
	bool backscatter, const char *why, rebuff_error *err);

/* A recipient whose mail was accepted. */
typedef struct {
	int64_t who;
	char node[REBUFF_DOMAIN_MAX + 1];
	rebuff_mta mta;
	char id[REBUFF_ID_MAX + 1];
	int64_t time_ms;
	int64_t from_who; /* of the sender's key form */
	int64_t remote_id; /* hash of the queue id that the remote server named; 0: none */
	int64_t envid; /* hash of the ENVID that it was given; 0: none */
	char stream[REBUFF_NAME_MAX];
	char provider[REBUFF_NAME_MAX];
} rbf_sent;
rebuff_status rbf_store_sent_put(rbf_store *s, const rbf_sent *sent, rebuff_error *err);
/* The newest `cap` deliveries to a recipient; *n: how many. */
rebuff_status rbf_store_sent_to(
	rbf_store *s, int64_t who, rbf_sent *out, size_t cap, size_t *n, rebuff_error *err);
/* Had the message no other recipient? OpenSMTPD's ids are of envelopes: the message's is their
 * first half. */
rebuff_status rbf_store_sent_alone(
	rbf_store *s, const rbf_sent *sent, bool *alone, rebuff_error *err);

/* What a message says of one recipient. */
typedef struct {
	int64_t time_ms, arrival;
	rebuff_message_kind kind;
	rebuff_dsn_action action;
	rebuff_trust trust;
	const rbf_sent *sent; /* NULL: tied to none; else its who, stream and provider count */
	const char *recipient, *sender; /* key form; "" unknown */
	const char *stream, *provider; /* where sent is NULL */
	const rebuff_classification *reply;
	rebuff_span reporter, text;
	const char *why;
	bool struck; /* a finding against the address, if it is to be believed */
	int suppressed;
	bool paired;
} rbf_late;
rebuff_status rbf_store_late(rbf_store *s, const rbf_late *late, rebuff_error *err);
/* Was a finding of this kind and trust about this very delivery recorded before? */
rebuff_status rbf_store_late_known(
	rbf_store *s, const rbf_late *late, bool *known, rebuff_error *err);
/* Find a finding of the same kind and trust about mail to this recipient (another message: one that
 * is known is not paired), at least apart_ms older and not paired yet, and mark it as paired. */
rebuff_status rbf_store_late_pair(
	rbf_store *s, const rbf_late *late, int64_t apart_ms, bool *found, rebuff_error *err);
/* An acceptance that a bounce has undone settles no strikes. */
rebuff_status rbf_store_unaccept(rbf_store *s, int64_t who, rebuff_error *err);
/* Remove the entry of exactly this scope and class. */
rebuff_status rbf_store_unsuppress_scope(rbf_store *s, int64_t who, const char *scope,
	rebuff_class class_, bool *removed, rebuff_error *err);

/* Keys of return paths. The one that counts for a message that arrived then: the newest made
 * before, else the first. (view) for the loop thread. */
enum { RBF_STORE_KEY = 32 };
rebuff_status rbf_store_key_add(
	rbf_store *s, int64_t made_ms, const unsigned char key[RBF_STORE_KEY], rebuff_error *err);
rebuff_status rbf_store_key_of(rbf_store *s, int64_t arrived_ms, unsigned char key[RBF_STORE_KEY],
	bool *found, rebuff_error *err);
rebuff_status rbf_view_key_of(rbf_store *s, int64_t arrived_ms, unsigned char key[RBF_STORE_KEY],
	bool *found, rebuff_error *err);
/* When the first key was made; 0: there is none. */
rebuff_status rbf_store_key_first(rbf_store *s, int64_t *made_ms, rebuff_error *err);

/* Suppressions that have run out lose their address and evidence, and are renewed for longer when
 * the next finding comes. */
rebuff_status rbf_store_lapse(rbf_store *s, int64_t now_ms, rebuff_error *err);

/* ---- what reports count: store_total.c ---- */

enum {
	RBF_TOTAL_STEP_MS = 600000, /* events are counted in such steps ... */
	RBF_TOTAL_DAY_MS = 86400000, /* ... which become days of UTC ... */
	RBF_TOTAL_STEPS_DAYS = 3 /* ... when they are older than this */
};
/* The start of the first day that is still counted in steps. */
int64_t rbf_total_days_end(int64_t now_ms);
/* The class of a length of time, 8 to each doubling from 1 ms on, and where a class begins. */
int rbf_lapse_bucket(int64_t ms);
double rbf_lapse_start_ms(int bucket);
/* Teach a connection (an sqlite3 *) rbf_lapse_bucket, which the triggers use. */
rebuff_status rbf_total_functions(void *db, rebuff_error *err);
/* Count an acceptance that has no event: in its day when it is before days_end_ms, else in its
 * step. d->received_ms 0: unknown. */
rebuff_status rbf_store_accepted_past(rbf_store *s, const rbf_delivery *d, const char *source_ip,
	int64_t time_ms, int64_t days_end_ms, rebuff_error *err);
/* Make a day of the oldest steps that are old enough; *more: there may be other days. */
rebuff_status rbf_store_fold(rbf_store *s, int64_t now_ms, bool *more, rebuff_error *err);
/* How far the log that begins with this line was read (0: it is new), and remember it. */
rebuff_status rbf_store_imported(
	rbf_store *s, const char *first_line, int64_t *bytes, rebuff_error *err);
rebuff_status rbf_store_import(
	rbf_store *s, const char *first_line, int64_t bytes, int64_t now_ms, rebuff_error *err);

/* Keeping times, in milliseconds before now_ms. */
typedef struct {
	int64_t event_ms; /* addresses and reply texts */
	int64_t delivery_ms; /* closed deliveries, and acceptances among the events */
	int64_t strike_ms;
	int64_t settled_ms; /* so long after an acceptance the strikes before it are forgotten */
	int64_t lapsed_ms; /* suppressions that ran out */
	int64_t key_ms; /* keys of return paths, after another one followed */
	int64_t total_ms; /* what reports count */
} rbf_keep;
/* Forget what is older, some thousands of rows at most; *more: there is more to forget. */
rebuff_status rbf_store_forget_old(
	rbf_store *s, const rbf_keep *keep, int64_t now_ms, bool *more, rebuff_error *err);

/* ---- how sound it is ------------------------------------------------------------------------ */

/* (view) As rebuff_check_store. */
rebuff_status rbf_view_soundness(
	rbf_store *s, bool thorough, rebuff_soundness *out, rebuff_error *err);
#endif
