/* reader.c - rebuff_reader_*: messages read in a child, replies classified here. */
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"
#include "dsn/dsn.h"
#include "dsn/pack.h"
#include "dsn/worker.h"

enum { DEFAULT_TIME_S = 60 };
static const size_t default_message_max = (size_t)64 << 20;
static const size_t default_memory_max = (size_t)1 << 30;

struct rebuff_reader {
	rebuff_reader_options options;
	rbf_worker worker;
	rbf_dsn *here; /* same_process */
	char *packed;
	size_t packed_len, packed_cap;
	rbf_arena arena;
	rbf_report unpacked;
	const rbf_report *report; /* of the message read last; NULL: none */
};

rebuff_status rebuff_reader_open(
	const rebuff_reader_options *options, rebuff_reader **out, rebuff_error *err)
{
	*out = NULL;
	if (!options || options->size != sizeof *options)
		return rbf_fail(err, REBUFF_EARG, "rebuff_reader_open: options.size is not set");
	rebuff_reader *r = calloc(1, sizeof *r);
	if (!r)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for a reader");
	r->options = *options;
	if (r->options.message_max == 0)
		r->options.message_max = default_message_max;
	if (r->options.memory_max == 0)
		r->options.memory_max = default_memory_max;
	if (r->options.time_max_s == 0)
		r->options.time_max_s = DEFAULT_TIME_S;
	r->arena = rbf_arena_of(r->options.memory_max);
	r->worker = (rbf_worker){.message_max = r->options.message_max,
		.memory_max = r->options.memory_max,
		.time_max_s = r->options.time_max_s};
	if (options->same_process && !(r->here = rbf_dsn_open())) {
		free(r);
		return rbf_fail(err, REBUFF_ENOMEM, "no memory for a reader");
	}
	*out = r;
	return REBUFF_OK;
}

void rebuff_reader_close(rebuff_reader **rp)
{
	rebuff_reader *r = *rp;
	if (!r)
		return;
	rbf_worker_stop(&r->worker);
	rbf_dsn_close(&r->here);
	rbf_arena_free(&r->arena);
	free(r->packed);
	free(r);
	*rp = NULL;
}

static rebuff_status read_in_child(rebuff_reader *r, rebuff_span message, rebuff_error *err)
{
	rebuff_status status = rbf_worker_ask(
		&r->worker, message, &r->packed, &r->packed_len, &r->packed_cap, err);
	if (status != REBUFF_OK)
		return status;
	rbf_arena_reset(&r->arena);
	if (!rbf_unpack((rebuff_span){r->packed, r->packed_len}, &r->arena, &r->unpacked)) {
		rbf_worker_stop(&r->worker);
		return rbf_fail(err, REBUFF_EIO, "the reading process talks nonsense");
	}
	r->report = &r->unpacked;
	return REBUFF_OK;
}

static rebuff_span or_empty(rebuff_span s)
{
	return s.p ? s : (rebuff_span){"", 0};
}

rebuff_status rebuff_reader_read(
	rebuff_reader *r, rebuff_span message, rebuff_message *out, rebuff_error *err)
{
	r->report = NULL;
	if (out->size != sizeof *out)
		return rbf_fail(err, REBUFF_EARG, "rebuff_reader_read: out->size is not set");
	if (message.len > r->options.message_max)
		return rbf_fail(err, REBUFF_ELIMIT,
			"the message has %zu bytes, more than the %zu that are read", message.len,
			r->options.message_max);
	rebuff_status status = r->here ? rbf_dsn_read(r->here, message, &r->report, err)
				       : read_in_child(r, message, err);
	if (status != REBUFF_OK)
		return status;
	const rbf_report *got = r->report;
	*out = (rebuff_message){.size = sizeof *out,
		.kind = got->kind,
		.recipient_n = got->recipient_n,
		.message_id = or_empty(got->message_id),
		.envelope_id = or_empty(got->envelope_id),
		.sender = or_empty(got->sender),
		.returned = or_empty(got->returned),
		.reporting_mta = or_empty(got->reporting_mta),
		.feedback_type = or_empty(got->feedback_type),
		.truncated = got->truncated};
	return REBUFF_OK;
}

rebuff_status rebuff_reader_recipient(rebuff_reader *r, size_t i, rebuff_bounced *out)
{
	if (!r->report || i >= r->report->recipient_n || out->size != sizeof *out)
		return REBUFF_EARG;
	rbf_dsn_judge(r->report, &r->report->recipient[i], r->options.classify, r->options.ud, out);
	return REBUFF_OK;
}
