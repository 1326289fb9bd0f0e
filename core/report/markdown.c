/* markdown.c - a report for a ticket or a wiki: CommonMark with tables. What others said stands in
 * code, where nothing in it means anything. */
#include <string.h>

#include "report/findings.h"
#include "report/render.h"
#include "report/sink.h"
#include "report/tables.h"

enum { QUOTE_SHOWN = 200 };

/* A text of ours: whatever could mean something is escaped. */
static void put_plain(const rebuff_output *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (strchr("\\`*_{}[]()<>#+!|~&", *p))
			rbf_put(out, "\\");
		out->write(out->ud, (rebuff_span){p, 1});
	}
}

/* In a table a | ends the cell even within code, and no number of backticks helps against backticks
 * in a cell: both are shown as others. */
static void put_code(const rebuff_output *out, const char *text)
{
	char shown[QUOTE_SHOWN + 1];
	rbf_printable(shown, sizeof shown, text);
	for (char *p = shown; *p; p++)
		*p = *p == '`' ? '\'' : *p == '|' ? '/' : *p;
	rbf_putf(out, *shown ? "`%s`" : "%s", shown);
}

static void put_table(const rbf_facts *facts, const rbf_table *table, const rebuff_output *out)
{
	char value[RBF_CELL_MAX];
	size_t columns = rbf_table_columns(table), rows = table->rows(facts);
	if (!rows)
		return;
	rbf_putf(out, "\n## %s\n\n|", table->title);
	for (size_t i = 0; i < columns; i++) {
		rbf_put(out, " ");
		put_plain(out, table->columns[i].name);
		rbf_put(out, " |");
	}
	rbf_put(out, "\n|");
	for (size_t i = 0; i < columns; i++)
		rbf_put(out, rbf_cell_numeric(table->columns[i].kind) ? "--:|" : "---|");
	rbf_put(out, "\n");
	for (size_t row = 0; row < rows; row++) {
		rbf_cell cells[RBF_TABLE_COLUMNS_MAX] = {{0}};
		table->row(facts, row, cells);
		rbf_put(out, "|");
		for (size_t i = 0; i < columns; i++) {
			rbf_cell_people(&table->columns[i], &cells[i], value);
			rbf_put(out, " ");
			if (table->columns[i].kind == RBF_CELL_QUOTE)
				put_code(out, value);
			else
				put_plain(out, value);
			rbf_put(out, " |");
		}
		rbf_put(out, "\n");
	}
}

void rbf_report_markdown(const rbf_facts *facts, const rebuff_output *out)
{
	char sentences[RBF_SENTENCES][REBUFF_TEXT_MAX];
	rbf_findings(facts, sentences);
	rbf_put(out, "# Mail report\n\n");
	for (int i = 0; i < RBF_SENTENCES; i++) {
		rbf_put(out, "- ");
		put_plain(out, sentences[i]);
		rbf_put(out, "\n");
	}
	for (const rbf_table *t = rbf_tables; t->id; t++) {
		if (strcmp(t->id, "times") != 0) /* a plot's worth of rows */
			put_table(facts, t, out);
	}
}
