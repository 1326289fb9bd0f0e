#include "serve/answer.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

rebuff_span asked_field(const request *r, const char *name)
{
	const rbf_wire_field *f = rbf_wire_get(&r->record, name);
	return f ? (rebuff_span){f->value, f->len} : (rebuff_span){"", 0};
}

rebuff_span asked_node(const service *s, const request *r)
{
	rebuff_span node = asked_field(r, "node");
	return node.len ? node : (rebuff_span){s->node, strlen(s->node)};
}

int asked_name(request *r, const char *name, int (*of_name)(rebuff_span), int otherwise)
{
	char text[256], value[80];
	rebuff_span v = asked_field(r, name);
	int found = v.len ? of_name(v) : otherwise;
	if (found >= 0)
		return found;
	snprintf(text, sizeof text, "%s=%s is not known; see docs/protocol.md", name,
		text_escape(value, sizeof value, v.p, v.len));
	request_error(r, text);
	return -1;
}

static void put_count(request *r)
{
	rbf_wire_put_int(request_begin(r), r->counted, (int64_t)r->number);
	request_end(r);
}

void answer_done(job *j)
{
	request *r = (request *)j;
	service *s = r->ud;
	if (!r->answer && j->status != REBUFF_OK)
		logger_seldom(s->log, &s->failed, REBUFF_LOG_ERROR,
			"event=not-recorded request=%s why=\"%s\"",
			rbf_wire_get_str(&r->record, "request", ""), j->problem);
	else if (r->answer && j->status != REBUFF_OK)
		request_error(r, j->problem);
	else if (r->answer && r->counted)
		put_count(r);
	else if (r->answer)
		request_ok(r);
	request_free(r);
	wake_poke(s->wake);
}

bool answer_later(service *s, request *r, answer_change *apply)
{
	r->ud = s;
	r->job.apply = apply;
	if (!r->job.done)
		r->job.done = answer_done;
	if (writer_add(s->writer, &r->job))
		return true;
	logger_seldom(s->log, &s->full, REBUFF_LOG_ERROR,
		"event=queue-full effect=\"the mail server keeps the results in its log\"");
	if (r->answer)
		request_error(r, "the writer's queue is full");
	request_free(r);
	return false;
}
