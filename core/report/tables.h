/* tables.h - the facts as tables, for the formats that show each of them alike (CSV, Markdown,
 * HTML). */
#ifndef RBF_REPORT_TABLES_H
#define RBF_REPORT_TABLES_H
#include "report/facts.h"

typedef enum {
	RBF_CELL_TEXT, /* a word of ours, or a name */
	RBF_CELL_QUOTE, /* what a server said, or an address: hostile */
	RBF_CELL_COUNT,
	RBF_CELL_RATE, /* 0..1 */
	RBF_CELL_TIME, /* n: milliseconds since 1970; 0: none */
	RBF_CELL_LENGTH, /* n: milliseconds; -1: unknown */
	RBF_CELL_PACE, /* a minute */
} rbf_cell_kind;

typedef struct {
	const char *name; /* lower case, words joined by _ */
	rbf_cell_kind kind;
} rbf_column;

typedef struct {
	const char *text;
	int64_t n;
	double x;
	bool over; /* a rate over its line */
} rbf_cell;

enum { RBF_TABLE_COLUMNS_MAX = 12 };

typedef struct {
	const char *id; /* "providers": as in --table */
	const char *title;
	rbf_column columns[RBF_TABLE_COLUMNS_MAX]; /* up to the one without a name */
	size_t (*rows)(const rbf_facts *facts);
	/* The cells of one row; text is borrowed from the facts. */
	void (*row)(const rbf_facts *facts, size_t row, rbf_cell *cells);
} rbf_table;

/* All tables, in the order in which they are shown, ended by one without an id. */
extern const rbf_table rbf_tables[];
/* The table of that id; NULL: there is none. */
const rbf_table *rbf_table_of(rebuff_span id);
size_t rbf_table_columns(const rbf_table *table);
/* The cell for people, printable; rows of quotes may be long. */
enum { RBF_CELL_MAX = REBUFF_REPLY_MAX };
void rbf_cell_people(const rbf_column *column, const rbf_cell *cell, char out[RBF_CELL_MAX]);
/* The cell for programs: times in UTC, lengths in milliseconds, "" for what is unknown. */
void rbf_cell_machine(const rbf_column *column, const rbf_cell *cell, char out[RBF_CELL_MAX]);
/* Is a cell of this kind a number, aligned to the right? */
bool rbf_cell_numeric(rbf_cell_kind kind);
#endif
