#include "command/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/control.h"
#include "common/fail.h"
#include "common/state.h"

enum {
	WINDOW = 64, /* requests sent ahead of their answers */
	GROUP = 1000 /* changes in one transaction */
};

struct changes {
	void (*refused)(void *ud, size_t tag, const char *why);
	void *ud;
	control *control; /* the engine runs: tags[] are those not answered yet */
	size_t tags[WINDOW], first, under_way;
	rebuff_ctx *ctx; /* it does not */
	size_t in_group;
};

rebuff_status changes_open(const command_options *options,
	void (*refused)(void *ud, size_t tag, const char *why), void *ud, changes **out,
	rebuff_error *err)
{
	changes *c = calloc(1, sizeof *c);
	if (!c)
		return fail(err, REBUFF_ENOMEM, "no memory");
	c->refused = refused;
	c->ud = ud;
	rebuff_status status = control_open(options->run_dir, &c->control, err);
	if (status == REBUFF_ENOENT) {
		status = state_open(options, false, false, &c->ctx, err);
		if (status == REBUFF_OK)
			status = rebuff_begin(c->ctx, err);
	}
	if (status == REBUFF_OK) {
		*out = c;
		return status;
	}
	control_close(&c->control);
	rebuff_close(&c->ctx);
	free(c);
	return status;
}

/* Receive the answer to the oldest request under way. */
static rebuff_status receive_one(changes *c, rebuff_error *err)
{
	rbf_wire_record answer;
	size_t tag = c->tags[c->first];
	rebuff_status status = control_receive(c->control, &answer, err);
	c->first = (c->first + 1) % WINDOW;
	c->under_way--;
	if (status != REBUFF_EPARSE)
		return status;
	c->refused(c->ud, tag, err->text);
	return REBUFF_OK;
}

static rebuff_status ask_to_add(
	changes *c, size_t tag, const rebuff_suppression *e, rebuff_error *err)
{
	if (c->under_way == WINDOW && receive_one(c, err) != REBUFF_OK)
		return err->status;
	rbf_wire_writer *w = control_begin(c->control, "suppress-add");
	rbf_wire_put_str(w, "address", e->address);
	rbf_wire_put_str(w, "scope", e->scope);
	rbf_wire_put_str(w, "class", rebuff_class_name(e->class_));
	rbf_wire_put_str(w, "category", rebuff_category_name(e->category));
	rbf_wire_put_int(w, "since", e->since_ms);
	rbf_wire_put_int(w, "until", e->until_ms);
	rbf_wire_put_str(w, "provider", e->provider);
	rbf_wire_put_str(w, "rule", e->rule);
	rbf_wire_put_str(w, "evidence", e->evidence);
	rbf_wire_put_str(w, "by", e->by);
	c->tags[(c->first + c->under_way++) % WINDOW] = tag;
	return control_send(c->control, err);
}

/* A new transaction now and then, so that the file's log does not grow without end. */
static rebuff_status next_group(changes *c, rebuff_error *err)
{
	if (++c->in_group < GROUP)
		return REBUFF_OK;
	c->in_group = 0;
	rebuff_status status = rebuff_commit(c->ctx, err);
	return status == REBUFF_OK ? rebuff_begin(c->ctx, err) : status;
}

rebuff_status changes_add(
	changes *c, size_t tag, const rebuff_suppression *entry, rebuff_error *err)
{
	if (c->control)
		return ask_to_add(c, tag, entry, err);
	if (rebuff_suppress_add(c->ctx, entry, err) != REBUFF_OK)
		c->refused(c->ud, tag, err->text);
	return next_group(c, err);
}

rebuff_status changes_remove(
	changes *c, const char *address, rebuff_class class_, size_t *removed, rebuff_error *err)
{
	rebuff_span span = {address, strlen(address)};
	if (!c->control)
		return rebuff_suppress_remove(c->ctx, span, class_, removed, err);
	rbf_wire_record answer;
	rbf_wire_writer *w = control_begin(c->control, "suppress-remove");
	rbf_wire_put_str(w, "address", address);
	if (class_ != REBUFF_CLASS_N)
		rbf_wire_put_str(w, "class", rebuff_class_name(class_));
	rebuff_status status = control_send(c->control, err);
	if (status == REBUFF_OK)
		status = control_receive(c->control, &answer, err);
	if (status == REBUFF_OK)
		*removed = (size_t)rbf_wire_get_int(&answer, "removed", 0);
	return status;
}

rebuff_status changes_close(changes **cp, rebuff_error *err)
{
	changes *c = *cp;
	rebuff_status status = REBUFF_OK;
	if (!c)
		return status;
	while (c->under_way > 0 && status == REBUFF_OK)
		status = receive_one(c, err);
	if (c->ctx)
		status = rebuff_commit(c->ctx, err);
	control_close(&c->control);
	rebuff_close(&c->ctx);
	free(c);
	*cp = NULL;
	return status;
}
