/* html_plot.h - inside the HTML report: its plots, as SVG that stretches, with labels in HTML that
 * do not, so that they can be read on a phone. */
#ifndef RBF_REPORT_HTML_PLOT_H
#define RBF_REPORT_HTML_PLOT_H
#include "report/facts.h"

/* Text in an element or a quoted attribute. */
void rbf_markup_text(const rebuff_output *out, const char *text);
/* 1234567 with thin spaces. */
void rbf_markup_number(const rebuff_output *out, int64_t n);
/* Everything that is drawn. */
void rbf_html_plots(const rbf_facts *facts, const rebuff_output *out);
#endif
