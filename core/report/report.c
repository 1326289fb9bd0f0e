#include "report/report.h"

#include "base/error.h"
#include "report/render.h"

rebuff_status rbf_report(
	rbf_store *store, int64_t now_ms, const rebuff_output *out, rebuff_error *err)
{
	rbf_facts facts;
	if (out->format != REBUFF_TEXT && out->format != REBUFF_JSON)
		return rbf_fail(err, REBUFF_EARG, "a report is written as text or JSON only");
	rebuff_status status = rbf_facts_read(store, now_ms, out, false, &facts, err);
	if (status == REBUFF_OK && out->format == REBUFF_JSON)
		status = rbf_report_json(&facts, out, err);
	else if (status == REBUFF_OK)
		rbf_report_text(&facts, out);
	rbf_facts_free(&facts);
	return status;
}

rebuff_status rbf_status(rbf_store *store, int64_t now_ms, const rbf_standing *standing,
	const rebuff_output *out, rebuff_error *err)
{
	rbf_facts facts;
	if (out->format != REBUFF_TEXT && out->format != REBUFF_JSON)
		return rbf_fail(err, REBUFF_EARG, "the status is written as text or JSON only");
	rebuff_status status = rbf_facts_read(store, now_ms, out, true, &facts, err);
	if (status == REBUFF_OK && out->format == REBUFF_JSON)
		status = rbf_status_json(&facts, standing, out, err);
	else if (status == REBUFF_OK)
		rbf_status_text(&facts, standing, out);
	rbf_facts_free(&facts);
	return status;
}
