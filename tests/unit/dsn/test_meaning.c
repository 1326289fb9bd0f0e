/* What messages and notices mean, with the shipped rules: the tables tests/data/mail/meaning.tsv
 * and tests/data/notices.tsv. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>
#include "base/span.h"
#include "rebuff.h"

enum { LINE_MAX_BYTES = 4096 };

static rebuff_ctx *open_rules(void)
{
	rebuff_ctx *ctx;
	rebuff_error err;
	const rebuff_options options = {
		.size = sizeof options, .data_dir = "lua", .config_dir = "/nonexistent"};
	if (rebuff_open(&options, &ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return ctx;
}

static void classify(void *ud, const rebuff_reply *reply, rebuff_classification *out)
{
	(void)rebuff_classify(ud, reply, out);
}

static FILE *open_table(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		fail_msg("%s is not there; run from the top of the tree", path);
	return f;
}

/* The next line that is no comment, without its end. */
static bool next_line(FILE *f, char line[LINE_MAX_BYTES])
{
	do {
		if (!fgets(line, LINE_MAX_BYTES, f))
			return false;
	} while (line[0] == '#');
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool is_among(rebuff_span list, char separator, const char *name)
{
	while (list.p)
		if (rbf_span_eq(rbf_span_split(&list, separator), rbf_span_of(name)))
			return true;
	return false;
}

static rebuff_span load(rebuff_span name)
{
	static char buf[65536];
	char path[256];
	(void)snprintf(path, sizeof path, "tests/data/mail/%.*s.eml", (int)name.len, name.p);
	FILE *f = open_table(path);
	size_t n = fread(buf, 1, sizeof buf, f);
	(void)fclose(f);
	return (rebuff_span){buf, n};
}

/* "a@b|failed|5.1.1|550|address-bad,policy" against what was read. Returns whether it holds. */
static bool check_recipient(rebuff_span name, rebuff_span want, const rebuff_bounced *b)
{
	char got[512], head[512];
	size_t at = want.len;
	while (at && want.p[at - 1] != '|')
		at--;
	(void)snprintf(got, sizeof got, "%.*s|%s|%s|%u|", (int)b->recipient.len, b->recipient.p,
		rebuff_dsn_action_name(b->action), b->reply.enhanced, b->reply.code);
	rbf_span_copy(head, sizeof head, rbf_span_sub(want, 0, at));
	const char *category = rebuff_category_name(b->reply.category);
	if (strcmp(got, head) == 0 && is_among(rbf_span_sub(want, at, SIZE_MAX), ',', category))
		return true;
	print_error("%.*s: got %s%s (%s, \"%.*s\"), want %.*s\n", (int)name.len, name.p, got,
		category, b->reply.rule, (int)b->diagnostic.len, b->diagnostic.p, (int)want.len,
		want.p);
	return false;
}

static bool check_message(rebuff_reader *reader, rebuff_span row)
{
	rebuff_message m = {.size = sizeof m};
	rebuff_error err = {.text = ""};
	rebuff_span name = rbf_span_split(&row, '\t'), kind = rbf_span_split(&row, '\t');
	if (rebuff_reader_read(reader, load(name), &m, &err) != REBUFF_OK)
		fail_msg("%.*s: %s", (int)name.len, name.p, err.text);
	size_t n = 0;
	bool well = rbf_span_eq(kind, rbf_span_of(rebuff_message_kind_name(m.kind)));
	if (!well)
		print_error("%.*s: got kind %s, want %.*s\n", (int)name.len, name.p,
			rebuff_message_kind_name(m.kind), (int)kind.len, kind.p);
	for (; row.p && row.len; n++) {
		rebuff_bounced b = {.size = sizeof b};
		rebuff_span want = rbf_span_split(&row, '\t');
		well = n < m.recipient_n && rebuff_reader_recipient(reader, n, &b) == REBUFF_OK &&
			check_recipient(name, want, &b) && well;
	}
	if (n != m.recipient_n)
		print_error("%.*s: got %zu recipients, want %zu\n", (int)name.len, name.p,
			m.recipient_n, n);
	return well && n == m.recipient_n;
}

static void test_messages(void **state)
{
	(void)state;
	rebuff_ctx *ctx = open_rules();
	rebuff_reader *reader;
	char line[LINE_MAX_BYTES];
	size_t rows = 0, wrong = 0;
	const rebuff_reader_options options = {
		.size = sizeof options, .same_process = true, .ud = ctx, .classify = classify};
	assert_int_equal(rebuff_reader_open(&options, &reader, NULL), REBUFF_OK);
	FILE *f = open_table("tests/data/mail/meaning.tsv");
	for (; next_line(f, line); rows++)
		wrong += !check_message(reader, rbf_span_of(line));
	(void)fclose(f);
	rebuff_reader_close(&reader);
	rebuff_close(&ctx);
	assert_true(rows > 100);
	assert_row_int("messages that mean something else", wrong, 0);
}

/* Sentences that are no reply, and have no code. */
static void test_notices(void **state)
{
	(void)state;
	rebuff_ctx *ctx = open_rules();
	char line[LINE_MAX_BYTES];
	size_t rows = 0, wrong = 0;
	FILE *f = open_table("tests/data/notices.tsv");
	for (; next_line(f, line); rows++) {
		rebuff_classification got = {.size = sizeof got};
		rebuff_span rest = rbf_span_of(line), want = rbf_span_split(&rest, '\t');
		const rebuff_reply reply = {.size = sizeof reply, .text = rest};
		assert_int_equal(rebuff_classify(ctx, &reply, &got), REBUFF_OK);
		if (is_among(want, '|', rebuff_category_name(got.category)))
			continue;
		print_error("%.*s: got %s (%s), want %.*s\n", (int)rest.len, rest.p,
			rebuff_category_name(got.category), got.rule, (int)want.len, want.p);
		wrong++;
	}
	(void)fclose(f);
	rebuff_close(&ctx);
	assert_true(rows > 100);
	assert_row_int("notices that mean something else", wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_notices),
	};
	return cmocka_run_group_tests_name("dsn/meaning", tests, NULL, NULL);
}
