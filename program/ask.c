#include "ask.h"

#include "control.h"
#include "state.h"

static rebuff_status in_database(const command_options *options,
	rebuff_status (*change)(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err), void *ud,
	size_t *n, rebuff_error *err)
{
	rebuff_ctx *ctx = NULL;
	rebuff_status status = state_open(options, false, true, &ctx, err);
	if (status == REBUFF_OK)
		status = rebuff_begin(ctx, err);
	if (status == REBUFF_OK)
		status = change(ud, ctx, n, err);
	if (status == REBUFF_OK)
		status = rebuff_commit(ctx, err);
	rebuff_close(&ctx);
	return status;
}

rebuff_status ask_change(const command_options *options, const char *request,
	const ask_field *fields, const char *answer,
	rebuff_status (*change)(void *ud, rebuff_ctx *ctx, size_t *n, rebuff_error *err), void *ud,
	size_t *n, rebuff_error *err)
{
	control *c = NULL;
	rbf_wire_record record;
	rebuff_status status = control_open(options->run_dir, &c, err);
	*n = 0;
	if (status == REBUFF_ENOENT)
		return in_database(options, change, ud, n, err);
	if (status != REBUFF_OK)
		return status;
	rbf_wire_writer *w = control_begin(c, request);
	for (; fields->name; fields++)
		rbf_wire_put_str(w, fields->name, fields->value);
	status = control_send(c, err);
	if (status == REBUFF_OK)
		status = control_receive(c, &record, err);
	if (status == REBUFF_OK)
		*n = (size_t)rbf_wire_get_int(&record, answer, 0);
	control_close(&c);
	return status;
}
