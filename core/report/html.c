/* html.c - a report as one HTML file: readable without a server, a network or a script. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/findings.h"
#include "report/html_page.h"
#include "report/render.h"
#include "report/sink.h"

enum {
	PLOT_WIDTH = 1000,
	PLOT_HEIGHT = 180, /* of the bars over time */
	PLOT_LEFT = 60,
	ROW_HEIGHT = 24,
	ROWS_MAX = 15,
	NAME_WIDTH = 190,
	NAME_BYTES = 24,
};

/* Text in an element or a quoted attribute. */
static void put_text(const rebuff_output *out, const char *text)
{
	static const struct {
		char c;
		const char *as;
	} special[] = {
		{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
	while (*text) {
		size_t plain = strcspn(text, "&<>\"'");
		out->write(out->ud, (rebuff_span){text, plain});
		text += plain;
		for (size_t i = 0; *text && i < sizeof special / sizeof *special; i++) {
			if (special[i].c == *text) {
				rbf_put(out, special[i].as);
				text++;
				break;
			}
		}
	}
}

/* ---- tables -------------------------------------------------------------------------------- */

/* "put_off" as people read it. */
static void put_column_name(const rebuff_output *out, const char *name)
{
	for (; *name; name++)
		rbf_putf(out, "%c", *name == '_' ? ' ' : *name);
}

static void put_cell(const rebuff_output *out, const rbf_column *column, const rbf_cell *cell)
{
	char value[RBF_CELL_MAX];
	const char *class_ = column->kind == RBF_CELL_QUOTE ? "q"
		: cell->over				    ? "n over"
		: rbf_cell_numeric(column->kind)	    ? "n"
							    : "";
	rbf_cell_machine(column, cell, value);
	rbf_putf(out, "<td class=\"%s\" data-v=\"", class_);
	put_text(out, rbf_cell_numeric(column->kind) && !*value ? "-1" : value);
	rbf_put(out, "\">");
	rbf_cell_people(column, cell, value);
	put_text(out, value);
	rbf_put(out, "</td>");
}

static void put_table(const rbf_facts *facts, const rbf_table *table, const rebuff_output *out)
{
	size_t columns = rbf_table_columns(table), rows = table->rows(facts);
	if (!rows)
		return;
	rbf_putf(out,
		"<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n<div class=\"wide\" "
		"tabindex=\"0\" role=\"region\" aria-labelledby=\"%s\">"
		"<table>\n<thead><tr>",
		table->id, table->id, table->title, table->id);
	for (size_t i = 0; i < columns; i++) {
		rbf_putf(out, "<th scope=\"col\" class=\"%s\">",
			rbf_cell_numeric(table->columns[i].kind) ? "n" : "");
		put_column_name(out, table->columns[i].name);
		rbf_put(out, "</th>");
	}
	rbf_put(out, "</tr></thead>\n<tbody>\n");
	for (size_t row = 0; row < rows; row++) {
		rbf_cell cells[RBF_TABLE_COLUMNS_MAX] = {{0}};
		table->row(facts, row, cells);
		rbf_put(out, "<tr>");
		for (size_t i = 0; i < columns; i++)
			put_cell(out, &table->columns[i], &cells[i]);
		rbf_put(out, "</tr>\n");
	}
	rbf_put(out, "</tbody></table></div>\n</section>\n");
}

/* ---- plots --------------------------------------------------------------------------------- */

static void put_legend(const rebuff_output *out)
{
	static const char *const classes[] = {"ok", "wait", "bad"};
	static const char *const names[] = {"accepted", "put off", "refused"};
	rbf_put(out, "<figcaption>In this order:");
	for (int i = 0; i < 3; i++)
		rbf_putf(out,
			" <svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect class=\"%s\" "
			"width=\"12\" height=\"12\"/></svg> %s",
			classes[i], names[i]);
	rbf_put(out, "</figcaption>\n");
}

static void start_plot(const rebuff_output *out, const char *id, const char *title, int height)
{
	rbf_putf(out,
		"<figure>\n<h2>%s</h2>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" "
		"aria-labelledby=\"%s\"><title id=\"%s\">%s; the numbers are in the tables "
		"below</title>\n",
		title, PLOT_WIDTH, height, id, id, title);
}

static double part_height(int64_t n, int64_t top)
{
	return top ? (double)n * PLOT_HEIGHT / (double)top : 0;
}

static void put_part(
	const rebuff_output *out, const rbf_part *t, double x, double width, int64_t top)
{
	const int64_t n[] = {t->accepted, t->deferred, t->refused};
	static const char *const classes[] = {"ok", "wait", "bad"};
	char when[RBF_WHEN_MAX];
	double y = PLOT_HEIGHT + 10;
	rbf_putf(out,
		"<g><title>%s: %" PRId64 " accepted, %" PRId64 " put off, %" PRId64
		" refused</title>",
		rbf_when_local(t->start_ms, when), n[0], n[1], n[2]);
	for (int i = 0; i < 3; i++) {
		double height = part_height(n[i], top);
		y -= height;
		if (n[i])
			rbf_putf(out,
				"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
				"height=\"%.1f\"/>",
				classes[i], x, y, width, height);
	}
	rbf_put(out, "</g>\n");
}

static void put_times(const rbf_facts *f, const rebuff_output *out)
{
	int64_t top = 0;
	char from[RBF_WHEN_MAX], to[RBF_WHEN_MAX];
	for (size_t i = 0; i < f->times_n; i++) {
		const rbf_part *t = &f->times[i];
		int64_t all = t->accepted + t->deferred + t->refused;
		top = all > top ? all : top;
	}
	if (!top)
		return;
	double step = (double)(PLOT_WIDTH - PLOT_LEFT) / (double)f->times_n;
	start_plot(out, "plot-times", "Answers over time", PLOT_HEIGHT + 40);
	for (size_t i = 0; i < f->times_n; i++)
		put_part(out, &f->times[i], PLOT_LEFT + (double)i * step, step * 0.85, top);
	rbf_putf(out,
		"<path class=\"axis\" fill=\"none\" d=\"M%d 10V%dH%d\"/>\n"
		"<text x=\"%d\" y=\"22\" text-anchor=\"end\">%" PRId64 "</text>"
		"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0</text>\n"
		"<text x=\"%d\" y=\"%d\">%s</text><text x=\"%d\" y=\"%d\" "
		"text-anchor=\"end\">%s</text>\n</svg>\n",
		PLOT_LEFT - 4, PLOT_HEIGHT + 10, PLOT_WIDTH, PLOT_LEFT - 8, top, PLOT_LEFT - 8,
		PLOT_HEIGHT + 12, PLOT_LEFT, PLOT_HEIGHT + 32, rbf_when_local(f->from_ms, from),
		PLOT_WIDTH, PLOT_HEIGHT + 32, rbf_when_local(f->to_ms, to));
	put_legend(out);
	rbf_put(out, "</figure>\n");
}

static void put_name(const rebuff_output *out, const char *name, int y)
{
	char shown[NAME_BYTES + 1];
	rbf_printable(shown, sizeof shown, rbf_provider_shown(name));
	rbf_putf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">", NAME_WIDTH - 8, y + 16);
	put_text(out, shown);
	rbf_put(out, "</text>");
}

/* One bar of outcomes, as long as its share of the greatest. */
static void put_outcomes(const rebuff_output *out, const rbf_traffic *t, int y, int64_t top)
{
	const int64_t n[] = {t->accepted, t->deferred, t->refused};
	static const char *const classes[] = {"ok", "wait", "bad"};
	double x = NAME_WIDTH, scale = (double)(PLOT_WIDTH - NAME_WIDTH - 80) / (double)top;
	put_name(out, t->name, y);
	for (int i = 0; i < 3; i++) {
		double width = (double)n[i] * scale;
		if (n[i])
			rbf_putf(out,
				"<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
				"height=\"%d\"/>",
				classes[i], x, y + 3, width, ROW_HEIGHT - 6);
		x += width;
	}
	rbf_putf(out, "<text x=\"%.1f\" y=\"%d\">%" PRId64 "</text>\n", x + 6, y + 16, t->attempts);
}

static void put_providers(const rbf_facts *f, const rebuff_output *out)
{
	int n = f->providers_n < ROWS_MAX ? (int)f->providers_n : ROWS_MAX;
	if (!n)
		return;
	start_plot(out, "plot-providers", "Answers by provider", n * ROW_HEIGHT);
	for (int i = 0; i < n; i++)
		put_outcomes(out, &f->providers[i], i * ROW_HEIGHT, f->providers[0].attempts);
	rbf_put(out, "</svg>\n");
	put_legend(out);
	rbf_put(out, "</figure>\n");
}

/* Rates of a stream against their lines, up to 10 % or the greatest. */
static void put_rates(const rbf_facts *f, const rebuff_output *out)
{
	int n = f->streams_n < ROWS_MAX ? (int)f->streams_n : ROWS_MAX;
	double top = 2 * RBF_TOTAL_LINE, scale;
	if (!n)
		return;
	for (int i = 0; i < n; i++) {
		double rate = rbf_traffic_total_rate(&f->streams[i]);
		top = rate > top ? rate : top;
	}
	scale = (PLOT_WIDTH - NAME_WIDTH - 80) / top;
	start_plot(out, "plot-rates", "Refusals by stream, against the lines", n * ROW_HEIGHT + 22);
	for (int i = 0; i < n; i++) {
		const rbf_traffic *t = &f->streams[i];
		double total = rbf_traffic_total_rate(t), dead = rbf_traffic_hard_rate(t);
		int y = i * ROW_HEIGHT;
		put_name(out, t->name, y);
		rbf_putf(out,
			"<rect class=\"wait\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"8\"/>"
			"<rect class=\"bad\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"8\"/>"
			"<text x=\"%.1f\" y=\"%d\">%.1f %%</text>\n",
			NAME_WIDTH, y + 3, total * scale, NAME_WIDTH, y + 12, dead * scale,
			NAME_WIDTH + total * scale + 6, y + 16, 100 * total);
	}
	rbf_putf(out,
		"<path class=\"limit\" d=\"M%.1f 0V%dM%.1f 0V%d\"/><text x=\"%.1f\" y=\"%d\" "
		"text-anchor=\"middle\">2 %% dead</text><text x=\"%.1f\" y=\"%d\" "
		"text-anchor=\"middle\">5 %% refused</text>\n</svg>\n"
		"<figcaption>Upper bar: all refusals. Lower bar: dead addresses. The lines count "
		"from 200 outcomes on.</figcaption>\n</figure>\n",
		NAME_WIDTH + RBF_HARD_LINE * scale, n * ROW_HEIGHT,
		NAME_WIDTH + RBF_TOTAL_LINE * scale, n * ROW_HEIGHT,
		NAME_WIDTH + RBF_HARD_LINE * scale, n * ROW_HEIGHT + 16,
		NAME_WIDTH + RBF_TOTAL_LINE * scale, n * ROW_HEIGHT + 16);
}

/* ---- the document -------------------------------------------------------------------------- */

void rbf_report_html(const rbf_facts *facts, const rebuff_output *out)
{
	char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX], when[RBF_WHEN_MAX];
	rbf_findings(facts, sentences);
	rbf_put(out, rbf_html_start);
	rbf_putf(out,
		"<header><h1>Mail report</h1>\n<p class=\"dim\">Made %s by rebuff " REBUFF_VERSION,
		rbf_when_local(facts->now_ms, when));
	if (*facts->provider) {
		rbf_put(out, ", of ");
		put_text(out, facts->provider);
		rbf_put(out, " only");
	}
	rbf_put(out, "</p></header>\n<main>\n<ul class=\"findings\">\n");
	for (int i = 0; i < RBF_SENTENCES; i++) {
		rbf_put(out, "<li>");
		put_text(out, sentences[i]);
		rbf_put(out, "</li>\n");
	}
	rbf_put(out, "</ul>\n");
	put_times(facts, out);
	put_providers(facts, out);
	put_rates(facts, out);
	rbf_put(out,
		"<p class=\"find\" hidden><label for=\"find\">Show only rows with </label>"
		"<input id=\"find\" type=\"search\"> <span id=\"found\" role=\"status\">"
		"</span></p>\n");
	for (const rbf_table *t = rbf_tables; t->id; t++)
		put_table(facts, t, out);
	rbf_put(out, "</main>\n");
	rbf_put(out, rbf_html_end);
}
