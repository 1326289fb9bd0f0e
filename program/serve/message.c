#include "serve/message.h"

#include <stdlib.h>
#include <string.h>

#include "serve/answer.h"
#include "serve/bounce.h"

/* A message on its way: arrival to disk, read, evidence to disk. Owns the request. */
typedef struct {
	job job;
	reading reading;
	service *service;
	request *request;
	rebuff_mta mta;
	bool answer_late;
	rebuff_evidence_outcome outcome;
} course;

static rebuff_arrival arrival_of(const course *c)
{
	const request *r = c->request;
	rebuff_span headers = asked_field(r, "headers");
	return (rebuff_arrival){
		.size = sizeof(rebuff_arrival),
		.node = asked_node(c->service, r),
		.mta = c->mta,
		.id = asked_field(r, "id"),
		.recipients = asked_field(r, "recipients"),
		.client_ip = asked_field(r, "client_ip"),
		.client_name = asked_field(r, "client_name"),
		.dkim = asked_field(r, "dkim"),
		.headers = headers.len ? headers : c->reading.section,
		.size_bytes = rbf_wire_get_int(&r->record, "size_bytes", 0),
	};
}

static void end_course(course *c)
{
	request_free(c->request);
	reading_clear(&c->reading);
	free(c);
}

static void complain(course *c, const char *problem)
{
	service *s = c->service;
	logger_seldom(s->log, &s->failed, REBUFF_LOG_ERROR,
		"event=not-recorded request=message why=\"%s\"", problem);
	if (c->request->answer)
		request_error(c->request, problem);
	end_course(c);
}

static void queue(
	course *c, rebuff_status (*apply)(job *, rebuff_ctx *, rebuff_error *), void (*done)(job *))
{
	c->job = (job){.apply = apply,
		.done = done,
		.bytes = sizeof *c + c->request->job.bytes +
			c->reading.recipient_n * sizeof *c->reading.recipient};
	if (!writer_add(c->service->writer, &c->job))
		complain(c, "the writer's queue is full");
}

/* ---- what it says -------------------------------------------------------------------------- */

static rebuff_status apply_evidence(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	course *c = (course *)j;
	rebuff_arrival arrival = arrival_of(c);
	bool read = c->reading.problem[0] == '\0';
	const rebuff_evidence evidence = {.size = sizeof evidence,
		.arrival = &arrival,
		.unread = read ? NULL : c->reading.problem,
		.message = read ? &c->reading.message : NULL,
		.recipient = c->reading.recipient,
		.recipient_n = c->reading.recipient_n};
	c->outcome = (rebuff_evidence_outcome){.size = sizeof c->outcome};
	return rebuff_record_evidence(ctx, &evidence, &c->outcome, err);
}

static void evidence_done(job *j)
{
	course *c = (course *)j;
	if (j->status != REBUFF_OK) {
		complain(c, j->problem);
		return;
	}
	if (c->request->answer && c->outcome.refuse) {
		rbf_wire_writer *w = request_begin(c->request);
		rbf_wire_put_str(w, "action", rebuff_verdict_name(REBUFF_REFUSE));
		rbf_wire_put_str(
			w, "text", "5.7.1 this bounce is about mail that did not come from here");
		request_end(c->request);
	} else if (c->request->answer) {
		request_ok(c->request);
	}
	end_course(c);
}

static void read_done(reading *r)
{
	course *c = (course *)((char *)r - offsetof(course, reading));
	if (r->given_up && c->request->endpoint == ENDPOINT_BOUNCE) { /* it comes again */
		complain(c, r->problem);
		return;
	}
	queue(c, apply_evidence, evidence_done);
}

/* ---- that it came -------------------------------------------------------------------------- */

static rebuff_status apply_arrival(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	rebuff_arrival arrival = arrival_of((course *)j);
	return rebuff_record_arrival(ctx, &arrival, err);
}

static void arrival_done(job *j)
{
	static const char full[] = "too many messages came at once";
	course *c = (course *)j;
	if (j->status != REBUFF_OK) {
		complain(c, j->problem);
		return;
	}
	if (!c->answer_late)
		request_ok(c->request);
	if (c->service->bounces && bounces_add(c->service->bounces, &c->reading))
		return;
	if (c->request->endpoint == ENDPOINT_BOUNCE) { /* it comes again */
		complain(c, full);
		return;
	}
	memcpy(c->reading.problem, full, sizeof full);
	queue(c, apply_evidence, evidence_done);
}

void message_take(service *s, request *r)
{
	rebuff_span mta = {"exim", 4}, given;
	course *c = calloc(1, sizeof *c);
	if (!c) {
		request_error(r, "no memory for a message");
		request_free(r);
		return;
	}
	c->service = s;
	c->request = r;
	given = asked_field(r, "mta");
	int number = rebuff_mta_of_name(given.len ? given : mta);
	if (number < 0 || !asked_field(r, "id").len) {
		request_error(r,
			number < 0 ? "mta= is not known; see docs/protocol.md" : "id= is missing");
		end_course(c);
		return;
	}
	s->messages++;
	c->mta = (rebuff_mta)number;
	c->answer_late = r->endpoint == ENDPOINT_BOUNCE || rebuff_refuses_backscatter(s->ctx);
	c->reading =
		(reading){.fd = r->fd, .headers = asked_field(r, "headers"), .done = read_done};
	queue(c, apply_arrival, arrival_done);
}
