#include "command/csv.h"

#include <string.h>

static bool is_hazard(char c)
{
	return c != '\0' && strchr("=+-@'\t\r", c);
}

void csv_put(FILE *out, const char *value)
{
	bool quote = value[strcspn(value, ",\"\r\n\t")] != '\0' || value[0] == ' ' ||
		(value[0] != '\0' && value[strlen(value) - 1] == ' ');
	if (quote)
		putc('"', out);
	if (is_hazard(value[0]))
		putc('\'', out);
	for (const char *p = value; *p; p++) {
		if (*p == '"')
			putc('"', out);
		putc(*p, out);
	}
	if (quote)
		putc('"', out);
}

/* Where the text of one row is collected. */
typedef struct {
	csv_reader *r;
	size_t len;
	const char *wrong;
} row;

static void add(row *w, int c)
{
	if (w->len == CSV_ROW_MAX)
		w->wrong = "a row is over 16 KiB";
	else if (c == '\0' && !w->wrong)
		w->wrong = "a NUL byte";
	else
		w->r->text[w->len++] = (char)c;
}

static void begin_cell(row *w)
{
	if (w->r->n == CSV_COLUMNS_MAX)
		w->wrong = "more than 32 columns";
	else
		w->r->cell[w->r->n++] = w->r->text + w->len;
}

static void end_cell(row *w)
{
	if (w->len == CSV_ROW_MAX) {
		w->wrong = "a row is over 16 KiB";
		return;
	}
	w->r->text[w->len++] = '\0';
	const char **cell = &w->r->cell[w->r->n - 1];
	if ((*cell)[0] == '\'' && is_hazard((*cell)[1]))
		++*cell;
}

/* The cell between quotes, the opening one is read. Returns what follows the closing one. */
static int read_quoted(row *w)
{
	for (;;) {
		int c = getc(w->r->in);
		if (c == '"') {
			c = getc(w->r->in);
			if (c != '"')
				return c;
		} else if (c == EOF) {
			w->wrong = "a quoted cell does not end";
			return EOF;
		} else if (c == '\n') {
			w->r->lines++;
		}
		add(w, c);
		if (w->wrong)
			return EOF;
	}
}

/* One cell whose first byte is c. Returns what ended it: ',', '\n' or EOF. */
static int read_cell(row *w, int c)
{
	begin_cell(w);
	if (c == '"')
		c = read_quoted(w);
	while (c != ',' && c != '\n' && c != EOF && !w->wrong) {
		if (c != '\r') /* of CR LF */
			add(w, c);
		c = getc(w->r->in);
	}
	end_cell(w);
	return c;
}

int csv_read(csv_reader *r, const char **wrong)
{
	row w = {.r = r};
	int c;
	do {
		c = getc(r->in);
		r->line = ++r->lines;
	} while (c == '\n' || (c == '\r' && (c = getc(r->in)) == '\n'));
	r->n = 0;
	if (c == EOF)
		return 0;
	while ((c = read_cell(&w, c)) == ',' && !w.wrong)
		c = getc(r->in);
	*wrong = w.wrong;
	return w.wrong ? -1 : 1;
}
