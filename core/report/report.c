#include "report/report.h"

#include "base/error.h"
#include "report/render.h"

static rebuff_status render(
	const rbf_facts *facts, const rbf_table *table, const rebuff_output *out, rebuff_error *err)
{
	switch (out->format) {
	case REBUFF_TEXT:
		rbf_report_text(facts, out);
		return REBUFF_OK;
	case REBUFF_JSON:
		return rbf_report_json(facts, out, err);
	case REBUFF_CSV:
		rbf_report_csv(facts, table, out);
		return REBUFF_OK;
	case REBUFF_MARKDOWN:
		rbf_report_markdown(facts, out);
		return REBUFF_OK;
	case REBUFF_HTML:
		rbf_report_html(facts, out);
		return REBUFF_OK;
	case REBUFF_OPENMETRICS:
		break;
	}
	return rbf_fail(err, REBUFF_EARG, "format %d of a report is not known", (int)out->format);
}

rebuff_status rbf_report(
	rbf_store *store, int64_t now_ms, const rebuff_output *out, rebuff_error *err)
{
	rbf_facts facts;
	const rbf_table *table = out->table.len ? rbf_table_of(out->table) : rbf_tables;
	if (!table)
		return rbf_fail(err, REBUFF_ENOENT,
			"no table \"%.*s\"; expected providers, streams, sources, categories, "
			"changes, acceptance, times, reasons, "
			"suppressions, waiting, lanes, holds, released, breakers, alarms, warmup, "
			"trust, late or refused",
			out->table.len < 40 ? (int)out->table.len : 40, out->table.p);
	rebuff_status status = rbf_facts_read(store, now_ms, out, false, &facts, err);
	if (status == REBUFF_OK)
		status = render(&facts, table, out, err);
	rbf_facts_free(&facts);
	return status;
}

rebuff_status rbf_status(rbf_store *store, int64_t now_ms, const rbf_standing *standing,
	const rebuff_output *out, rebuff_error *err)
{
	rbf_facts facts;
	if (out->format != REBUFF_TEXT && out->format != REBUFF_JSON &&
		out->format != REBUFF_OPENMETRICS)
		return rbf_fail(err, REBUFF_EARG,
			"the status is written as text, JSON or OpenMetrics only");
	rebuff_status status = rbf_facts_read(store, now_ms, out, true, &facts, err);
	if (status == REBUFF_OK && out->format == REBUFF_JSON)
		status = rbf_status_json(&facts, standing, out, err);
	else if (status == REBUFF_OK && out->format == REBUFF_OPENMETRICS)
		rbf_status_openmetrics(&facts, standing, out);
	else if (status == REBUFF_OK)
		rbf_status_text(&facts, standing, out);
	rbf_facts_free(&facts);
	return status;
}
