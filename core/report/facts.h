/* facts.h - what a report or a status tells, read from the database once, as plain rows that every
 * output format shares. */
#ifndef RBF_REPORT_FACTS_H
#define RBF_REPORT_FACTS_H
#include "rebuff.h"
#include "state/store.h"

/* Rows of each kind that are kept; what is over is counted, not shown. */
enum {
	RBF_FACTS_TRAFFIC_MAX = 200,
	RBF_FACTS_REASONS_MAX = 30,
	RBF_FACTS_PARTS_MAX = 60,
	RBF_FACTS_ROWS_MAX = 200,
	RBF_FACTS_SPARED_MAX = 1000,
	RBF_FACTS_LINES_MAX = 6, /* providers that are shown over time */
	RBF_FACTS_CHANGES_MAX = 12,
};

/* Final and passing answers of one provider or stream in the period. */
typedef struct {
	char name[REBUFF_NAME_MAX]; /* "" for providers that no file names */
	int64_t attempts, accepted, deferred, refused;
	int64_t hard; /* of the refused: the address is dead */
	int64_t was_attempts, was_accepted, was_refused; /* in the period before */
	int64_t median_ms,
		p95_ms; /* from submission to acceptance; -1 unknown (but for providers) */
} rbf_traffic;

/* Of final outcomes (accepted and refused), 0..1; 0 when there are none. */
double rbf_traffic_hard_rate(const rbf_traffic *t);
double rbf_traffic_total_rate(const rbf_traffic *t);
/* Enough outcomes to hold them against the lines? */
bool rbf_traffic_counts(const rbf_traffic *t);
#define RBF_HARD_LINE 0.02
#define RBF_TOTAL_LINE 0.05
enum { RBF_LINE_FROM = 200 }; /* final outcomes */

/* The answers of a part of the period; the parts are equally long and none is left out. */
typedef struct {
	int64_t start_ms;
	int64_t accepted, deferred, refused;
	int64_t suppressed[REBUFF_CLASS_N]; /* entries added (of all providers together) */
} rbf_part;

/* One category of answers that were no acceptance. */
typedef struct {
	rebuff_category category;
	rebuff_fault fault;
	bool refused; /* else put off */
	int64_t n, was;
} rbf_categorised;

/* Acceptances by the time they took. */
typedef struct {
	int64_t end_ms; /* within this; 0: longer */
	int64_t n;
} rbf_within;

/* A rate that is not what it was in the period before. */
typedef struct {
	const char *what; /* "provider", "stream", "sending IP", "refused as", "put off as" */
	char name[REBUFF_NAME_MAX];
	int64_t n, was_n; /* final outcomes; of a category: attempts */
	double rate, was_rate; /* refused; of a category: its share */
} rbf_change;

/* What would have been held, had rebuff acted. */
typedef struct {
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX]; /* "" any */
	int64_t n;
} rbf_would_hold;

/* Why mail was put off or refused, the most frequent first. */
typedef struct {
	char provider[REBUFF_NAME_MAX];
	rebuff_category category;
	rebuff_fault fault;
	bool refused;
	int64_t n;
	int code;
	char text[REBUFF_REPLY_MAX]; /* one of the replies, the latest; printable; "" forgotten */
	char rule[REBUFF_RULE_MAX];
} rbf_reason;

/* Recipients that wait for their next attempt. */
typedef struct {
	char provider[REBUFF_NAME_MAX];
	rebuff_category category;
	int64_t n, frozen;
	int64_t first_ms, last_ms; /* when they are due */
} rbf_waits;

typedef struct {
	char node[REBUFF_DOMAIN_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	char source_ip[REBUFF_NAME_MAX]; /* "": those that have no lane of their own */
	double rate; /* messages a minute */
	int64_t since_ms;
	char why[REBUFF_TEXT_MAX];
} rbf_lane;

typedef struct {
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX]; /* "" any */
	char source_ip[REBUFF_NAME_MAX]; /* "" any */
	int64_t since_ms, until_ms; /* until 0: until released */
	char reason[REBUFF_TEXT_MAX];
	char by[REBUFF_NAME_MAX];
	bool probing; /* it has run out, one message at a time goes to see */
	int64_t refused_probes, waiting;
} rbf_held;

/* A hold that ended in the period: by whom, why, and after which checks. */
typedef struct {
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX], source_ip[REBUFF_NAME_MAX];
	int64_t since_ms, ended_ms;
	char reason[REBUFF_TEXT_MAX], by[REBUFF_NAME_MAX]; /* of its beginning */
	char released_by[REBUFF_NAME_MAX], note[REBUFF_TEXT_MAX];
	char checked[REBUFF_TEXT_MAX]; /* what the checks found; "" none */
} rbf_released;

/* A warm-up plan and its day. */
typedef struct {
	char ip[REBUFF_NAME_MAX], provider[REBUFF_NAME_MAX], node[REBUFF_DOMAIN_MAX + 1];
	int64_t day, days; /* day 0: it is over */
	int64_t sent, cap; /* today */
	bool paused; /* an alarm holds the provider */
} rbf_warming;

typedef struct {
	char provider[REBUFF_NAME_MAX];
	int64_t since_ms;
	int64_t candidates; /* addresses kept for the operator to judge */
} rbf_tripped;

typedef struct {
	int64_t time_ms;
	char kind[REBUFF_NAME_MAX], provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX];
	char source_ip[REBUFF_NAME_MAX]; /* it is about this one alone; "" any */
	rebuff_acted acted;
	int64_t seen, ended_ms; /* how often it was found; 0: not over */
	char text[REBUFF_TEXT_MAX];
	char evidence[REBUFF_TEXT_MAX]; /* one of the replies */
	char checked[REBUFF_TEXT_MAX]; /* what the checks found; "" none */
} rbf_alarm;
/* "told", "held", "would have been held" */
const char *rbf_alarm_acted(const rbf_alarm *alarm);

/* Refused with a 5xx, and not suppressed. */
typedef struct {
	int64_t time_ms;
	char recipient[REBUFF_ADDRESS_MAX + 1]; /* "" forgotten */
	char provider[REBUFF_NAME_MAX];
	rebuff_category category;
	rebuff_fault fault;
	int code;
	bool would; /* it would have been: observe mode, or the breaker */
	char why[REBUFF_TEXT_MAX];
	char text[REBUFF_TEXT_MAX]; /* printable, perhaps cut */
} rbf_spared;

/* What messages said in the period, by how far they are believed. */
typedef struct {
	rebuff_trust trust;
	int64_t failed, delayed, complaints, suppressed;
} rbf_trusted;

/* One recipient of one of them. */
typedef struct {
	int64_t time_ms, sent_ms; /* sent: the delivery that it is tied to; 0 none */
	rebuff_message_kind kind;
	rebuff_trust trust;
	char recipient[REBUFF_ADDRESS_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	rebuff_category category;
	int code;
	int suppressed; /* as in the database */
	bool paired;
	char id[REBUFF_ID_MAX + 1];
	char why[REBUFF_TEXT_MAX];
	char text[REBUFF_TEXT_MAX]; /* printable, perhaps cut */
} rbf_said;
/* "suppressed", "recorded" ... */
const char *rbf_said_outcome(const rbf_said *said);

/* Suppressions of one class. */
typedef struct {
	rebuff_class class_;
	int64_t added; /* in the period */
	int64_t active, run_out; /* now */
} rbf_listed;

#define RBF_ROWS(type, name)                                                                       \
	type *name;                                                                                \
	size_t name##_n
typedef struct {
	int64_t now_ms, from_ms, to_ms; /* whole steps in which the database counts */
	int64_t days_end_ms; /* before it, days are whole */
	int64_t before_ms; /* where the period before begins */
	char provider[REBUFF_NAME_MAX]; /* asked for; "" all */
	rbf_traffic all;
	int64_t waiting, open; /* recipients, now */
	int64_t spared_all; /* how many there are, shown or not */
	int64_t would_suppress; /* addresses, in the period */
	RBF_ROWS(rbf_traffic, providers);
	RBF_ROWS(rbf_traffic, streams);
	RBF_ROWS(rbf_traffic, sources);
	RBF_ROWS(rbf_categorised, categories);
	RBF_ROWS(rbf_within, within);
	RBF_ROWS(rbf_change, changes);
	RBF_ROWS(rbf_would_hold, would_hold);
	RBF_ROWS(rbf_part, lines); /* times_n for each of the first providers */
	RBF_ROWS(rbf_part, times);
	int64_t part_ms; /* how long each is */
	RBF_ROWS(rbf_reason, reasons);
	RBF_ROWS(rbf_waits, waits);
	RBF_ROWS(rbf_lane, lanes);
	RBF_ROWS(rbf_held, holds);
	RBF_ROWS(rbf_released, released);
	RBF_ROWS(rbf_warming, warmups);
	RBF_ROWS(rbf_tripped, breakers);
	RBF_ROWS(rbf_alarm, alarms);
	RBF_ROWS(rbf_spared, spared);
	int64_t arrived, unread, backscatter; /* messages, in the period */
	RBF_ROWS(rbf_trusted, trusts);
	RBF_ROWS(rbf_said, late);
	RBF_ROWS(rbf_listed, listed);
} rbf_facts;

/* The end of the period for people: not in the future. */
int64_t rbf_facts_end(const rbf_facts *facts);

/* Read everything, in one snapshot. `now_only`: not what happened in the period (traffic, reasons,
 * spared), only how things stand. The caller frees, also after a failure. */
rebuff_status rbf_facts_read(rbf_store *store, int64_t now_ms, const rebuff_output *out,
	bool now_only, rbf_facts *facts, rebuff_error *err);
void rbf_facts_free(rbf_facts *facts);
#endif
