/* html.c - a report as one HTML file: readable without a server, a network or a script. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/findings.h"
#include "report/html_page.h"
#include "report/html_plot.h"
#include "report/render.h"
#include "report/sink.h"

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
		: column->kind == RBF_CELL_TIME		    ? "t"
		: cell->over				    ? "n over"
		: rbf_cell_numeric(column->kind)	    ? "n"
							    : "";
	rbf_cell_machine(column, cell, value);
	rbf_putf(out, "<td class=\"%s\" data-v=\"", class_);
	rbf_markup_text(out, rbf_cell_numeric(column->kind) && !*value ? "-1" : value);
	rbf_put(out, "\">");
	rbf_cell_people(column, cell, value);
	rbf_markup_text(out, value);
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
		rbf_putf(out, "<th scope=\"col\" class=\"%s\" data-c=\"%s\">",
			rbf_cell_numeric(table->columns[i].kind) ? "n" : "",
			table->columns[i].name);
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

/* ---- the numbers in front ------------------------------------------------------------------ */

static void start_tile(const rebuff_output *out, const char *name, bool over)
{
	rbf_putf(out, "<div class=\"tile%s\"><dt>%s</dt><dd>", over ? " over" : "", name);
}

static void put_share(const rebuff_output *out, double rate, double was, bool before)
{
	rbf_putf(out, "%.1f&nbsp;%%<small>", 100 * rate);
	if (before)
		rbf_putf(out, "before: %.1f&nbsp;%%", 100 * was);
	rbf_put(out, "</small></dd></div>\n");
}

static double share(int64_t part, int64_t all)
{
	return all ? (double)part / (double)all : 0;
}

static void put_tiles(const rbf_facts *f, const rebuff_output *out)
{
	const rbf_traffic *t = &f->all;
	char length[RBF_SPAN_MAX];
	bool before = t->was_attempts > 0, counts = rbf_traffic_counts(t);
	int64_t added = 0, was_final = t->was_accepted + t->was_refused;
	for (size_t i = 0; i < f->listed_n; i++)
		added += f->listed[i].added;
	rbf_put(out, "<dl class=\"tiles\">\n");
	start_tile(out, "Attempts", false);
	rbf_markup_number(out, t->attempts);
	rbf_put(out, "<small>");
	if (before) {
		rbf_put(out, "before: ");
		rbf_markup_number(out, t->was_attempts);
	}
	rbf_put(out, "</small></dd></div>\n");
	start_tile(out, "Accepted", false);
	put_share(out, share(t->accepted, t->attempts), share(t->was_accepted, t->was_attempts),
		before);
	start_tile(out, "Refused (line 5&nbsp;%)",
		counts && rbf_traffic_total_rate(t) > RBF_TOTAL_LINE);
	put_share(out, rbf_traffic_total_rate(t), share(t->was_refused, was_final), before);
	start_tile(out, "Dead (line 2&nbsp;%)", counts && rbf_traffic_hard_rate(t) > RBF_HARD_LINE);
	put_share(out, rbf_traffic_hard_rate(t), 0, false);
	start_tile(out, "Accepted after", false);
	rbf_putf(out, "%s<small>", t->median_ms < 0 ? "-" : rbf_length(t->median_ms, length));
	if (t->p95_ms >= 0)
		rbf_putf(out, "95&nbsp;%% within %s", rbf_length(t->p95_ms, length));
	rbf_put(out, "</small></dd></div>\n");
	start_tile(out, "Suppressed", false);
	rbf_markup_number(out, added);
	rbf_put(out, "<small>");
	if (f->would_suppress)
		rbf_putf(out, "would have been: %" PRId64, f->would_suppress);
	rbf_put(out, "</small></dd></div>\n");
	start_tile(out, "Waiting", false);
	rbf_markup_number(out, f->waiting);
	rbf_putf(out, "<small>%zu held, %zu slow</small></dd></div>\n</dl>\n", f->holds_n,
		f->lanes_n);
}

/* ---- finding one's way --------------------------------------------------------------------- */

static void put_contents(const rbf_facts *f, const rebuff_output *out)
{
	rbf_put(out, "<nav aria-label=\"Tables\"><ul>");
	for (const rbf_table *t = rbf_tables; t->id; t++) {
		size_t rows = t->rows(f);
		if (rows)
			rbf_putf(out,
				"<li><a href=\"#%s\">%s</a> <span class=\"dim\">%zu</span></li>",
				t->id, t->title, rows);
	}
	rbf_put(out, "</ul></nav>\n");
}

/* Shown by the script, without which they can do nothing. */
static void put_controls(const rbf_facts *f, const rebuff_output *out)
{
	rbf_put(out,
		"<form class=\"find\" role=\"search\" hidden><label>Show rows with "
		"<input id=\"find\" type=\"search\"></label> <label>of <select id=\"of\">"
		"<option value=\"\">every provider</option>");
	for (size_t i = 0; i < f->providers_n; i++) {
		char shown[REBUFF_NAME_MAX];
		rbf_printable(shown, sizeof shown, rbf_provider_shown(f->providers[i].name));
		rbf_put(out, "<option>");
		rbf_markup_text(out, shown);
		rbf_put(out, "</option>");
	}
	rbf_put(out, "</select></label> <span id=\"found\" role=\"status\"></span></form>\n");
}

/* ---- the document -------------------------------------------------------------------------- */

static void put_pieces(const rebuff_output *out, const char *const *pieces)
{
	for (; *pieces; pieces++)
		rbf_put(out, *pieces);
}

void rbf_report_html(const rbf_facts *facts, const rebuff_output *out)
{
	char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX];
	char made[RBF_WHEN_MAX], from[RBF_WHEN_MAX], to[RBF_WHEN_MAX];
	rbf_findings(facts, sentences);
	put_pieces(out, rbf_html_start);
	rbf_putf(out, "<header><h1>Mail report</h1>\n<p class=\"dim\">%s to %s",
		rbf_when_local(facts->from_ms, from), rbf_when_local(rbf_facts_end(facts), to));
	if (*facts->provider) {
		rbf_put(out, ", ");
		rbf_markup_text(out, facts->provider);
		rbf_put(out, " only");
	}
	rbf_putf(out, ". Made %s by rebuff " REBUFF_VERSION, rbf_when_local(facts->now_ms, made));
	rbf_put(out, ".</p></header>\n<main>\n<ol class=\"findings\">\n");
	for (int i = 0; i < RBF_SENTENCES; i++) {
		rbf_put(out, "<li>");
		rbf_markup_text(out, sentences[i]);
		rbf_put(out, "</li>\n");
	}
	rbf_put(out, "</ol>\n");
	put_tiles(facts, out);
	rbf_html_plots(facts, out);
	put_contents(facts, out);
	put_controls(facts, out);
	for (const rbf_table *t = rbf_tables; t->id; t++)
		put_table(facts, t, out);
	rbf_put(out, "</main>\n");
	put_pieces(out, rbf_html_end);
}
