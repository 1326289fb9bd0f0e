/* test_spf.c - SPF against answers that a cache file holds: nothing asks the DNS. */
#include "unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "program/check/spf.h"

static const struct {
	const char *name;
	dns_type type;
	dns_outcome outcome;
	const char *values[4];
} answers[] = {
	{"ip4.example", DNS_TXT, DNS_FOUND, {"other text", "v=spf1 ip4:192.0.2.0/24 -all"}},
	{"soft.example", DNS_TXT, DNS_FOUND, {"v=spf1 ip4:203.0.113.1 ~all"}},
	{"neutral.example", DNS_TXT, DNS_FOUND, {"V=SPF1 ip4:203.0.113.1"}},
	{"none.example", DNS_TXT, DNS_FOUND, {"v=spf10 all"}},
	{"nobody.example", DNS_TXT, DNS_NONE, {NULL}},
	{"two.example", DNS_TXT, DNS_FOUND, {"v=spf1 all", "v=spf1 -all"}},
	{"a.example", DNS_TXT, DNS_FOUND, {"v=spf1 a -all"}},
	{"a.example", DNS_A, DNS_FOUND, {"192.0.2.1"}},
	{"net.example", DNS_TXT, DNS_FOUND, {"v=spf1 a:a.example/28 -all"}},
	{"mx.example", DNS_TXT, DNS_FOUND, {"v=spf1 mx -all"}},
	{"mx.example", DNS_MX, DNS_FOUND, {"10 a.example"}},
	{"include.example", DNS_TXT, DNS_FOUND, {"v=spf1 include:ip4.example -all"}},
	{"missing.example", DNS_TXT, DNS_FOUND, {"v=spf1 include:nobody.example -all"}},
	{"redirect.example", DNS_TXT, DNS_FOUND, {"v=spf1 redirect=ip4.example"}},
	{"loop.example", DNS_TXT, DNS_FOUND, {"v=spf1 include:loop.example -all"}},
	{"macro.example", DNS_TXT, DNS_FOUND, {"v=spf1 include:%{i}.x.example -all"}},
	{"bad.example", DNS_TXT, DNS_FOUND, {"v=spf1 ip4:192.0.2.0/33 -all"}},
	{"word.example", DNS_TXT, DNS_FOUND, {"v=spf1 nonsense -all"}},
	{"six.example", DNS_TXT, DNS_FOUND, {"v=spf1 ip6:2001:db8::/32 -all"}},
	{"question.example", DNS_TXT, DNS_FOUND, {"v=spf1 ?ip4:192.0.2.1 -all"}},
};

/* All of the above, for an hour. */
static void write_cache(const char *path)
{
	json_t *all = json_array();
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		json_t *values = json_array();
		for (int k = 0; k < 4 && answers[i].values[k]; k++)
			json_array_append_new(values, json_string(answers[i].values[k]));
		json_array_append_new(all,
			json_pack("{s:s,s:i,s:i,s:I,s:o}", "name", answers[i].name, "type",
				(int)answers[i].type, "outcome", (int)answers[i].outcome, "until",
				((json_int_t)time(NULL) + 1800) * 1000, "values", values));
	}
	assert_int_equal(json_dump_file(all, path, 0), 0);
	json_decref(all);
}

static void test_results(void **state)
{
	static const struct {
		const char *domain, *ip;
		spf_result want;
	} rows[] = {
		{"ip4.example", "192.0.2.77", SPF_PASS},
		{"ip4.example", "192.0.3.77", SPF_FAIL},
		{"ip4.example", "2001:db8::1", SPF_FAIL},
		{"soft.example", "192.0.2.1", SPF_SOFTFAIL},
		{"neutral.example", "192.0.2.1", SPF_NEUTRAL},
		{"none.example", "192.0.2.1", SPF_NONE},
		{"nobody.example", "192.0.2.1", SPF_NONE},
		{"two.example", "192.0.2.1", SPF_PERMERROR},
		{"a.example", "192.0.2.1", SPF_PASS},
		{"a.example", "192.0.2.2", SPF_FAIL},
		{"net.example", "192.0.2.2", SPF_PASS},
		{"mx.example", "192.0.2.1", SPF_PASS},
		{"include.example", "192.0.2.1", SPF_PASS},
		{"include.example", "203.0.113.1", SPF_FAIL},
		{"missing.example", "192.0.2.1", SPF_PERMERROR},
		{"redirect.example", "192.0.2.1", SPF_PASS},
		{"loop.example", "192.0.2.1", SPF_PERMERROR},
		{"macro.example", "192.0.2.1", SPF_MACRO},
		{"bad.example", "192.0.2.1", SPF_PERMERROR},
		{"word.example", "192.0.2.1", SPF_PERMERROR},
		{"six.example", "2001:db8:1::1", SPF_PASS},
		{"six.example", "2001:db9::1", SPF_FAIL},
		{"question.example", "192.0.2.1", SPF_NEUTRAL},
		{"ip4.example", "no address", SPF_PERMERROR},
		{"unknown.example", "192.0.2.1", SPF_TEMPERROR},
	};
	char path[] = "/tmp/rebuff-dns-XXXXXX";
	(void)state;
	close(mkstemp(path));
	write_cache(path);
	/* No time at all: what the file does not hold has no answer. */
	dns *d = dns_new("127.0.0.1:9", path, 0);
	assert_non_null(d);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char row[160];
		snprintf(row, sizeof row, "%s %s", rows[i].domain, rows[i].ip);
		assert_row_str(row, spf_name(spf_check(d, rows[i].ip, rows[i].domain)),
			spf_name(rows[i].want));
	}
	dns_free(&d);
	/* And it is remembered again. */
	d = dns_new("127.0.0.1:9", path, 0);
	assert_row_int("kept", dns_get(d, "A.example", DNS_A)->outcome, DNS_FOUND);
	assert_row_int("no more than the bound", dns_get(d, "x", DNS_A)->outcome, DNS_FAILED);
	dns_free(&d);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_results)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
