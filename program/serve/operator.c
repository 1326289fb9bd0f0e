#include "serve/operator.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/text.h"
#include "serve/answer.h"

void operator_reload(service *s, request *r)
{
	rebuff_error err = {.status = REBUFF_OK};
	if (service_reload(s, &err) == REBUFF_OK)
		request_ok(r);
	else
		request_error(r, err.text);
	request_free(r);
}

void operator_status(service *s, request *r)
{
	bool json = strcmp(rbf_wire_get_str(&r->record, "format", "text"), "json") == 0;
	char text[HEALTH_MAX];
	service_health(s, json, text, sizeof text);
	rbf_wire_put_str(request_begin(r), "text", text);
	request_end(r);
	request_free(r);
}

static void copy(char *dst, size_t cap, rebuff_span s)
{
	size_t n = s.len < cap ? s.len : cap - 1;
	memcpy(dst, s.p, n);
	dst[n] = '\0';
}

static rebuff_status apply_suppress_add(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const request *r = (request *)j;
	rebuff_suppression e = {
		.size = sizeof e,
		.class_ = (rebuff_class)r->number,
		.since_ms = rbf_wire_get_int(&r->record, "since", r->came_ms),
		.until_ms = rbf_wire_get_int(&r->record, "until", 0),
		.confidence = 1.0,
	};
	int category = rebuff_category_of_name(asked_field(r, "category"));
	rebuff_span scope = asked_field(r, "scope"), address = asked_field(r, "address");
	if (address.len > REBUFF_ADDRESS_MAX || memchr(address.p, '\0', address.len))
		return fail(err, REBUFF_ELIMIT, "address: expected at most %d bytes and no NUL",
			REBUFF_ADDRESS_MAX);
	e.category = category < 0 ? REBUFF_UNCLASSIFIED : (rebuff_category)category;
	copy(e.address, sizeof e.address, address);
	copy(e.scope, sizeof e.scope, scope.len ? scope : (rebuff_span){"all", 3});
	copy(e.provider, sizeof e.provider, asked_field(r, "provider"));
	copy(e.rule, sizeof e.rule, asked_field(r, "rule"));
	text_escape(e.evidence, sizeof e.evidence, asked_field(r, "evidence").p,
		asked_field(r, "evidence").len);
	text_escape(e.by, sizeof e.by, asked_field(r, "by").p, asked_field(r, "by").len);
	return rebuff_suppress_add(ctx, &e, err);
}

void operator_suppress_add(service *s, request *r)
{
	int class_ = asked_name(r, "class", rebuff_class_of_name, REBUFF_CLASS_MANUAL);
	if (class_ < 0) {
		request_free(r);
		return;
	}
	r->number = (size_t)class_;
	answer_later(s, r, apply_suppress_add);
}

static rebuff_status apply_suppress_remove(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	rebuff_class class_ = (rebuff_class)r->number;
	return rebuff_suppress_remove(ctx, asked_field(r, "address"), class_, &r->number, err);
}

void operator_suppress_remove(service *s, request *r)
{
	int class_ = asked_name(r, "class", rebuff_class_of_name, REBUFF_CLASS_N);
	if (class_ < 0) {
		request_free(r);
		return;
	}
	r->number = (size_t)class_;
	answer_later(s, r, apply_suppress_remove);
}

static rebuff_scope_held scope_held(const request *r)
{
	return (rebuff_scope_held){
		asked_field(r, "provider"), asked_field(r, "stream"), asked_field(r, "source_ip")};
}

rebuff_status operator_hold(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const request *r = (request *)j;
	const rebuff_scope_held scope = scope_held(r);
	return rebuff_hold_add(ctx, &scope, rbf_wire_get_int(&r->record, "until", 0),
		asked_field(r, "reason"), asked_field(r, "by"), err);
}

rebuff_status operator_release(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	const rebuff_scope_held scope = scope_held(r);
	return rebuff_hold_release(
		ctx, &scope, asked_field(r, "by"), asked_field(r, "note"), &r->number, err);
}

rebuff_status operator_rotate_key(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	(void)j;
	return rebuff_key_rotate(ctx, err);
}

rebuff_status operator_confirm(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	return rebuff_candidates_confirm(
		ctx, asked_field(r, "provider"), asked_field(r, "by"), &r->number, err);
}

rebuff_status operator_undo(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	return rebuff_candidates_undo(ctx, asked_field(r, "provider"), &r->number, err);
}

rebuff_status operator_checks(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	const request *r = (const request *)j;
	int64_t number;
	const rebuff_checks checks = {.size = sizeof checks,
		.provider = asked_field(r, "provider"),
		.stream = {"", 0},
		.wrong = (uint32_t)rbf_wire_get_int(&r->record, "wrong", 0),
		.summary = asked_field(r, "summary"),
		.list = asked_field(r, "list")};
	return rebuff_checks_add(
		ctx, &checks, rbf_wire_get_int(&r->record, "alarm", 0), &number, err);
}

rebuff_status operator_warmup(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	rebuff_warmup p = {.size = sizeof p,
		.days = (uint32_t)rbf_wire_get_int(&r->record, "days", 0),
		.cap = (uint32_t)rbf_wire_get_int(&r->record, "cap", 0),
		.growth = strtod(rbf_wire_get_str(&r->record, "growth", "0"), NULL)};
	copy(p.provider, sizeof p.provider, asked_field(r, "provider"));
	copy(p.ip, sizeof p.ip, asked_field(r, "ip"));
	copy(p.node, sizeof p.node, asked_node(r->ud, r));
	r->number = 1;
	return rebuff_warmup_put(ctx, &p, err);
}

rebuff_status operator_warmup_end(job *j, rebuff_ctx *ctx, rebuff_error *err)
{
	request *r = (request *)j;
	return rebuff_warmup_end(
		ctx, asked_node(r->ud, r), asked_field(r, "provider"), &r->number, err);
}
