#include "serve/service.h"

#include <stdlib.h>
#include <string.h>

#include "common/clocks.h"
#include "common/text.h"
#include "serve/answer.h"
#include "serve/mail.h"
#include "serve/message.h"
#include "serve/operator.h"

/* ---- which endpoint may ask what ----------------------------------------------------------- */

static void on_ping(service *s, request *r)
{
	(void)s;
	request_ok(r);
	request_free(r);
}

#define AT(endpoint) (1u << (endpoint))
#define AT_MTA (AT(ENDPOINT_EXIM) | AT(ENDPOINT_SMTPD))
#define AT_ANY_MTA (AT_MTA | AT(ENDPOINT_POSTFIX))

static const struct {
	const char *name;
	unsigned endpoints;
	void (*handle)(service *s, request *r);
	answer_change *change; /* without a handler: made by the writer, ... */
	const char *counted; /* ... and what its number is called in the answer, if at all */
} requests[] = {
	{"gate", AT_MTA, mail_gate, NULL, NULL},
	{"result", AT_ANY_MTA, mail_result, NULL, NULL},
	{"submit", AT_ANY_MTA, mail_submit, NULL, NULL},
	{"commit", AT(ENDPOINT_SMTPD), mail_commit, NULL, NULL},
	{"committed", AT(ENDPOINT_SMTPD), mail_committed, NULL, NULL},
	{"message", AT_MTA | AT(ENDPOINT_BOUNCE), message_take, NULL, NULL},
	{"return-path", AT_MTA, mail_return_path, NULL, NULL},
	{"ping", AT_ANY_MTA | AT(ENDPOINT_BOUNCE) | AT(ENDPOINT_CONTROL), on_ping, NULL, NULL},
	{"reload", AT(ENDPOINT_CONTROL), operator_reload, NULL, NULL},
	{"rotate-key", AT(ENDPOINT_CONTROL), NULL, operator_rotate_key, NULL},
	{"status", AT(ENDPOINT_CONTROL), operator_status, NULL, NULL},
	{"hold", AT(ENDPOINT_CONTROL), NULL, operator_hold, NULL},
	{"release", AT(ENDPOINT_CONTROL), NULL, operator_release, "released"},
	{"breaker-confirm", AT(ENDPOINT_CONTROL), NULL, operator_confirm, "judged"},
	{"breaker-undo", AT(ENDPOINT_CONTROL), NULL, operator_undo, "judged"},
	{"checks", AT(ENDPOINT_CONTROL), NULL, operator_checks, NULL},
	{"warmup", AT(ENDPOINT_CONTROL), NULL, operator_warmup, "changed"},
	{"warmup-end", AT(ENDPOINT_CONTROL), NULL, operator_warmup_end, "changed"},
	{"suppress-add", AT(ENDPOINT_CONTROL), operator_suppress_add, NULL, NULL},
	{"suppress-remove", AT(ENDPOINT_CONTROL), operator_suppress_remove, NULL, "removed"},
};

void service_handle(void *ud, request *r)
{
	service *s = ud;
	const char *name = rbf_wire_get_str(&r->record, "request", "");
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		if (strcmp(requests[i].name, name) != 0)
			continue;
		if (requests[i].endpoints & AT(r->endpoint)) {
			r->counted = requests[i].counted;
			if (requests[i].handle)
				requests[i].handle(s, r);
			else
				(void)answer_later(s, r, requests[i].change);
			return;
		}
		break;
	}
	s->refused++;
	request_error(r, "not allowed on this socket");
	request_free(r);
}

/* ---- what comes round ---------------------------------------------------------------------- */

rebuff_status service_reload(service *s, rebuff_error *err)
{
	char text[1024];
	rebuff_status status = rebuff_reload(s->ctx, err);
	if (status == REBUFF_OK) {
		s->policy_loaded_ms = wall_now_ms();
		s->reload_problem[0] = '\0';
		return status;
	}
	memcpy(s->reload_problem, err->text, sizeof s->reload_problem);
	logger_write(s->log, REBUFF_LOG_ERROR,
		"event=policy-not-loaded effect=\"the running policy stays\" why=\"%s\"",
		text_escape_quoted(text, sizeof text, err->text, strlen(err->text)));
	return status;
}

typedef struct {
	job job;
	service *service;
} chore;

static rebuff_status apply_housekeep(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	(void)j;
	return rebuff_housekeep(ctx, err);
}

static void housekeep_done(job *j)
{
	service *s = ((chore *)j)->service;
	if (j->status != REBUFF_OK)
		logger_seldom(s->log, &s->failed, REBUFF_LOG_ERROR,
			"event=not-housekept why=\"%s\"", j->problem);
	wake_poke(s->wake);
	free(j);
}

void service_housekeep(service *s)
{
	chore *c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->service = s;
	c->job = (job){.apply = apply_housekeep, .done = housekeep_done, .bytes = sizeof *c};
	if (!writer_add(s->writer, &c->job))
		free(c);
}
