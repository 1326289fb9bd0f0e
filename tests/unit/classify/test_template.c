/* test_template.c - the form of a reply, and rules in Lua from whatever a server may say. */
#include "unit.h"
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/stat.h>

#include "base/span.h"
#include "classify/template.h"

static void test_forms(void **state)
{
	static const struct {
		const char *in, *want;
	} rows[] = {
		{"Hello bob@example.org, go away", "hello <address>, go away"},
		{"<bob@example.org>: Not here", "<<address>>: not here"},
		{"see https://example.org/a?b=c.", "see <url>."},
		{"see www.example.org/help", "see <url>"},
		{"from [192.0.2.7] refused", "from [<ip>] refused"},
		{"from 2001:db8::1 refused", "from <ip> refused"},
		{"host mx1.mail.example.net down", "host <host> down"},
		{"for example.org only", "for <host> only"},
		{"rejected.Please go", "rejected.please go"},
		{"e.g. this", "e.g. this"},
		{"Reached 30 messages in 2 hours", "reached <n> messages in <n> hours"},
		{"Limit 10485760 bytes (10MB)", "limit <n> bytes (<n>)"},
		{"on 2026-11-20 10:11:12 GMT", "on <date> gmt"},
		{"on Fri, 20 Nov 2026 10:11:12 +0100", "on <date>, <date>"},
		{"queue id 4F3AB21C9 gone", "queue id <id> gone"},
		{"gsmtp a640c23a62f3a-9f1 x", "gsmtp <id> x"},
		{"ref QWxhZGRpbjpvcGVuIHNlc2FtZQ", "ref <id>"},
		{"code S3140", "code s3140"},
		{"id=4F3AB21C9;ip=192.0.2.1", "id=<id>;ip=<ip>"},
		{"10 20 30", "<n>"},
		{"two  blanks\tand \r\n lines", "two blanks and lines"},
		{"", ""},
		{"\xc3\x84rger", "\xc3\x84rger"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[RBF_TEMPLATE_MAX];
		got[rbf_template(rbf_span_of(rows[i].in), got)] = '\0';
		assert_row_str(rows[i].in, got, rows[i].want);
	}
}

static void test_phrases(void **state)
{
	static const struct {
		const char *form, *want; /* "": none */
	} rows[] = {
		{"the sausage kettle is closed", "text = \"the sausage kettle is closed\""},
		{"no <address> today", "text = \"today\""},
		{"kettle <id> closed for <n>", "text = { \"kettle\", \"closed for\" }"},
		{"<n>", ""},
		{"<address>: <id> <n>", ""},
		{"a b c", ""},
		{"no", ""},
		{"say \"hello\\n\" ]] there", "text = \"say \\x22hello\\x5cn\\x22 ]] there\""},
		{"kettle\x1b[31m red", "text = \"kettle\\x1b[31m red\""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[4096];
		rbf_buf b = rbf_buf_of(got, sizeof got);
		bool some = rbf_template_phrases(&b, rbf_span_of(rows[i].form));
		if (some != (*rows[i].want != '\0'))
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].form, got, rows[i].want);
		assert_row_str(rows[i].form, got, rows[i].want);
	}
}

/* ---- hostile replies: the rule loads, does nothing else, and knows its reply
 * ---------------------
 */

typedef struct {
	FILE *rules;
	size_t n, without;
} writing;

static void write_rule(void *ud, const rebuff_unknown_form *f)
{
	writing *w = ud;
	for (const char *p = f->form; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	for (const char *p = f->rule; *p; p++)
		assert_true(*p == '\n' || *p == '\t' ||
			((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f));
	w->n++;
	w->without += *f->rule ? 0 : f->n;
	fprintf(w->rules, "-- %s\n%s\n", f->form, f->rule);
}

static uint64_t seed = 0x9e3779b97f4a7c15U;

static uint32_t number(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717U) >> 33) % below;
}

static size_t hostile(char out[2000])
{
	static const char *const parts[] = {"\"", "]]", "--[[", "\\", "\\n", "\n", "\r\n",
		"\x1b]0;x\a", "\x1b[2J", "\\x22", "end os.exit(1)", "\" } os.exit(1) --",
		"<address>", "<", ">", "\xff", "\xe2\x80\xae", "qvzx", "wurst", " ", " ", " ",
		"kessel zjq", "%s%n", "${x}", "bob@example.org", "4F3AB21C9", "\x7f", "vxqj wkzq"};
	size_t n = (size_t)snprintf(out, 2000, "%u ", 400 + number(2) * 100 + 77);
	for (uint32_t i = number(number(8) ? 12 : 200); i > 0; i--) {
		const char *p = parts[number(sizeof parts / sizeof *parts)];
		size_t len = number(20) ? strlen(p) : 0;
		if (n + len + 1 >= 2000)
			break;
		memcpy(out + n, p, len);
		n += len;
		if (len == 0)
			out[n++] = '\0';
	}
	return n;
}

static void test_hostile_replies_make_harmless_rules(void **state)
{
	enum { REPLIES = 400 };
	static char texts[REPLIES][2000];
	size_t len[REPLIES], added, strange, left_out, known = 0;
	char dir[] = "/tmp/test_template.XXXXXX", path[64];
	rebuff_ctx *ctx;
	rebuff_unknown *u;
	rebuff_error err;
	rebuff_options o = {.size = sizeof o, .data_dir = "lua", .config_dir = ""};
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/rules", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/rules/unknown.lua", dir);
	writing w = {.rules = fopen(path, "w")};
	assert_int_equal(rebuff_open(&o, &ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_unknown_open(ctx, &u, &err), REBUFF_OK);
	for (int i = 0; i < REPLIES; i++) {
		len[i] = hostile(texts[i]);
		rebuff_reply r = {.size = sizeof r, .text = {texts[i], len[i]}};
		assert_int_equal(rebuff_unknown_add(u, &r, &err), REBUFF_OK);
	}
	rebuff_unknown_count(u, &added, &strange, &left_out);
	assert_int_equal(added, REPLIES);
	assert_int_equal(left_out, 0);
	assert_true(strange > REPLIES / 2);
	rebuff_unknown_each(u, write_rule, &w);
	assert_true(w.n > 0 && w.n <= strange);
	(void)fclose(w.rules);
	rebuff_unknown_close(&u);
	rebuff_close(&ctx);
	o.config_dir = dir;
	if (rebuff_open(&o, &ctx, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	for (int i = 0; i < REPLIES; i++) {
		rebuff_classification c;
		rebuff_reply r = {.size = sizeof r, .text = {texts[i], len[i]}};
		(void)rebuff_classify(ctx, &r, &c);
		known += !c.unknown;
	}
	rebuff_close(&ctx);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/rules", dir);
	(void)rmdir(path);
	(void)rmdir(dir);
	/* What has no words to go by has no rule; all others are known now. */
	if (known + w.without < REPLIES)
		fail_msg("got %zu known, %zu without words, want %d together", known, w.without,
			REPLIES);
}

static void test_recounting(void **state)
{
	rebuff_ctx *ctx;
	rebuff_unknown *u;
	rebuff_error err;
	size_t added, strange, left_out;
	rebuff_options o = {.size = sizeof o, .data_dir = "lua", .config_dir = ""};
	(void)state;
	assert_int_equal(rebuff_open(&o, &ctx, &err), REBUFF_OK);
	assert_int_equal(rebuff_unknown_open(ctx, &u, &err), REBUFF_OK);
	for (int i = 0; i < 3000; i++) {
		char text[64];
		rebuff_reply r = {.size = sizeof r};
		/* 1000 forms three times, with another number each time */
		static const char odd[] = "qxzjvwkhfy"; /* no rule has a run of these */
		(void)snprintf(text, sizeof text, "577 qvzx%c%c%c zjq %d", odd[i % 10],
			odd[i / 10 % 10], odd[i / 100 % 10], i % 900);
		r.text = rbf_span_of(text);
		assert_int_equal(rebuff_unknown_add(u, &r, &err), REBUFF_OK);
		if (i == 1500) {
			writing w = {.rules = fopen("/dev/null", "w")};
			rebuff_unknown_each(u, write_rule, &w); /* orders anew in between */
			(void)fclose(w.rules);
		}
	}
	writing w = {.rules = fopen("/dev/null", "w")};
	rebuff_unknown_each(u, write_rule, &w);
	(void)fclose(w.rules);
	rebuff_unknown_count(u, &added, &strange, &left_out);
	assert_int_equal(strange, 3000);
	assert_int_equal(w.n, 1000);
	rebuff_unknown_close(&u);
	rebuff_unknown_close(&u);
	rebuff_close(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),
		cmocka_unit_test(test_phrases),
		cmocka_unit_test(test_hostile_replies_make_harmless_rules),
		cmocka_unit_test(test_recounting)};
	return cmocka_run_group_tests_name("classify/template", tests, NULL, NULL);
}
