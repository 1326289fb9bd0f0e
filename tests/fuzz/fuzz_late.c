/*
 * fuzz_late.c - what a stranger can say in a bounce, whatever it is: nobody is suppressed by it.
 * The engine has delivered a message to lucy alone and one to two recipients; the input's lines, in
 * order, are the addresses it came back to, the DKIM verdict, the recipient, the original recipient
 * and the reply, and what follows them is the returned header section. The client has no confirmed
 * name, and nobody knows a token. Also through the parsers that run in plugins.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "bounce/received.h"
#include "engine/context.h"
#include "engine/token.h"
#include "exim/ask.h"
#include "fuzz.h"

static int64_t now = 1800000000000;

static int64_t clock_ms(void *ud)
{
	(void)ud;
	return now;
}

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void accept_mail(rebuff_ctx *ctx, const char *id, const char *recipient)
{
	rebuff_result r = {.size = sizeof r,
		.id = rbf_span_of(id),
		.recipient = rbf_span_of(recipient),
		.sender = RBF_LIT("shop@sender.example"),
		.kind = REBUFF_KIND_DELIVERED,
		.stage = REBUFF_STAGE_DOT,
		.text = RBF_LIT("250 2.0.0 Ok: queued as 4QueueId77Zz"),
		.host = RBF_LIT("mx.remote.example")};
	must(rebuff_record_result(ctx, &r, NULL, NULL) == REBUFF_OK);
}

static rebuff_ctx *context(void)
{
	static rebuff_ctx *ctx;
	rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "tests/data/engine",
		.state_file = ":memory:",
		.clock = {.wall_ms = clock_ms, .boot_ms = clock_ms}};
	if (ctx)
		return ctx;
	must(rebuff_open(&o, &ctx, NULL) == REBUFF_OK && rebuff_begin(ctx, NULL) == REBUFF_OK);
	accept_mail(ctx, "1tAAAA-0000Aa-1x", "lucy@remote.example");
	accept_mail(ctx, "1tLLLL-0000Ll-3x", "lucy@remote.example");
	accept_mail(ctx, "1tLLLL-0000Ll-3x", "bob@remote.example");
	must(rebuff_commit(ctx, NULL) == REBUFF_OK);
	return ctx;
}

static rebuff_span line(rebuff_span *rest)
{
	rebuff_span l = rbf_span_split(rest, '\n');
	return l.p ? l : (rebuff_span){"", 0};
}

static void classify(rebuff_ctx *ctx, rebuff_bounced *b)
{
	rebuff_reply reply = {.size = sizeof reply, .text = b->diagnostic};
	must(rebuff_classify(ctx, &reply, &b->reply) == REBUFF_OK);
}

static void plugins(const char *text, size_t len)
{
	char passed[RBX_DKIM_MAX], sender[REBUFF_ADDRESS_MAX + 1];
	rbb_received received;
	rbf_token token;
	(void)rbb_received_read(text, len, &received);
	rbx_dkim_passed(text, passed);
	rbf_token_sender((rebuff_span){text, len}, sender);
	(void)rbf_token_read((rebuff_span){text, len}, &token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned number;
	char id[32];
	char *text = malloc(size + 1);
	rebuff_ctx *ctx = context();
	must(text != NULL);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	plugins(text, size);
	(void)snprintf(id, sizeof id, "1tZZZZ-%06u-4x", number++ % 1000000);
	rebuff_span rest = {text, size};
	rebuff_arrival arrival = {.size = sizeof arrival,
		.id = rbf_span_of(id),
		.recipients = line(&rest),
		.headers = RBF_LIT("From: mailer-daemon@evil.test\n")};
	arrival.dkim = line(&rest);
	rebuff_bounced bounced = {.size = sizeof bounced, .action = REBUFF_DSN_FAILED};
	bounced.recipient = line(&rest);
	bounced.original = line(&rest);
	bounced.diagnostic = line(&rest);
	bounced.mta = RBF_LIT("");
	classify(ctx, &bounced);
	const rebuff_message message = {.size = sizeof message,
		.kind = size % 3 ? REBUFF_MESSAGE_BOUNCE : REBUFF_MESSAGE_COMPLAINT,
		.recipient_n = 1,
		.message_id = RBF_LIT(""),
		.envelope_id = RBF_LIT(""),
		.sender = RBF_LIT(""),
		.reporting_mta = RBF_LIT(""),
		.feedback_type = RBF_LIT("abuse"),
		.returned = rest.p ? rest : (rebuff_span){"", 0}};
	const rebuff_evidence e = {.size = sizeof e,
		.arrival = &arrival,
		.message = &message,
		.recipient = &bounced,
		.recipient_n = 1};
	rebuff_evidence_outcome out = {.size = sizeof out};
	must(rebuff_begin(ctx, NULL) == REBUFF_OK);
	must(rebuff_record_evidence(ctx, &e, &out, NULL) == REBUFF_OK);
	must(rbf_store_rollback(ctx->store, NULL) == REBUFF_OK);
	must(out.suppressed == 0 && out.by_trust[REBUFF_TRUST_PROVEN] == 0);
	must(out.by_trust[REBUFF_TRUST_PROBABLE] + out.by_trust[REBUFF_TRUST_UNVERIFIED] == 1);
	free(text);
	return 0;
}
