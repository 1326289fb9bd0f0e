#include "common/ask.h"

#include "common/control.h"
#include "common/state.h"

static rebuff_status in_database(
	const command_options *options, const ask *what, size_t *n, rebuff_error *err)
{
	rebuff_ctx *ctx = NULL;
	rebuff_status status = state_open(options, false, what->policy, &ctx, err);
	if (status == REBUFF_OK)
		status = rebuff_begin(ctx, err);
	if (status == REBUFF_OK)
		status = what->change(what->ud, ctx, n, err);
	if (status == REBUFF_OK)
		status = rebuff_commit(ctx, err);
	rebuff_close(&ctx);
	return status;
}

static rebuff_status in_engine(
	control *c, const ask *what, rbf_wire_record *answer, rebuff_error *err)
{
	rbf_wire_writer *w = control_begin(c, what->request);
	for (const ask_field *f = what->fields; f && f->name; f++)
		rbf_wire_put_str(w, f->name, f->value);
	rebuff_status status = control_send(c, err);
	return status == REBUFF_OK ? control_receive(c, answer, err) : status;
}

rebuff_status ask_change(
	const command_options *options, const ask *what, size_t *n, rebuff_error *err)
{
	control *c = NULL;
	rbf_wire_record answer;
	*n = 0;
	rebuff_status status = control_open(options->run_dir, &c, err);
	if (status == REBUFF_ENOENT && what->change)
		return in_database(options, what, n, err);
	if (status == REBUFF_OK)
		status = in_engine(c, what, &answer, err);
	if (status == REBUFF_OK)
		*n = (size_t)rbf_wire_get_int(&answer, what->answer, 0);
	control_close(&c);
	return status;
}

rebuff_status ask_engine(const command_options *options, const char *request, rebuff_error *err)
{
	size_t nothing;
	return ask_change(options, &(ask){.request = request, .answer = ""}, &nothing, err);
}
