/* render.h - one function a format and document. The facts are complete; rendering cannot fail but
 * for memory (JSON). */
#ifndef RBF_REPORT_RENDER_H
#define RBF_REPORT_RENDER_H
#include "report/facts.h"
#include "report/report.h"
#include "report/tables.h"

void rbf_report_text(const rbf_facts *facts, const rebuff_output *out);
rebuff_status rbf_report_json(const rbf_facts *facts, const rebuff_output *out, rebuff_error *err);
void rbf_report_csv(const rbf_facts *facts, const rbf_table *table, const rebuff_output *out);
void rbf_report_markdown(const rbf_facts *facts, const rebuff_output *out);
void rbf_report_html(const rbf_facts *facts, const rebuff_output *out);
void rbf_status_text(
	const rbf_facts *facts, const rbf_standing *standing, const rebuff_output *out);
rebuff_status rbf_status_json(const rbf_facts *facts, const rbf_standing *standing,
	const rebuff_output *out, rebuff_error *err);

void rbf_status_openmetrics(
	const rbf_facts *facts, const rbf_standing *standing, const rebuff_output *out);

/* Parts that report and status share (watch.c). */
void rbf_text_lanes(const rbf_facts *facts, const rebuff_output *out);
void rbf_text_holds(const rbf_facts *facts, const rebuff_output *out);
void rbf_text_released(const rbf_facts *facts, const rebuff_output *out);
void rbf_text_warmups(const rbf_facts *facts, const rebuff_output *out);
void rbf_text_breakers(const rbf_facts *facts, const rebuff_output *out);
void rbf_text_alarms(const rbf_facts *facts, const rebuff_output *out);
/* text_late.c: how many came, by trust; and each of them. */
void rbf_text_trusts(const rbf_facts *facts, const rebuff_output *out);
void rbf_text_late(const rbf_facts *facts, const rebuff_output *out);
#endif
