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

typedef enum {
	RBF_WAITING = 0, /* an attempt is due at due_ms */
	RBF_OPEN = 1, /* an attempt is under way */
	RBF_DELIVERED = 2,
	RBF_FAILED = 3,
	RBF_GIVEN_UP = 4, /* the gate fails it when it is asked next, due at due_ms */
	RBF_GONE = 5 /* it left the queue and nobody said how */
} rbf_delivery_state;

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
	bool past_host, frozen;
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
/* Call `each` for every recipient of a message in one of the states of the bit mask (1 << state).
 */
rebuff_status rbf_store_message(rbf_store *s, const char *node, rebuff_mta mta, const char *id,
	unsigned states, rebuff_status (*each)(void *ud, rbf_delivery *d, rebuff_error *err),
	void *ud, rebuff_error *err);
/* (view) Messages due at now_ms, earliest first; *next_ms: the earliest later one, or INT64_MAX. */
rebuff_status rbf_view_due(rbf_store *s, int64_t now_ms, rebuff_due *due, size_t cap, size_t *n,
	int64_t *next_ms, rebuff_error *err);
/* The message was woken: its due recipients are due again at again_ms. */
rebuff_status rbf_store_woken(
	rbf_store *s, const rebuff_due *due, int64_t now_ms, int64_t again_ms, rebuff_error *err);
/* Attempts open since before opened_before_ms become waiting, due at due_ms. */
rebuff_status rbf_store_rearm(
	rbf_store *s, int64_t opened_before_ms, int64_t due_ms, rebuff_error *err);
/* What the MTA's queue holds: sets frozen, counts how often a message was unseen, closes at two. */
rebuff_status rbf_store_queue(rbf_store *s, const char *node, rebuff_mta mta,
	const rebuff_queued *queued, size_t n, int64_t now_ms, rebuff_error *err);
/* Move every due, first-failure and received time of open rows by delta_ms: the clock was set. */
rebuff_status rbf_store_shift(rbf_store *s, int64_t delta_ms, rebuff_error *err);

rebuff_status rbf_store_event(rbf_store *s, rbf_event *e, rebuff_error *err);
/* Of the provider's attempts since since_ms: how many ended finally, how many of these struck. */
rebuff_status rbf_store_shares(rbf_store *s, const char *provider, int64_t since_ms, uint32_t *all,
	uint32_t *struck, rebuff_error *err);

/* Count a strike (one a message) and return how many there are since since_ms, and the first's
 * time. */
rebuff_status rbf_store_strike(rbf_store *s, int64_t who, int kind, const char *id, int64_t time_ms,
	int64_t since_ms, uint32_t *n, int64_t *first_ms, rebuff_error *err);
/* An acceptance: remembered when the address has strikes. */
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

/* The slow lane of a provider from a node; rate 0: none. */
rebuff_status rbf_store_pace(rbf_store *s, const char *node, const char *provider, double *rate,
	int64_t *changed_ms, rebuff_error *err);
rebuff_status rbf_view_pace(
	rbf_store *s, const char *node, const char *provider, double *rate, rebuff_error *err);
/* rate 0 ends it. */
rebuff_status rbf_store_pace_put(rbf_store *s, const char *node, const char *provider, double rate,
	int64_t now_ms, const char *why, rebuff_error *err);

/* Is the breaker of this provider open? Open it (once: *opened) or keep a candidate. */
rebuff_status rbf_store_breaker(rbf_store *s, const char *provider, bool *open, rebuff_error *err);
rebuff_status rbf_store_breaker_open(
	rbf_store *s, const char *provider, int64_t now_ms, const char *text, rebuff_error *err);
rebuff_status rbf_store_breaker_end(
	rbf_store *s, const char *provider, int64_t now_ms, rebuff_error *err);
rebuff_status rbf_store_candidate(rbf_store *s, const rebuff_suppression *entry, rebuff_error *err);

/* (view) The hold in force for this provider and stream, *until_ms 0 for one without an end; and
 * how long such holds lasted since since_ms. */
rebuff_status rbf_view_hold(rbf_store *s, const char *provider, const char *stream, int64_t now_ms,
	bool *held, int64_t *until_ms, char reason[REBUFF_TEXT_MAX], rebuff_error *err);
rebuff_status rbf_store_held_ms(rbf_store *s, const char *provider, const char *stream,
	int64_t since_ms, int64_t now_ms, int64_t *held_ms, rebuff_error *err);
rebuff_status rbf_store_hold(rbf_store *s, const char *provider, const char *stream, int64_t now_ms,
	int64_t until_ms, const char *reason, const char *by, rebuff_error *err);
rebuff_status rbf_store_release(rbf_store *s, const char *provider, const char *stream,
	int64_t now_ms, size_t *n, rebuff_error *err);

rebuff_status rbf_store_arrival(
	rbf_store *s, const rebuff_arrival *arrival, int64_t now_ms, rebuff_error *err);

/* Keeping times, in milliseconds before now_ms. */
typedef struct {
	int64_t clear_ms; /* addresses and reply texts of events */
	int64_t event_ms; /* events without them */
	int64_t delivery_ms; /* closed deliveries */
	int64_t strike_ms;
	int64_t settled_ms; /* after an acceptance so old, strikes before it are forgotten */
	int64_t suppression_ms; /* entries that ran out so long ago */
} rbf_keep;
rebuff_status rbf_store_forget_old(
	rbf_store *s, const rbf_keep *keep, int64_t now_ms, rebuff_error *err);
#endif
