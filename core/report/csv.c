/* csv.c - one table of a report as comma separated values (RFC 4180), with cells that no
 * spreadsheet takes for a formula. */
#include <string.h>

#include "report/render.h"
#include "report/sink.h"
#include "report/tables.h"

static void put_cell(const rebuff_output *out, const char *value)
{
	bool hazard = value[0] != '\0' && strchr("=+-@'\t\r", value[0]);
	rbf_put(out, hazard ? "\"'" : "\"");
	for (const char *quote; (quote = strchr(value, '"')); value = quote + 1) {
		out->write(out->ud, (rebuff_span){value, (size_t)(quote - value) + 1});
		rbf_put(out, "\"");
	}
	rbf_put(out, value);
	rbf_put(out, "\"");
}

void rbf_report_csv(const rbf_facts *facts, const rbf_table *table, const rebuff_output *out)
{
	char value[RBF_CELL_MAX];
	size_t columns = rbf_table_columns(table);
	for (size_t i = 0; i < columns; i++)
		rbf_putf(out, "%s%s", i ? "," : "", table->columns[i].name);
	rbf_put(out, "\r\n");
	for (size_t row = 0; row < table->rows(facts); row++) {
		rbf_cell cells[RBF_TABLE_COLUMNS_MAX] = {{0}};
		table->row(facts, row, cells);
		for (size_t i = 0; i < columns; i++) {
			rbf_cell_machine(&table->columns[i], &cells[i], value);
			rbf_put(out, i ? "," : "");
			if (rbf_cell_numeric(table->columns[i].kind))
				rbf_put(out, value);
			else
				put_cell(out, value);
		}
		rbf_put(out, "\r\n");
	}
}
