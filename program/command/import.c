#include "command/import.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/senders.h"
#include "client/syslog.h"
#include "command/logfile.h"
#include "common/clocks.h"
#include "common/progress.h"
#include "common/text.h"
#include "exim/mainlog.h"
#include "opensmtpd/join.h"
#include "postfix/maillog.h"

enum {
	GROUP = 20000, /* results between two commits */
	STEP = 2000, /* lines between two looks at the clock */
	/* So much before the place where an earlier import stopped is read again for senders only.
	 */
	SENDERS_BYTES = 8 << 20,
	FUTURE_MS = 86400000,
};

typedef enum { LINE_UNREAD, LINE_PASSED, LINE_RESULT, LINE_FOREIGN } line_kind;

typedef struct {
	rebuff_ctx *ctx;
	import_counts *counts;
	bool logs_only;
	bool learning; /* only who sent what */
	rebuff_status status; /* of the database, sticky */
	rebuff_error *err;
	rbf_senders *senders;
	rbo_join *join;
	int64_t now_ms;
	/* The time of the last syslog line: most lines share it with the one before. */
	char stamp[32];
	size_t stamp_len;
	int64_t stamp_ms;
	int64_t ticked_ms;
	uint64_t in_group;
} import;

/* ---- results ------------------------------------------------------------------------------- */

static rebuff_span span(const char *text)
{
	return (rebuff_span){text, strlen(text)};
}

/* Count it. Returns what the line was. */
static line_kind tell(import *im, const rebuff_result *r, int64_t received_ms)
{
	const rebuff_history past = {
		.size = sizeof past, .received_ms = received_ms, .keep_waiting = im->logs_only};
	bool known = false;
	rebuff_error err;
	if (im->learning || im->status != REBUFF_OK)
		return LINE_PASSED;
	if (r->time_ms <= 0 || r->time_ms > im->now_ms + FUTURE_MS)
		return LINE_UNREAD;
	rebuff_status status = rebuff_record_history(im->ctx, r, &past, &known, &err);
	if (status == REBUFF_EPARSE || status == REBUFF_ELIMIT)
		return LINE_UNREAD;
	if (status != REBUFF_OK) {
		im->status = status;
		*im->err = err;
		return LINE_PASSED;
	}
	if (r->kind == REBUFF_KIND_COMPLETE)
		return LINE_PASSED;
	import_counts *c = im->counts;
	im->in_group++;
	c->results += !known;
	c->known += known;
	if (!c->first_ms || r->time_ms < c->first_ms)
		c->first_ms = r->time_ms;
	if (r->time_ms > c->last_ms)
		c->last_ms = r->time_ms;
	return LINE_RESULT;
}

/* ---- Exim ---------------------------------------------------------------------------------- */

/* Exim's ids begin with the second in which the message came, in base 62. */
static int64_t received_of_id(const char *id)
{
	int64_t s = 0;
	for (int i = 0; i < 6; i++) {
		char c = id[i];
		int digit = c >= '0' && c <= '9' ? c - '0'
			: c >= 'A' && c <= 'Z'	 ? c - 'A' + 10
			: c >= 'a' && c <= 'z'	 ? c - 'a' + 36
						 : -1;
		if (digit < 0)
			return 0;
		s = s * 62 + digit;
	}
	return s * 1000;
}

/* Did this line come of an attempt at a remote server, or at finding one? */
static bool reached_out(const rbx_log_line *l, const rbx_outcome *o)
{
	if (l->host[0] || l->ip[0])
		return true;
	if (l->kind == RBX_LOG_DELIVERED)
		return false; /* a mailbox, a pipe, nowhere */
	return strcmp(o->kind, "host-defer") != 0 &&
		(!l->transport[0] || strcmp(o->stage, "unknown") != 0);
}

static line_kind take_exim_result(import *im, const rbx_log_line *l, int64_t time_ms)
{
	rbx_outcome o;
	if (!rbx_log_outcome(l, &o) || (l->kind != RBX_LOG_COMPLETED && !reached_out(l, &o)))
		return LINE_PASSED;
	const char *sender = l->has_sender ? l->sender : rbf_senders_get(im->senders, l->id);
	int64_t received_ms = received_of_id(l->id);
	rebuff_result r = {.size = sizeof r,
		.mta = REBUFF_MTA_EXIM,
		.id = span(l->id),
		.recipient = span(l->recipient),
		.sender = {sender, sender ? strlen(sender) : 0},
		.kind = (rebuff_kind)rebuff_kind_of_name(span(o.kind)),
		.stage = (rebuff_stage)rebuff_stage_of_name(span(o.stage)),
		.text = span(l->text),
		.host = span(l->host),
		.ip = span(l->ip),
		.source_ip = span(l->source_ip),
		.transport = span(l->transport),
		.time_ms = time_ms,
		.from_log = true};
	return tell(im, &r, received_ms <= time_ms ? received_ms : 0);
}

static line_kind take_exim(import *im, logline *line, int64_t time_ms)
{
	rbx_log_line l;
	rbx_log_parse(line->text, line->len, &l);
	if (!l.time_ms)
		l.time_ms = time_ms;
	if (!l.time_ms)
		return LINE_UNREAD;
	if (l.kind == RBX_LOG_ARRIVED)
		rbf_senders_put(im->senders, l.id, l.sender);
	if (l.kind == RBX_LOG_OTHER || l.kind == RBX_LOG_LOST)
		return LINE_PASSED;
	return take_exim_result(im, &l, l.time_ms);
}

/* ---- OpenSMTPD ----------------------------------------------------------------------------- */

static rebuff_span span_of(rbo_text t)
{
	return (rebuff_span){t.p, t.len};
}

/* Half a second of the log after the line that said so. */
static void on_smtpd(void *ud, const rbo_outcome *o)
{
	import *im = ud;
	char id[17];
	(void)snprintf(id, sizeof id, "%016" PRIx64, o->envelope);
	int64_t received_ms = o->delay_s >= 0 ? o->time_ms - o->delay_s * 1000 : 0;
	rebuff_result r = {.size = sizeof r,
		.mta = REBUFF_MTA_OPENSMTPD,
		.id = span(id),
		.recipient = span(o->recipient),
		.sender = span(o->sender),
		.kind = (rebuff_kind)rebuff_kind_of_name(span(o->kind)),
		.text = span_of(o->text),
		.host = span(o->host),
		.ip = span(o->ip),
		.source_ip = span(o->source_ip),
		.time_ms = o->time_ms,
		.from_log = true};
	int stage = rebuff_stage_of_name(span(o->stage));
	r.stage = stage > 0 ? (rebuff_stage)stage : REBUFF_STAGE_UNKNOWN;
	/* The line itself was counted as passed when it was read. */
	line_kind kind = tell(im, &r, received_ms);
	im->counts->passed -= kind == LINE_RESULT || kind == LINE_UNREAD;
	im->counts->unread += kind == LINE_UNREAD;
}

static size_t no_addresses(void *ud, const char *domain, char (*out)[64], size_t cap)
{
	(void)ud, (void)domain, (void)out, (void)cap;
	return 0; /* a log of the past is read without asking the DNS of today */
}

static void not_attempted(void *ud, uint64_t envelope, bool deferred)
{
	(void)ud, (void)envelope, (void)deferred;
}

static void not_started(void *ud)
{
	(void)ud;
}

static line_kind take_smtpd(import *im, const logline *line, int64_t time_ms)
{
	if (time_ms != im->ticked_ms)
		(void)rbo_join_tick(im->join, time_ms, false);
	im->ticked_ms = time_ms;
	rbo_join_line(
		im->join, (rbo_text){line->text, line->len}, time_ms, time_ms, im->counts->lines);
	return LINE_PASSED;
}

/* ---- Postfix ------------------------------------------------------------------------------- */

static line_kind take_postfix_result(import *im, const rbp_log_line *l, int64_t time_ms)
{
	const char *sender = rbf_senders_get(im->senders, l->id);
	bool over = l->kind == RBP_LOG_OVER;
	rebuff_result r = {.size = sizeof r,
		.mta = REBUFF_MTA_POSTFIX,
		.id = span(l->id),
		.recipient = span(l->recipient),
		.sender = {sender, sender ? strlen(sender) : 0},
		.kind = over ? REBUFF_KIND_COMPLETE
			     : (rebuff_kind)rebuff_kind_of_name(span(l->outcome)),
		.stage = (rebuff_stage)rebuff_stage_of_name(span(l->stage)),
		.text = span(l->text),
		.host = span(l->host),
		.ip = span(l->ip),
		.source_ip = span(""),
		.time_ms = time_ms,
		.from_log = true};
	return tell(im, &r, l->delay_ms >= 0 ? time_ms - l->delay_ms : 0);
}

static line_kind take_postfix(import *im, const char *program, logline *line, int64_t time_ms)
{
	rbp_log_line l;
	rbp_log_parse(program, line->text, line->len, &l);
	switch (l.kind) {
	case RBP_LOG_SENDER:
		rbf_senders_put(im->senders, l.id, l.sender);
		return LINE_PASSED;
	case RBP_LOG_RESULT:
	case RBP_LOG_OVER:
		return take_postfix_result(im, &l, time_ms);
	case RBP_LOG_UNREAD:
		return LINE_UNREAD;
	case RBP_LOG_OTHER:
		break;
	}
	return LINE_PASSED;
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "2026-11-24 10:33:22": Exim's own. */
static bool begins_as_mainlog(const logline *line)
{
	const char *p = line->text;
	return line->len >= 20 && is_digit(p[0]) && p[4] == '-' && p[7] == '-' && p[10] == ' ' &&
		p[13] == ':' && p[16] == ':';
}

static int64_t time_of(import *im, const logline *line, size_t stamp)
{
	size_t n = stamp < sizeof im->stamp ? stamp : sizeof im->stamp;
	if (n != im->stamp_len || memcmp(im->stamp, line->text, n) != 0) {
		memcpy(im->stamp, line->text, n);
		im->stamp_len = n;
		im->stamp_ms = rbf_syslog_time(line->text, line->len, im->now_ms);
	}
	return im->stamp_ms;
}

/* Cut "host program[pid]: " off the line and leave the program's name in tag. False: not so. */
static bool take_tag(logline *line, size_t stamp, char tag[RBF_SYSLOG_TAG_MAX])
{
	char *message = rbf_syslog_message(line->text, line->len, stamp, tag);
	if (!message)
		return false;
	line->len -= (size_t)(message - line->text);
	line->text = message;
	return true;
}

static line_kind take_message(import *im, const char *tag, logline *line, int64_t time_ms)
{
	if (strncmp(tag, "exim", 4) == 0)
		return take_exim(im, line, time_ms);
	if (strcmp(tag, "smtpd") == 0)
		return take_smtpd(im, line, time_ms);
	if (strncmp(tag, "postfix", 7) == 0)
		return take_postfix(im, tag, line, time_ms);
	return LINE_FOREIGN;
}

static line_kind take_line(import *im, logline *line)
{
	char tag[RBF_SYSLOG_TAG_MAX];
	if (line->program)
		return take_message(im, line->program, line, line->time_ms);
	if (begins_as_mainlog(line))
		return take_exim(im, line, 0);
	size_t stamp = rbf_syslog_stamp(line->text, line->len);
	if (!stamp)
		return LINE_UNREAD;
	int64_t time_ms = time_of(im, line, stamp);
	return take_tag(line, stamp, tag) ? take_message(im, tag, line, time_ms) : LINE_FOREIGN;
}

/* ---- files --------------------------------------------------------------------------------- */

static void keep_sample(import_counts *c, const char *bytes, size_t len)
{
	if (c->unread <= IMPORT_SAMPLES)
		(void)text_escape(c->sample[c->unread - 1], IMPORT_SAMPLE_MAX + 1, bytes, len);
}

static void count(import *im, line_kind kind, const char *start, size_t len)
{
	import_counts *c = im->counts;
	c->lines++;
	c->passed += kind == LINE_PASSED || kind == LINE_FOREIGN;
	c->unread += kind == LINE_UNREAD;
	if (kind == LINE_UNREAD)
		keep_sample(c, start, len);
}

static void commit(import *im, const logfile *f)
{
	if (im->status != REBUFF_OK)
		return;
	(void)rbo_join_tick(im->join, 0, true);
	if (im->status == REBUFF_OK && *logfile_first(f))
		im->status =
			rebuff_record_import(im->ctx, logfile_first(f), logfile_at(f), im->err);
	if (im->status == REBUFF_OK)
		im->status = rebuff_commit(im->ctx, im->err);
	im->in_group = 0;
}

static void begin(import *im)
{
	if (im->status == REBUFF_OK)
		im->status = rebuff_begin(im->ctx, im->err);
}

/* Who sent what, from some way before the place where the last import stopped. */
static void learn(import *im, logfile *f, int64_t place)
{
	logline line;
	rebuff_error ignored = {.status = REBUFF_OK};
	im->learning = true;
	logfile_seek(f, place > SENDERS_BYTES ? place - SENDERS_BYTES : 0);
	while (logfile_at(f) < place && logfile_next(f, &line, &ignored))
		(void)take_line(im, &line);
	(void)rbo_join_tick(im->join, 0, true);
	im->learning = false;
}

/* Returns whether any line was of a known form (or there was none). */
static bool read_lines(import *im, logfile *f, progress *bar, rebuff_error *err)
{
	char start[IMPORT_SAMPLE_MAX];
	logline line;
	bool any = false;
	uint64_t n = 0, done = logfile_done(f);
	begin(im);
	for (; im->status == REBUFF_OK && logfile_next(f, &line, err); n++) {
		size_t len = line.len < sizeof start ? line.len : sizeof start;
		memcpy(start, line.text, len);
		line_kind kind = take_line(im, &line);
		any = any || kind == LINE_RESULT || kind == LINE_PASSED;
		count(im, kind, start, len);
		if (n % STEP == 0) {
			progress_add(bar, logfile_done(f) - done);
			done = logfile_done(f);
		}
		if (im->in_group >= GROUP) {
			commit(im, f);
			begin(im);
		}
	}
	commit(im, f);
	return any || n == 0;
}

static rebuff_status read_file(import *im, const char *path, progress *bar, rebuff_error *err)
{
	logfile *f = NULL;
	int64_t place = 0;
	const import_counts before = *im->counts;
	rebuff_status status = logfile_open(path, &f, err);
	if (status != REBUFF_OK)
		return status;
	if (*logfile_first(f))
		im->status = rebuff_import_place(im->ctx, logfile_first(f), &place, im->err);
	if (im->status == REBUFF_OK && place > 0)
		learn(im, f, place);
	im->counts->earlier_bytes += (uint64_t)place;
	if (!read_lines(im, f, bar, err) && place == 0 && im->status == REBUFF_OK) {
		char shown[IMPORT_SAMPLE_MAX + 1];
		const char *first = logfile_first(f);
		*im->counts = before;
		im->counts->unknown_files++;
		(void)text_escape(shown, sizeof shown, first, strlen(first));
		err->status = REBUFF_EPARSE;
		(void)snprintf(err->text, sizeof err->text,
			"%s: no log of a form that is known here; its first line is \"%s\"; "
			"expected a mainlog of Exim, or a syslog file or an export of the journal "
			"with lines of Exim, smtpd or Postfix",
			path, shown);
	}
	logfile_close(&f);
	return err->status;
}

/* ---- all of them --------------------------------------------------------------------------- */

typedef struct {
	const char *path;
	int64_t time_ms; /* of its first line */
} dated;

static int64_t first_time(import *im, const char *path)
{
	logfile *f = NULL;
	logline line;
	rebuff_error ignored = {.status = REBUFF_OK};
	int64_t time_ms = INT64_MAX;
	if (strcmp(path, "-") == 0 || logfile_open(path, &f, &ignored) != REBUFF_OK)
		return time_ms;
	if (logfile_next(f, &line, &ignored)) {
		size_t stamp = rbf_syslog_stamp(line.text, line.len);
		rbx_log_line l;
		if (line.program)
			time_ms = line.time_ms;
		else if (stamp)
			time_ms = time_of(im, &line, stamp);
		else {
			rbx_log_parse(line.text, line.len, &l);
			time_ms = l.time_ms ? l.time_ms : INT64_MAX;
		}
	}
	logfile_close(&f);
	return time_ms;
}

static int compare(const void *a, const void *b)
{
	const dated *x = a, *y = b;
	return (x->time_ms > y->time_ms) - (x->time_ms < y->time_ms);
}

static void read_files(import *im, const dated *files, size_t n, size_t *failed)
{
	uint64_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += logfile_size(files[i].path);
	progress bar = progress_start("reading", total);
	for (size_t i = 0; i < n && im->status == REBUFF_OK; i++) {
		rebuff_error err = {.status = REBUFF_OK};
		if (read_file(im, files[i].path, &bar, &err) == REBUFF_OK)
			continue;
		progress_clear(&bar);
		fprintf(stderr, "rebuff: %s\n", err.text);
		++*failed;
	}
	progress_clear(&bar);
}

rebuff_status import_logs(rebuff_ctx *ctx, const char *const *paths, size_t n, bool logs_only,
	import_counts *counts, size_t *failed, rebuff_error *err)
{
import im = {.ctx = ctx, .counts = counts, .logs_only = logs_only, .err = err, .now_ms = wall_now_ms(), .senders = rbf_senders_new() };
	dated *files = calloc(n ? n : 1, sizeof *files);
	im.join = rbo_join_new(
		(rbo_join_hooks){&im, on_smtpd, no_addresses, not_attempted, not_started});
	*counts = (import_counts){0};
	*failed = 0;
	/* Without it each reading of a local time would look at /etc/localtime. */
	(void)setenv("TZ", ":/etc/localtime", 0);
	if (files && im.join && im.senders) {
		for (size_t i = 0; i < n; i++)
			files[i] = (dated){paths[i], first_time(&im, paths[i])};
		qsort(files, n, sizeof *files, compare);
		read_files(&im, files, n, failed);
	} else {
		im.status = err->status = REBUFF_ENOMEM;
		(void)snprintf(err->text, sizeof err->text, "no memory for reading logs");
	}
	rbf_senders_free(im.senders);
	rbo_join_free(im.join);
	free(files);
	return im.status;
}

void import_say(const import_counts *c)
{
	fprintf(stderr,
		"%" PRIu64 " lines: %" PRIu64 " results, %" PRIu64 " known before, %" PRIu64
		" of other things, %" PRIu64 " not read\n",
		c->lines, c->results, c->known, c->passed, c->unread);
	if (c->earlier_bytes)
		fprintf(stderr, "%" PRIu64 " bytes were read by an earlier import\n",
			c->earlier_bytes);
	for (size_t i = 0; i < IMPORT_SAMPLES && i < c->unread; i++)
		fprintf(stderr, "  not read: %s\n", c->sample[i]);
}
