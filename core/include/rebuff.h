/*
 * rebuff.h - the one public header of librebuff: read a remote server's reply, say who is at fault,
 * and decide what a mail server should do about it.
 *
 * Conventions. Text comes in as borrowed spans, valid for the call only. Results go into storage of
 * the caller; optional text is "", never NULL. Times are int64_t milliseconds: `_ms` of wall time
 * is since 1970 (UTC). A function that can fail returns rebuff_status and explains in `err`, which
 * may be NULL. Structs that may grow begin with `size`, set by the caller to sizeof.
 */
#ifndef REBUFF_H
#define REBUFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REBUFF_VERSION "0.1.0"
#define REBUFF_API __attribute__((visibility("default")))

/* Bounds of everything that comes from outside. Longer text is cut and marked, longer structure is
 * refused with REBUFF_ELIMIT. */
enum {
	REBUFF_REPLY_MAX = 8192, /* bytes of one reply */
	REBUFF_REPLY_LINES_MAX = 64,
	REBUFF_ADDRESS_MAX = 320, /* bytes of an address: 64 + 1 + 255 (RFC 5321 4.5.3.1) */
	REBUFF_DOMAIN_MAX = 255, /* bytes of a domain */
	REBUFF_ID_MAX = 64, /* a message or envelope id of an MTA */
	REBUFF_NAME_MAX = 64, /* a provider, category, stream or rule name */
	REBUFF_RULE_MAX = 160, /* where a rule stands: file:line */
	REBUFF_TEXT_MAX = 512, /* our own sentences */
};

/* ---- status and errors ------------------------------------------------------------------- */

typedef enum {
	REBUFF_OK = 0,
	REBUFF_EARG = -1, /* wrong use of the library */
	REBUFF_EPARSE = -2, /* input is not of the expected form */
	REBUFF_ELIMIT = -3, /* input is over a bound */
	REBUFF_EPOLICY = -4, /* a policy file does not load */
	REBUFF_ESTORE = -5, /* the database: full, unreadable, from a newer version */
	REBUFF_EIO = -6, /* a file or socket */
	REBUFF_ENOMEM = -7,
	REBUFF_ENOENT = -8, /* what was named does not exist */
} rebuff_status;

/* What went wrong, where, what was expected, what to do. No allocation. */
typedef struct {
	rebuff_status status;
	char text[1024];
} rebuff_error;

typedef struct {
	const char *p;
	size_t len;
} rebuff_span;

/* Where the library logs: `message` is one line of key=value pairs, escaped to printable ASCII. */
typedef enum {
	REBUFF_LOG_ERROR,
	REBUFF_LOG_WARNING,
	REBUFF_LOG_INFO,
	REBUFF_LOG_DEBUG
} rebuff_level;
typedef struct {
	void *ud;
	void (*write)(void *ud, rebuff_level level, const char *message);
} rebuff_log;

/* Where the library takes time from; NULL functions mean the system's clocks. */
typedef struct {
	void *ud;
	int64_t (*wall_ms)(void *ud); /* CLOCK_REALTIME */
	int64_t (*boot_ms)(void *ud); /* CLOCK_BOOTTIME */
} rebuff_clock;

/* ---- what a reply means --------------------------------------------------------------------- */

typedef enum {
	REBUFF_UNCLASSIFIED,
	REBUFF_ADDRESS_BAD,
	REBUFF_RECIPIENT_REFUSED,
	REBUFF_DOMAIN_BAD,
	REBUFF_MAILBOX_FULL,
	REBUFF_MAILBOX_DISABLED,
	REBUFF_SENDER_REJECTED,
	REBUFF_IP_BLOCKED,
	REBUFF_RATE_LIMITED,
	REBUFF_GREYLISTED,
	REBUFF_CONTENT_BLOCKED,
	REBUFF_POLICY,
	REBUFF_AUTH_FAILED,
	REBUFF_RELAY_DENIED,
	REBUFF_MESSAGE_TOO_BIG,
	REBUFF_SYSTEM_ERROR,
	REBUFF_PROTOCOL_ERROR,
	REBUFF_NETWORK_ERROR,
	REBUFF_EXPIRED,
	REBUFF_COMPLAINT,
	REBUFF_AUTOREPLY,
	REBUFF_DELIVERED,
	REBUFF_CATEGORY_N
} rebuff_category;

typedef enum {
	REBUFF_FAULT_UNKNOWN,
	REBUFF_FAULT_RECIPIENT,
	REBUFF_FAULT_MESSAGE,
	REBUFF_FAULT_SENDER_IP,
	REBUFF_FAULT_SENDER_DOMAIN,
	REBUFF_FAULT_RECEIVER,
	REBUFF_FAULT_NETWORK,
	REBUFF_FAULT_US,
	REBUFF_FAULT_NONE,
	REBUFF_FAULT_N
} rebuff_fault;

/* The point of the SMTP dialogue at which the reply came (RFC 5321 3.1-3.3). */
typedef enum {
	REBUFF_STAGE_UNKNOWN,
	REBUFF_STAGE_CONNECT, /* no reply: refused, timed out, dropped */
	REBUFF_STAGE_BANNER,
	REBUFF_STAGE_EHLO,
	REBUFF_STAGE_TLS,
	REBUFF_STAGE_AUTH,
	REBUFF_STAGE_MAIL,
	REBUFF_STAGE_RCPT,
	REBUFF_STAGE_DATA,
	REBUFF_STAGE_DOT,
	REBUFF_STAGE_DNS, /* no connection: the domain's DNS */
	REBUFF_STAGE_N
} rebuff_stage;

/* What the reply is about, when it says: only ip and domain slow a provider down. */
typedef enum {
	REBUFF_SCOPE_NONE,
	REBUFF_SCOPE_IP,
	REBUFF_SCOPE_NETBLOCK,
	REBUFF_SCOPE_DOMAIN, /* SPF, DKIM or From domain */
	REBUFF_SCOPE_URL,
	REBUFF_SCOPE_RECIPIENT,
	REBUFF_SCOPE_TRANSACTION,
	REBUFF_SCOPE_SESSION,
	REBUFF_SCOPE_N
} rebuff_scope;

/* What a reply asks for, without history. */
typedef enum {
	REBUFF_ACTION_NONE, /* 2xx */
	REBUFF_ACTION_RETRY, /* 4xx */
	REBUFF_ACTION_SLOW, /* 4xx rate limit of our IP or domain */
	REBUFF_ACTION_SOFT, /* 5xx full mailbox: this message bounces, one soft bounce */
	REBUFF_ACTION_SUPPRESS, /* the address is dead */
	REBUFF_ACTION_BOUNCE, /* this message bounces, the address is left alone */
	REBUFF_ACTION_HOLD, /* only by a provider's rule or policy */
	REBUFF_ACTION_N
} rebuff_action;

/* Names as printed and read everywhere ("address-bad", "sender-ip", "rcpt", "domain", "suppress").
 * The _name functions never return NULL; the _of_name functions return -1 for an unknown name. */
REBUFF_API const char *rebuff_category_name(rebuff_category category);
REBUFF_API const char *rebuff_fault_name(rebuff_fault fault);
REBUFF_API const char *rebuff_stage_name(rebuff_stage stage);
REBUFF_API const char *rebuff_scope_name(rebuff_scope scope);
REBUFF_API const char *rebuff_action_name(rebuff_action action);
REBUFF_API int rebuff_category_of_name(rebuff_span name);
REBUFF_API int rebuff_fault_of_name(rebuff_span name);
REBUFF_API int rebuff_stage_of_name(rebuff_span name);
REBUFF_API int rebuff_scope_of_name(rebuff_span name);
REBUFF_API int rebuff_action_of_name(rebuff_span name);

/* ---- context --------------------------------------------------------------------------------- */

typedef struct rebuff_ctx rebuff_ctx;

typedef struct {
	uint32_t size;
	const char *data_dir; /* shipped policy (lua/); NULL: the directory given at build time */
	const char *config_dir; /* the operator's policy; NULL: /etc/rebuff; "" or absent: none */
	const char *state_file; /* the database; NULL: no history (classify only) */
	bool read_only; /* open the database for reading (reports, lists) */
	rebuff_log log;
	rebuff_clock clock;
	bool trial; /* to try a policy out: without mode.lua, without jitter */
	bool store_may_fail; /* open without the database when it cannot be used: the gate says go,
				what is to be recorded fails with the reason */
} rebuff_options;

/*
 * Open the library: load the policy and, when asked for, the database.
 * Returns REBUFF_OK; REBUFF_EPOLICY with file:line; REBUFF_ESTORE when the database cannot be used.
 * Threads: one context serves one writer thread (functions under "writer") and one loop thread
 * (functions under "loop") at the same time; rebuff_reload may be called on the loop thread.
 */
REBUFF_API rebuff_status rebuff_open(
	const rebuff_options *options, rebuff_ctx **out, rebuff_error *err);
/* Close and set *ctx to NULL; accepts NULL. */
REBUFF_API void rebuff_close(rebuff_ctx **ctx);
/* Read the policy again. Atomic: on failure the running policy stays in force and err says why. */
REBUFF_API rebuff_status rebuff_reload(rebuff_ctx *ctx, rebuff_error *err);

/* ---- classification (any thread) ----------------------------------------------------------------
 */

typedef struct {
	uint32_t size;
	rebuff_span text; /* the reply: wire lines, or lines joined by LF or by the characters \n */
	rebuff_span recipient_domain; /* "" when unknown */
	rebuff_span mx_host; /* "" when unknown */
	rebuff_stage stage;
} rebuff_reply;

typedef struct {
	uint32_t size;
	uint16_t code; /* 0 when the reply has none */
	char enhanced[16]; /* "5.1.1" or "" */
	rebuff_category category;
	rebuff_fault fault;
	rebuff_action action;
	rebuff_scope scope;
	bool permanent; /* the address itself is dead */
	bool truncated; /* the reply was longer than REBUFF_REPLY_MAX */
	double confidence; /* 0..1 */
	int64_t wait_s; /* stated wait; 0: none stated */
	char provider[REBUFF_NAME_MAX];
	char rule[REBUFF_RULE_MAX]; /* file:line of the rule that decided, or the name of the step
				     */
	rebuff_category runner_up; /* REBUFF_UNCLASSIFIED when there was none */
	char runner_up_rule[REBUFF_RULE_MAX];
	char evidence[REBUFF_TEXT_MAX]; /* the words that decided, printable */
	/* facts that the text states; "" when it does not */
	char fact_ip[64]; /* the IP address named */
	char fact_address[REBUFF_ADDRESS_MAX + 1];
	char fact_list[128]; /* block list named */
	char fact_url[256]; /* delisting or postmaster page */
	char fact_domain[REBUFF_DOMAIN_MAX + 1]; /* sending domain named */
	char fact_auth[128]; /* "spf=fail dkim=pass dmarc=fail" */
	char fact_tag[64]; /* the provider's own code: GMX c=, Microsoft S3140, Yahoo TSS04 */
	int64_t fact_limit; /* quoted limit (messages, connections, bytes); 0: none */
	int64_t wait_until_s; /* a wait stated as a time, seconds since 1970; 0: none stated */
	bool unknown; /* no rule knew its words or its enhanced code: the first three digits at most
			 said something */
	bool guessed; /* no phrase decided, nor a clear code: what its words are mostly said for */
} rebuff_classification;

/* Parse, identify the provider, classify. Never fails on content: what cannot be read is
 * unclassified. Linear in the reply's length. REBUFF_EARG only for NULL. */
REBUFF_API rebuff_status rebuff_classify(
	const rebuff_ctx *ctx, const rebuff_reply *reply, rebuff_classification *out);
/* The same, and every step that led there: `step` is called in order with one printable line. */
REBUFF_API rebuff_status rebuff_explain(const rebuff_ctx *ctx, const rebuff_reply *reply,
	rebuff_classification *out, void (*step)(void *ud, const char *line), void *ud);

/* ---- replies that no rule knows ----------------------------------------------------------------
 *
 * Gathered by their form: what is the same in all of them, with addresses, hosts, numbers and the
 * like taken out. For each a rule is proposed that would know it. */

typedef struct rebuff_unknown rebuff_unknown;

typedef struct {
	uint32_t size;
	size_t n; /* replies of this form */
	char provider[REBUFF_NAME_MAX]; /* "" when it is none of the policy's */
	uint16_t code;
	char enhanced[16];
	rebuff_category category; /* what the code says; else a guess that strikes no address */
	const char *form; /* printable */
	rebuff_reply example; /* the first one, at most 1024 bytes */
	const char *rule; /* a statement in Lua; "" when there are no words to go by */
} rebuff_unknown_form;

/* Begin a collection; the context must outlive it. For one thread at a time. */
REBUFF_API rebuff_status rebuff_unknown_open(
	const rebuff_ctx *ctx, rebuff_unknown **out, rebuff_error *err);
/* Close and set *unknown to NULL; accepts NULL. */
REBUFF_API void rebuff_unknown_close(rebuff_unknown **unknown);
/* Classify, and keep the form when no rule knows it. Beyond 20000 forms new ones are only counted.
 */
REBUFF_API rebuff_status rebuff_unknown_add(
	rebuff_unknown *unknown, const rebuff_reply *reply, rebuff_error *err);
/* Replies that were added, those of them that no rule knew, and those of which no form was kept. */
REBUFF_API void rebuff_unknown_count(
	const rebuff_unknown *unknown, size_t *added, size_t *strange, size_t *left_out);
/* Every form, the most frequent first, then by provider; what `each` gets is valid during the call.
 */
REBUFF_API void rebuff_unknown_each(
	rebuff_unknown *unknown, void (*each)(void *ud, const rebuff_unknown_form *form), void *ud);
/* Every refusal and deferral that the database holds from from_ms on, oldest first. */
REBUFF_API rebuff_status rebuff_recorded(rebuff_ctx *ctx, int64_t from_ms,
	void (*each)(void *ud, const rebuff_reply *reply), void *ud, rebuff_error *err);

/* ---- bounce messages and complaints ------------------------------------------------------------
 *
 * A message is read in a child process with limits of its own: what kills the child is that one
 * message, reported as unread, and the next gets a new child. What is read is evidence that anyone
 * may have sent, not an order. */

typedef enum {
	REBUFF_MESSAGE_NONE, /* ordinary mail, or nothing that names a recipient */
	REBUFF_MESSAGE_BOUNCE,
	REBUFF_MESSAGE_DELAYED, /* still being tried */
	REBUFF_MESSAGE_DELIVERED, /* a success report */
	REBUFF_MESSAGE_COMPLAINT, /* a feedback report (RFC 5965) */
	REBUFF_MESSAGE_AUTOREPLY, /* a person's or program's answer: vacation, receipt, challenge */
	REBUFF_MESSAGE_N
} rebuff_message_kind;

/* The Action field (RFC 3464 2.3.3); NONE for complaints and answers. */
typedef enum {
	REBUFF_DSN_NONE,
	REBUFF_DSN_FAILED,
	REBUFF_DSN_DELAYED,
	REBUFF_DSN_DELIVERED,
	REBUFF_DSN_RELAYED,
	REBUFF_DSN_EXPANDED,
	REBUFF_DSN_N
} rebuff_dsn_action;

REBUFF_API const char *rebuff_message_kind_name(
	rebuff_message_kind kind); /* "none", "bounce" ... */
REBUFF_API const char *rebuff_dsn_action_name(rebuff_dsn_action action); /* "", "failed" ... */

typedef struct rebuff_reader rebuff_reader;

typedef struct {
	uint32_t size;
	size_t message_max; /* bytes of one message; 0: 64 MiB */
	size_t memory_max; /* bytes the child may map beyond what it starts with; 0: 1 GiB */
	uint32_t time_max_s; /* for one message, of processor time and of waiting; 0: 60 */
	bool same_process; /* no child: for tests, and for programs that are such a child */
	void *ud;
	/* What the quoted replies mean, as rebuff_classify gives it; called in this process. NULL:
	 * everything is unclassified. */
	void (*classify)(void *ud, const rebuff_reply *reply, rebuff_classification *out);
} rebuff_reader_options;

/* What a message says. Spans are UTF-8 and valid until the next read or close; "" when absent. */
typedef struct {
	uint32_t size;
	rebuff_message_kind kind;
	size_t recipient_n;
	rebuff_span message_id; /* of the message that it is about, without angle brackets */
	rebuff_span envelope_id; /* Original-Envelope-Id (RFC 3461 ENVID) */
	rebuff_span sender; /* envelope sender of that message, as far as it shows */
	rebuff_span returned; /* its header section as returned, at most 64 KiB */
	rebuff_span reporting_mta;
	rebuff_span feedback_type; /* of a complaint: "abuse", "not-spam" ... in lower case */
	bool truncated; /* something lay over a bound and was left out */
} rebuff_message;

typedef struct {
	uint32_t size;
	rebuff_span recipient; /* the address that the report is about */
	rebuff_span original; /* Original-Recipient (RFC 3461 ORCPT), "" when not given */
	rebuff_dsn_action action;
	rebuff_span diagnostic; /* the quoted reply or the reporter's own words, in one line */
	rebuff_span mta; /* the server that gave the reply */
	rebuff_classification reply;
} rebuff_bounced;

/* Start a reader. REBUFF_ENOMEM, REBUFF_EIO when no process can be made. Not for use by two threads
 * at the same time. */
REBUFF_API rebuff_status rebuff_reader_open(
	const rebuff_reader_options *options, rebuff_reader **out, rebuff_error *err);
/* Close and set *reader to NULL; accepts NULL. */
REBUFF_API void rebuff_reader_close(rebuff_reader **reader);
/*
 * Read one message (CRLF, LF or CR; a leading mbox line is passed over). out->size is set by the
 * caller. REBUFF_ELIMIT: larger than message_max, or its reading took more time or memory than it
 * may; REBUFF_EIO: the child could not be started or talked to. What is not a bounce is REBUFF_OK
 * with kind REBUFF_MESSAGE_NONE.
 */
REBUFF_API rebuff_status rebuff_reader_read(
	rebuff_reader *reader, rebuff_span message, rebuff_message *out, rebuff_error *err);
/* The recipient number `i` (below recipient_n) of the message read last, classified; out->size is
 * set by the caller. REBUFF_EARG when there is no such recipient. */
REBUFF_API rebuff_status rebuff_reader_recipient(
	rebuff_reader *reader, size_t i, rebuff_bounced *out);

/* ---- the engine: what a mail server asks and reports
 * ------------------------------------------------
 *
 * An attempt has no number in any MTA. It opens when the gate says go (without a gate: at the first
 * result), closes with the most final result (host deferral < message deferral < failure or
 * delivery), and takes further results of an open or just closed (10 s) attempt as the same. */

typedef enum { REBUFF_MTA_EXIM, REBUFF_MTA_OPENSMTPD, REBUFF_MTA_POSTFIX, REBUFF_MTA_N } rebuff_mta;
REBUFF_API const char *rebuff_mta_name(rebuff_mta mta);
REBUFF_API int rebuff_mta_of_name(rebuff_span name);

typedef enum {
	REBUFF_GO, /* attempt now */
	REBUFF_WAIT, /* not before until_ms */
	REBUFF_FAIL, /* give up: a bounce with `text` */
	REBUFF_DISCARD, /* drop without a word (only where the operator asked for it) */
	REBUFF_ACCEPT, /* submission: take it */
	REBUFF_REFUSE /* submission: the recipient is suppressed */
} rebuff_verdict;
REBUFF_API const char *rebuff_verdict_name(rebuff_verdict verdict); /* "go", "wait" ... */

typedef struct {
	uint32_t size;
	rebuff_span node; /* name of this host; "" = localhost */
	rebuff_mta mta;
	rebuff_span id; /* the MTA's message id (Exim) or envelope id (OpenSMTPD) */
	rebuff_span recipient;
	rebuff_span sender; /* "" = the null sender */
	rebuff_span mx; /* MX host names joined by ':', "" when unknown */
	int64_t age_s; /* since the MTA received the message; -1 unknown */
	bool forced; /* an operator asked for this attempt */
	bool arrives; /* it is about to be queued: what waits is not woken within a second */
	rebuff_span source_ip; /* from where it will leave, "" unknown */
} rebuff_gate_request;

typedef struct {
	uint32_t size;
	rebuff_verdict verdict;
	int64_t until_ms; /* WAIT: wall time */
	char text[REBUFF_TEXT_MAX];
	char rule[REBUFF_RULE_MAX]; /* what decided: a rule, "suppressed", "hold:gmail",
				       "pace:gmail" */
	bool queued; /* WAIT: for its turn; have rebuff_record_wait called. ACCEPT: may have to wait
			so, since its provider or stream is held, paced or warmed up */
} rebuff_answer;

/* loop: may this recipient be attempted now? Reads only; never blocks on the writer. On any trouble
 * of ours the answer is GO (submit: ACCEPT). After a GO the caller has rebuff_record_go called. */
REBUFF_API void rebuff_gate(
	rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_answer *answer);
/* loop: may mail for this recipient be submitted? sender "" is always accepted. */
REBUFF_API void rebuff_submit(
	rebuff_ctx *ctx, rebuff_span recipient, rebuff_span sender, rebuff_answer *answer);

/* How final a result is. */
typedef enum {
	REBUFF_KIND_HOST_DEFER, /* this host, other hosts may follow */
	REBUFF_KIND_RCPT_DEFER, /* this recipient, 4xx at RCPT */
	REBUFF_KIND_MESSAGE_DEFER, /* the whole message at this host: names perhaps one of its
				      recipients */
	REBUFF_KIND_FAILED,
	REBUFF_KIND_DELIVERED,
	REBUFF_KIND_COMPLETE, /* the MTA has finished with the message */
	REBUFF_KIND_N
} rebuff_kind;
REBUFF_API const char *rebuff_kind_name(rebuff_kind kind); /* "host-defer" ... "complete" */
REBUFF_API int rebuff_kind_of_name(rebuff_span name);

typedef struct {
	uint32_t size;
	rebuff_span node;
	rebuff_mta mta;
	rebuff_span id;
	rebuff_span recipient; /* "" for COMPLETE */
	rebuff_span sender;
	rebuff_kind kind;
	rebuff_stage stage;
	uint16_t code; /* 0: read it from text */
	rebuff_span text; /* the reply or the MTA's sentence, as it came */
	rebuff_span host; /* MX host name, "" unknown */
	rebuff_span ip; /* address of that host */
	rebuff_span source_ip;
	rebuff_span transport;
	int64_t time_ms; /* wall time of the result; 0 = now */
	bool from_log; /* read in a log, perhaps a second report of the same */
	rebuff_span
		envid; /* DELIVERED: a secret that only whoever took it was told (RFC 3461 ENVID);
			  "" none */
} rebuff_result;

/* writer: one group of changes, on disk when rebuff_commit returns REBUFF_OK. Every function below
 * it may only be called between the two. A failing change does not end the group. */
REBUFF_API rebuff_status rebuff_begin(rebuff_ctx *ctx, rebuff_error *err);
REBUFF_API rebuff_status rebuff_commit(rebuff_ctx *ctx, rebuff_error *err);
REBUFF_API rebuff_status rebuff_record_go(
	rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_error *err);
/* The gate told it to wait for its turn (answer.queued): remember its place in the queue. */
REBUFF_API rebuff_status rebuff_record_wait(
	rebuff_ctx *ctx, const rebuff_gate_request *request, rebuff_error *err);
/* Does this result change a suppression, hold, deferral or soft counter, so that it must be on disk
 * before it is acknowledged? Deliveries and completions need not be. */
REBUFF_API bool rebuff_result_is_durable(const rebuff_result *result);
/* What becomes of a message. */
typedef enum {
	REBUFF_FATE_ACCEPTED,
	REBUFF_FATE_AGAIN,
	REBUFF_FATE_GIVEN_UP,
	REBUFF_FATE_BOUNCED
} rebuff_fate;
/* Classify, decide, remember. `out` (may be NULL) tells what was made of it. */
typedef struct {
	uint32_t size;
	rebuff_classification reply;
	bool duplicate; /* already known */
	int64_t due_ms; /* next attempt; 0: none */
	bool suppressed; /* this result put the recipient on the list */
	bool slowed; /* the provider's rate was lowered */
	rebuff_fate fate;
	char stream[REBUFF_NAME_MAX];
} rebuff_outcome;
REBUFF_API rebuff_status rebuff_record_result(
	rebuff_ctx *ctx, const rebuff_result *result, rebuff_outcome *out, rebuff_error *err);
/* A message with an empty sender arrived (a bounce, a complaint, or neither): recorded only. */
typedef struct {
	uint32_t size;
	rebuff_span node;
	rebuff_mta mta;
	rebuff_span id;
	rebuff_span recipients; /* separated by ',' */
	rebuff_span client_ip;
	rebuff_span
		client_name; /* of client_ip, confirmed by a forward look-up; "" when it is not */
	rebuff_span dkim; /* domains whose signature the MTA found valid, separated by ',' */
	rebuff_span headers; /* the start of the header section */
	int64_t size_bytes;
} rebuff_arrival;
REBUFF_API rebuff_status rebuff_record_arrival(
	rebuff_ctx *ctx, const rebuff_arrival *arrival, rebuff_error *err);

/*
 * What the message said. Anyone can send a bounce, so each recipient that it names gets a trust.
 * Proven: it carries the token of a delivery to that recipient (rebuff_return_path), or the secret
 * ENVID of a message that went to this recipient only, or it names such a message and comes from
 * the recipient's own servers. Probable: it fits a delivery of the last five days (its recipient
 * and sender, or the remote server's queue id). Unverified: all else.
 *
 * A proven failure counts as a live refusal. Two probable ones about different messages, a day or
 * more apart, count as one soft bounce. A proven complaint suppresses for that stream, a proven
 * "not-spam" takes that back. All else is recorded and changes nothing.
 */
typedef enum {
	REBUFF_TRUST_UNVERIFIED,
	REBUFF_TRUST_PROBABLE,
	REBUFF_TRUST_PROVEN,
	REBUFF_TRUST_N
} rebuff_trust;
REBUFF_API const char *rebuff_trust_name(rebuff_trust trust); /* "unverified" ... */

enum { REBUFF_EVIDENCE_MAX = 100 }; /* recipients of one message that are looked at */

typedef struct {
	uint32_t size;
	const rebuff_arrival *arrival; /* was recorded, or is with this */
	const char *unread; /* why it could not be read; NULL: it was */
	const rebuff_message *message; /* NULL: it was not read */
	const rebuff_bounced *recipient;
	size_t recipient_n; /* what is over REBUFF_EVIDENCE_MAX is left out */
} rebuff_evidence;

typedef struct {
	uint32_t size;
	bool known; /* this arrival was read before */
	bool backscatter; /* a bounce of mail that is not ours */
	bool refuse; /* and the policy refuses such */
	size_t by_trust[REBUFF_TRUST_N]; /* recipients */
	size_t suppressed; /* put on the list */
} rebuff_evidence_outcome;
/* writer: decide and remember. `out` may be NULL. */
REBUFF_API rebuff_status rebuff_record_evidence(rebuff_ctx *ctx, const rebuff_evidence *evidence,
	rebuff_evidence_outcome *out, rebuff_error *err);

/* Any thread: may an outcome say `refuse`? */
REBUFF_API bool rebuff_refuses_backscatter(const rebuff_ctx *ctx);

/* loop: the return path for one recipient's copy of a message, rbf=TOKEN=user@domain, the same for
 * every attempt. "" in `out`, and false, when there is none: the plain sender serves. */
REBUFF_API bool rebuff_return_path(rebuff_ctx *ctx, rebuff_span id, int64_t received_s,
	rebuff_span sender, rebuff_span recipient, char out[REBUFF_ADDRESS_MAX + 1]);
/* writer: mail that arrives from now on is signed with a new key; the old one serves what arrived
 * before for another 19 days. The first key is made when the database is. */
REBUFF_API rebuff_status rebuff_key_rotate(rebuff_ctx *ctx, rebuff_error *err);

/* What the MTA's queue holds now, from a listing: messages that were unseen ten minutes ago, too,
 * are closed as gone. `frozen` marks those an operator or the MTA froze: they are never woken. */
typedef struct {
	rebuff_span id;
	bool frozen;
	bool null_sender;
	bool paused; /* on our behalf: nobody else will have it attempted */
	bool unowned; /* out: paused, and nothing here waits for it */
} rebuff_queued;
REBUFF_API rebuff_status rebuff_record_queue(rebuff_ctx *ctx, rebuff_span node, rebuff_mta mta,
	rebuff_queued *queued, size_t n, rebuff_error *err);
/* Expire what has run out, forget what is over its keeping time, re-arm attempts that a GO opened
 * 15 minutes ago and no result closed. Called every minute or so. */
REBUFF_API rebuff_status rebuff_housekeep(rebuff_ctx *ctx, rebuff_error *err);

/* A message whose next attempt is due. */
typedef struct {
	char node[REBUFF_DOMAIN_MAX + 1];
	rebuff_mta mta;
	char id[REBUFF_ID_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	int64_t due_ms;
	bool past_host_retry; /* Exim's own host retry time must be passed over: -M, not -Mc */
} rebuff_due;
/* loop: up to `cap` messages due at now_ms, earliest first, one row a message, none with an open
 * attempt or a wake under way, frozen or null-sender ones never; *next_ms is when to ask again
 * (INT64_MAX: nothing waits). Returns the number written. In observe mode: none. */
REBUFF_API size_t rebuff_due_list(
	rebuff_ctx *ctx, int64_t now_ms, rebuff_due *due, size_t cap, int64_t *next_ms);
/* writer: the MTA was asked to attempt this message; unless a result comes it is due again in 15
 * min. */
REBUFF_API rebuff_status rebuff_record_wake(
	rebuff_ctx *ctx, const rebuff_due *due, rebuff_error *err);
/* writer: that could not be done, and nothing was attempted: it is due again after so long. */
REBUFF_API rebuff_status rebuff_record_unwoken(
	rebuff_ctx *ctx, const rebuff_due *due, int64_t again_ms, rebuff_error *err);

/* ---- the past, as logs tell it (writer) ---------------------------------------------------------
 *
 * For reports only: nothing is suppressed, held or due because of it. */

typedef struct {
	uint32_t size;
	int64_t received_ms; /* when the MTA took the message; 0 unknown */
	bool keep_waiting; /* remember who was put off and not heard of again: for a database that
			      knows logs alone. An engine knows better. */
} rebuff_history;
/* Classify and count one result (time_ms is its time, required). *known: it was told before, by the
 * engine's plugin; nothing is counted. A sender whose p is NULL is unknown. REBUFF_EPARSE when
 * recipient or id cannot be such. */
REBUFF_API rebuff_status rebuff_record_history(rebuff_ctx *ctx, const rebuff_result *result,
	const rebuff_history *past, bool *known, rebuff_error *err);
/* How many bytes of the log that begins with this line were read (0: it is new), and remember it: a
 * log keeps its first line when it is renamed and compressed. */
REBUFF_API rebuff_status rebuff_import_place(
	rebuff_ctx *ctx, const char *first_line, int64_t *bytes, rebuff_error *err);
REBUFF_API rebuff_status rebuff_record_import(
	rebuff_ctx *ctx, const char *first_line, int64_t bytes, rebuff_error *err);

/* ---- suppressions (writer, or a program of its own with a writable context)
 * ------------------------- */

typedef enum {
	REBUFF_CLASS_BOUNCE,
	REBUFF_CLASS_SOFT,
	REBUFF_CLASS_COMPLAINT,
	REBUFF_CLASS_UNSUBSCRIBED,
	REBUFF_CLASS_MANUAL,
	REBUFF_CLASS_N
} rebuff_class;
REBUFF_API const char *rebuff_class_name(rebuff_class c);
REBUFF_API int rebuff_class_of_name(rebuff_span name);

typedef struct {
	uint32_t size;
	char address[REBUFF_ADDRESS_MAX +
		1]; /* as stored: domain in lower case and ASCII (A-labels) */
	char scope[REBUFF_DOMAIN_MAX + 8]; /* "all", "domain:example.org", "stream:news" */
	rebuff_class class_;
	rebuff_category category;
	int64_t since_ms;
	int64_t until_ms; /* 0: no end */
	double confidence;
	char provider[REBUFF_NAME_MAX];
	char rule[REBUFF_RULE_MAX];
	char evidence[REBUFF_TEXT_MAX]; /* the reply, printable */
	char by[REBUFF_NAME_MAX]; /* who added a manual one */
} rebuff_suppression;

/* Add or renew (same address, scope and class). */
REBUFF_API rebuff_status rebuff_suppress_add(
	rebuff_ctx *ctx, const rebuff_suppression *entry, rebuff_error *err);
/* Remove every entry of the address (of that class, unless class_ is REBUFF_CLASS_N). *n: how many.
 */
REBUFF_API rebuff_status rebuff_suppress_remove(
	rebuff_ctx *ctx, rebuff_span address, rebuff_class class_, size_t *n, rebuff_error *err);
/* Call `each` for the entries of `address` ("" = all), oldest first, until it returns false. */
REBUFF_API rebuff_status rebuff_suppress_each(rebuff_ctx *ctx, rebuff_span address,
	bool (*each)(void *ud, const rebuff_suppression *entry), void *ud, rebuff_error *err);

/* ---- holds (as suppressions)
 * ---------------------------------------------------------------------- */

/* What is held: mail to this provider, of this stream, that leaves from this IP; each "" any. A
 * hold of an IP is for mail that is known to leave from there before it is attempted: the gate's
 * request says so, or all results of its stream on that host in the last day. */
typedef struct {
	rebuff_span provider, stream, source_ip;
} rebuff_scope_held;
/* Send nothing of that scope until until_ms (0: until it is released). Held time does not count as
 * failing time. */
REBUFF_API rebuff_status rebuff_hold_add(rebuff_ctx *ctx, const rebuff_scope_held *scope,
	int64_t until_ms, rebuff_span reason, rebuff_span by, rebuff_error *err);
/* End the hold of exactly this scope. *n: how many ended. `by` released it, `note` says why; the
 * latest checks since the hold began are remembered with it. */
REBUFF_API rebuff_status rebuff_hold_release(rebuff_ctx *ctx, const rebuff_scope_held *scope,
	rebuff_span by, rebuff_span note, size_t *n, rebuff_error *err);
typedef struct {
	uint32_t size;
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX]; /* "" any */
	int64_t since_ms, until_ms; /* until 0: until released */
	int64_t ended_ms; /* 0: in force */
	int64_t probing_ms; /* it ran out then, and lets one message at a time through to see; 0 no
			     */
	uint32_t refused_probes;
	int64_t waiting; /* recipients */
	char reason[REBUFF_TEXT_MAX], by[REBUFF_NAME_MAX];
	char released_by[REBUFF_NAME_MAX], note[REBUFF_TEXT_MAX];
	int64_t checks; /* before the release; 0 none */
	char checked[REBUFF_TEXT_MAX]; /* what they found */
	char source_ip[REBUFF_NAME_MAX]; /* "" any */
} rebuff_hold;
/* Call `each` for the holds in force (ended_too: of the last 30 days), oldest first, until it
 * returns false. */
REBUFF_API rebuff_status rebuff_hold_each(rebuff_ctx *ctx, bool ended_too,
	bool (*each)(void *ud, const rebuff_hold *hold), void *ud, rebuff_error *err);

/* ---- alarms
 * -------------------------------------------------------------------------------------- */

typedef enum {
	REBUFF_ACTED_TOLD, /* people were told, no more */
	REBUFF_ACTED_HELD, /* and mail is held */
	REBUFF_ACTED_WOULD /* observed only: it would have been held */
} rebuff_acted;

/* One incident: found, perhaps found again, over. */
typedef struct {
	uint32_t size;
	int64_t number;
	int64_t time_ms, last_ms;
	int64_t ended_ms; /* 0: not over */
	int64_t seen; /* how often it was found */
	char kind[REBUFF_NAME_MAX]; /* "blocked", "stream", "breaker", "ip" */
	char provider[REBUFF_NAME_MAX], stream[REBUFF_NAME_MAX]; /* "" any */
	char source_ip[REBUFF_NAME_MAX]; /* "" unknown */
	rebuff_acted acted;
	char text[REBUFF_TEXT_MAX];
	char evidence[REBUFF_TEXT_MAX]; /* one of the replies, printable */
	int64_t checks; /* what was checked for it; 0 nothing yet */
	char of_ip[REBUFF_NAME_MAX]; /* it is about this sending IP alone; "" any */
} rebuff_alarm;
/* Call `each` for the alarms that are open, or were at some time since since_ms, oldest first,
 * until it returns false. (view) */
REBUFF_API rebuff_status rebuff_alarm_each(rebuff_ctx *ctx, int64_t since_ms,
	bool (*each)(void *ud, const rebuff_alarm *alarm), void *ud, rebuff_error *err);

/* Final outcomes, and how many of them failed, over the last 10 minutes, hour, 24 hours and 30
 * days, by provider, stream and sending IP: the eight busiest of each. (view) */
enum { REBUFF_WINDOWS = 4 };
typedef struct {
	uint32_t size;
	const char *of; /* "provider", "stream" or "ip" */
	char name[REBUFF_NAME_MAX];
	int64_t all[REBUFF_WINDOWS], failed[REBUFF_WINDOWS];
} rebuff_rate;
REBUFF_API rebuff_status rebuff_rate_each(rebuff_ctx *ctx,
	void (*each)(void *ud, const rebuff_rate *rate), void *ud, rebuff_error *err);

/* An address whose suppression waits for the operator's word, because its provider's circuit
 * breaker had opened. */
typedef struct {
	uint32_t size;
	char address[REBUFF_ADDRESS_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	int64_t time_ms;
	rebuff_category category;
	char evidence[REBUFF_TEXT_MAX];
	bool listed; /* suppressed already, shortly before it opened */
} rebuff_candidate;
REBUFF_API rebuff_status rebuff_candidate_each(rebuff_ctx *ctx, rebuff_span provider,
	bool (*each)(void *ud, const rebuff_candidate *candidate), void *ud, rebuff_error *err);
/* Suppress every candidate of a provider, or none: those who were suppressed shortly before are
 * taken off the list. (writer) *n: how many candidates. */
REBUFF_API rebuff_status rebuff_candidates_confirm(
	rebuff_ctx *ctx, rebuff_span provider, rebuff_span by, size_t *n, rebuff_error *err);
REBUFF_API rebuff_status rebuff_candidates_undo(
	rebuff_ctx *ctx, rebuff_span provider, size_t *n, rebuff_error *err);

/* What a run of the checks found. */
typedef struct {
	uint32_t size;
	int64_t number, time_ms;
	rebuff_span provider, stream; /* about which; "" all */
	uint32_t wrong; /* how many findings */
	rebuff_span summary; /* one line */
	rebuff_span list; /* all of it, JSON */
} rebuff_checks;
/* (writer) Record them, for an alarm unless that is 0. */
REBUFF_API rebuff_status rebuff_checks_add(rebuff_ctx *ctx, const rebuff_checks *checks,
	int64_t alarm, int64_t *number, rebuff_error *err);
/* (view) Call `each` for the latest of a provider ("": of any), if there is one. */
REBUFF_API rebuff_status rebuff_checks_latest(rebuff_ctx *ctx, rebuff_span provider,
	void (*each)(void *ud, const rebuff_checks *checks), void *ud, rebuff_error *err);

/* A block list that sending IPs are looked for in (lua/blocklists.lua). */
typedef struct {
	uint32_t size;
	char zone[REBUFF_DOMAIN_MAX + 1];
	char name[REBUFF_NAME_MAX];
	char delist[256]; /* a page; "" none known */
	bool ipv4, ipv6; /* holds such addresses */
	bool use;
} rebuff_blocklist;
REBUFF_API void rebuff_blocklist_each(
	const rebuff_ctx *ctx, void (*each)(void *ud, const rebuff_blocklist *list), void *ud);

/* What /etc/rebuff/watch.lua says; "" and 0 when it does not. */
enum { REBUFF_WATCH_MAX = 16 };
typedef struct {
	uint32_t size;
	/* notices */
	char mail[REBUFF_ADDRESS_MAX + 1]; /* never held, never refused */
	char from[REBUFF_ADDRESS_MAX + 1]; /* of the header */
	char smtp[256]; /* host or host:port that takes the mail; */
	char sendmail[256]; /* a program that does instead; "" none */
	char command[512]; /* run by sh, the notice on its standard input */
	char webhook[512];
	char secret[256]; /* a file with the key of its signature */
	bool syslog;
	/* checks */
	bool automatic; /* on an alarm that says "blocked" */
	char helo[REBUFF_DOMAIN_MAX + 1];
	char resolver[64]; /* address of a DNS server; "" those of the host */
	size_t ip_n, domain_n, selector_n;
	char ip[REBUFF_WATCH_MAX][64];
	char domain[REBUFF_WATCH_MAX][REBUFF_DOMAIN_MAX + 1];
	char selector[REBUFF_WATCH_MAX]
		     [REBUFF_DOMAIN_MAX + 1]; /* of DKIM: "s1._domainkey.x.example" */
} rebuff_watch;
REBUFF_API void rebuff_watch_get(const rebuff_ctx *ctx, rebuff_watch *out);

/* What the database knows that the checks want to know. Strings are borrowed for the call. */
typedef enum {
	REBUFF_FACT_IP, /* we sent from it in the last week; `n` messages */
	REBUFF_FACT_SENDER, /* a sending domain, last week */
	REBUFF_FACT_WORST, /* a recipient domain and how many of its addresses were found dead */
	REBUFF_FACT_SOURCE /* a stream, and how many dead addresses it brought that were never
			      mailed before */
} rebuff_fact;
REBUFF_API rebuff_status rebuff_fact_each(rebuff_ctx *ctx, rebuff_span provider,
	void (*each)(void *ud, rebuff_fact fact, const char *name, int64_t n, int64_t of), void *ud,
	rebuff_error *err);
/* Name and pages of a provider, "" what is not known. */
REBUFF_API void rebuff_provider_pages(const rebuff_ctx *ctx, rebuff_span provider, char name[64],
	char postmaster[256], char delist[256]);

/* How far an alarm was told in one way ("mail", "command", "webhook", "syslog"). */
enum { REBUFF_STAGE_BEGUN = 1, REBUFF_STAGE_CHECKED = 2, REBUFF_STAGE_ENDED = 4 };
typedef struct {
	uint32_t size;
	int64_t alarm;
	char way[REBUFF_NAME_MAX];
	unsigned stage; /* what of the incident is told */
	int64_t told_ms;
	uint32_t tries; /* of what is told next */
	int64_t next_ms; /* when to try again; 0: nothing to try */
	char problem[REBUFF_TEXT_MAX];
} rebuff_notice;
REBUFF_API rebuff_status rebuff_notice_get(rebuff_ctx *ctx, int64_t alarm, rebuff_span way,
	rebuff_notice *out, rebuff_error *err); /* (view) */
REBUFF_API rebuff_status rebuff_notice_put(
	rebuff_ctx *ctx, const rebuff_notice *notice, rebuff_error *err); /* (writer) */

/* ---- warm-up
 * ------------------------------------------------------------------------------------- */

/* A sending IP that a provider does not know yet: so many messages on the first day, `growth` times
 * as many on each that follows; the rest waits for the next day. Days stand still while the
 * provider is held by an alarm. */
typedef struct {
	uint32_t size;
	char node[REBUFF_DOMAIN_MAX + 1]; /* whose mail */
	char provider[REBUFF_NAME_MAX];
	char ip[REBUFF_NAME_MAX]; /* for people */
	int64_t since_ms;
	uint32_t days, cap;
	double growth;
	int64_t paused_ms; /* since then; 0 no */
	int64_t idle_ms; /* pauses that are over */
	uint32_t day, sent; /* what went out on that day */
} rebuff_warmup;
/* (writer) Begin or replace a plan; node "" is this host. End one. */
REBUFF_API rebuff_status rebuff_warmup_put(
	rebuff_ctx *ctx, const rebuff_warmup *plan, rebuff_error *err);
REBUFF_API rebuff_status rebuff_warmup_end(
	rebuff_ctx *ctx, rebuff_span node, rebuff_span provider, size_t *n, rebuff_error *err);
REBUFF_API rebuff_status rebuff_warmup_each(rebuff_ctx *ctx,
	bool (*each)(void *ud, const rebuff_warmup *plan), void *ud, rebuff_error *err);
/* On which day (from 1) a plan is, and its cap on that day; 0: it is over. */
REBUFF_API uint32_t rebuff_warmup_day(const rebuff_warmup *plan, int64_t now_ms, uint32_t *cap);

/* ---- telling people (read-only context is enough)
 * ------------------------------------------------------ */

typedef enum {
	REBUFF_TEXT,
	REBUFF_JSON,
	REBUFF_CSV,
	REBUFF_MARKDOWN,
	REBUFF_HTML,
	REBUFF_OPENMETRICS /* of the status only, without its final # EOF */
} rebuff_format;
typedef struct {
	uint32_t size;
	rebuff_format format;
	bool colour;
	int64_t from_ms, to_ms; /* period; 0: the last 24 hours */
	rebuff_span provider; /* "" = all */
	rebuff_span table; /* CSV: which one; "" = providers */
	void *ud;
	void (*write)(void *ud, rebuff_span text);
} rebuff_output;
/* What happened in the period, what waits, who is suppressed. CSV holds one table (REBUFF_ENOENT
 * when there is none of that name), HTML is one file that needs nothing else. */
REBUFF_API rebuff_status rebuff_report(
	rebuff_ctx *ctx, const rebuff_output *out, rebuff_error *err);
/* How sound the database is. */
typedef struct {
	uint32_t size;
	char problem[REBUFF_TEXT_MAX]; /* what SQLite finds wrong with it; "" nothing */
	int64_t last_event_ms; /* when the newest attempt was recorded; 0 none is */
} rebuff_soundness;
/* (view) With `thorough`, all of the database is read: about a second for 100 MB. */
REBUFF_API rebuff_status rebuff_check_store(
	rebuff_ctx *ctx, bool thorough, rebuff_soundness *out, rebuff_error *err);
/* (view) *waits: somebody of this message is to be attempted or given up some time. */
REBUFF_API rebuff_status rebuff_waits_for(
	rebuff_ctx *ctx, rebuff_span id, bool *waits, rebuff_error *err);
/* (loop) Has the wall clock just been set? Then nothing expires and nothing is given up on. */
REBUFF_API bool rebuff_clock_unsteady(const rebuff_ctx *ctx);
/* What is remembered of an address: what remote servers answered, and what messages said later. */
typedef struct {
	uint32_t size;
	int64_t time_ms;
	bool late; /* it came as a message */
	const char *what; /* "failed", "delivered" ...; of a message "bounce", "complaint" ... */
	rebuff_trust trust; /* of a message */
	char id[REBUFF_ID_MAX + 1]; /* of the mail; "" unknown */
	char provider[REBUFF_NAME_MAX];
	rebuff_category category;
	rebuff_fault fault;
	uint16_t code;
	bool suppressed; /* it put the address on the list */
	char why[REBUFF_TEXT_MAX];
	char text[REBUFF_TEXT_MAX]; /* printable, perhaps cut */
} rebuff_past;
/* Call `each`, the newest first, at most a thousand times, until it returns false. */
REBUFF_API rebuff_status rebuff_recall(rebuff_ctx *ctx, rebuff_span address,
	bool (*each)(void *ud, const rebuff_past *past), void *ud, rebuff_error *err);
/* How things stand now: policy, counts, what waits until when, slow lanes, holds, health. */
REBUFF_API rebuff_status rebuff_status_write(
	rebuff_ctx *ctx, const rebuff_output *out, rebuff_error *err);

/* Call `each` with what is known of an address, or of a message of this id, and what would change
 * it: "suppressed", "rule", "reply", "undo" ... and a printable line. REBUFF_ENOENT for a message
 * of which nothing is known. */
REBUFF_API rebuff_status rebuff_explain_address(rebuff_ctx *ctx, rebuff_span address,
	void (*each)(void *ud, const char *what, const char *text), void *ud, rebuff_error *err);
REBUFF_API rebuff_status rebuff_explain_message(rebuff_ctx *ctx, rebuff_span id,
	void (*each)(void *ud, const char *what, const char *text), void *ud, rebuff_error *err);

/* ---- policies, for those who write them
 * ---------------------------------------------------------------- */

/* Load the policy and call `say` with every mistake, and with what loads and yet is odd. REBUFF_OK
 * when it loads. */
REBUFF_API rebuff_status rebuff_policy_check(const rebuff_options *options,
	void (*say)(void *ud, bool mistake, const char *text), void *ud, rebuff_error *err);
/* Call `each` for every value in force at a provider (or whoever serves that domain or MX host; ""
 * or "default": for all others), for mail of a stream and source ("" none): its name as a file
 * would say it, and the file:line it comes from. REBUFF_ENOENT for an unknown provider. */
REBUFF_API rebuff_status rebuff_policy_show(rebuff_ctx *ctx, rebuff_span provider,
	rebuff_span stream, rebuff_span source_ip,
	void (*each)(void *ud, const char *name, const char *value, const char *origin), void *ud,
	rebuff_error *err);
/* The manual of every word, in Markdown. */
REBUFF_API void rebuff_policy_reference(
	rebuff_ctx *ctx, void (*write)(void *ud, rebuff_span text), void *ud);

typedef struct {
	uint32_t size;
	bool passed;
	char name[160];
	char where[REBUFF_RULE_MAX]; /* file:line */
	char trouble[REBUFF_TEXT_MAX]; /* the first expectation that was not met */
} rebuff_case;
/* Play the cases of n files, or, with n 0, of tests/ in the operator's folder, through a policy:
 * each in an engine of its own, with a clock of its own. */
REBUFF_API rebuff_status rebuff_policy_test(const rebuff_options *options, const char *const *files,
	size_t n, void (*each)(void *ud, const rebuff_case *result), void *ud, rebuff_error *err);

/* How a decision differs; the first of these that holds. */
typedef enum {
	REBUFF_DIFFER_SUPPRESSED, /* the new policy suppresses */
	REBUFF_DIFFER_SPARED, /* the old one did */
	REBUFF_DIFFER_FATE,
	REBUFF_DIFFER_MEANING, /* another category */
	REBUFF_DIFFER_PACE, /* one slows the provider down */
	REBUFF_DIFFER_NEXT, /* another time for the next attempt */
	REBUFF_DIFFER_N
} rebuff_difference;
typedef struct {
	uint32_t size;
	rebuff_difference kind;
	int64_t time_ms;
	char recipient[REBUFF_ADDRESS_MAX + 1];
	char provider[REBUFF_NAME_MAX];
	char text[REBUFF_TEXT_MAX]; /* the reply, printable */
	char before[96], after[96];
} rebuff_example;
typedef struct {
	uint32_t size;
	const rebuff_options *options; /* state_file: where the history is, only read */
	const char *old_dir, *new_dir; /* operator's folders */
	int64_t from_ms, to_ms; /* of the history; from 0: all of it */
	size_t examples; /* of each kind */
	void *ud; /* any of these may be NULL */
	void (*progress)(void *ud, size_t done, size_t total);
	void (*example)(void *ud, const rebuff_example *example);
	void (*listed)(void *ud, bool appears, const char *address);
} rebuff_replay;
typedef struct {
	uint32_t size;
	uint64_t attempts, changed;
	uint64_t by_kind[REBUFF_DIFFER_N];
	uint64_t listed_before, listed_after; /* suppressions in force at the end */
	uint64_t appear, vanish; /* addresses among them */
} rebuff_replayed;
/* What would differ if another policy had met the attempts that are recorded? Both are played, in
 * two threads. */
REBUFF_API rebuff_status rebuff_policy_diff(
	const rebuff_replay *replay, rebuff_replayed *out, rebuff_error *err);

typedef struct {
	uint32_t size;
	char name[16]; /* "decide" */
	char provider[REBUFF_NAME_MAX]; /* "default" for all */
	char where[REBUFF_RULE_MAX];
	uint64_t calls, failures;
	bool off; /* failed too often: not called until the policy is loaded again */
	char problem[REBUFF_TEXT_MAX]; /* of the last failure */
} rebuff_hook;
/* The i-th hook of the policy in force; false when there are fewer. */
REBUFF_API bool rebuff_hook_at(rebuff_ctx *ctx, size_t i, rebuff_hook *out);

#ifdef __cplusplus
}
#endif
#endif
