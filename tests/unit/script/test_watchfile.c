/* test_watchfile.c - watch.lua: what it sets, and what its mistakes are told as. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "script/watchfile.h"

static rebuff_status load(const char *text, rbf_watchfile **w, rebuff_error *err)
{
	char dir[] = "/tmp/rebuff-watch-XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/watch.lua", dir);
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
	rebuff_status status = rbf_watchfile_load("lua", dir, w, err);
	unlink(path);
	rmdir(dir);
	return status;
}

static const rebuff_blocklist *list_of(const rbf_watchfile *w, const char *zone)
{
	for (size_t i = 0; i < w->list_n; i++)
		if (strcmp(w->lists[i].zone, zone) == 0)
			return &w->lists[i];
	return NULL;
}

static void test_what_it_sets(void **state)
{
	rbf_watchfile *w = NULL;
	rebuff_error err = {0};
	(void)state;
	if (load("notices { mail = 'postmaster@example.org', syslog = false }\n"
		 "checks { ips = { '192.0.2.1', '2001:db8::1' }, automatic = false }\n"
		 "blocklist { zone = 'bl.example', ipv4 = true }\n"
		 "blocklist { zone = 'bl.spamcop.net', use = false }\n",
		    &w, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	assert_row_str("mail", w->watch.mail, "postmaster@example.org");
	assert_false(w->watch.syslog || w->watch.automatic);
	assert_int_equal(w->watch.ip_n, 2);
	assert_row_str("ip", w->watch.ip[1], "2001:db8::1");
	const rebuff_blocklist *own = list_of(w, "bl.example"), *cop = list_of(w, "bl.spamcop.net");
	assert_true(own && own->use && strcmp(own->name, "bl.example") == 0);
	assert_true(cop && !cop->use);
	/* Those that ship. */
	const rebuff_blocklist *zen = list_of(w, "zen.spamhaus.org");
	assert_non_null(zen);
	assert_true(zen->ipv4 && zen->ipv6 && zen->use && zen->delist[0]);
	rbf_watchfile_free(w);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *want; /* in the message */
	} rows[] = {
		{"\nchecks { halo = 'x' }", "watch.lua:2: "},
		{"checks { halo = 'x' }", "did you mean"},
		{"checks(3)", "expected { ... }"},
		{"notices { mail = 'nobody' }", "expected an address"},
		{"notices { mail = '-oQ@example.org' }", "expected an address"},
		{"notices { webhook = 'file:///etc/passwd' }", "https://"},
		{"notices { smtp = '127.0.0.1/x y' }", "host:port"},
		{"notices { smtp = '' }", "1 to 255"},
		{"checks { ips = '192.0.2.1' }", "expected a list"},
		{"blocklist { name = 'x' }", "no zone"},
		{"blocklists { }", "blocklists"},
		{"while true do end", "budget"},
		{"x = 1", "not declared"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbf_watchfile *w = NULL;
		rebuff_error err = {0};
		assert_row_int(rows[i].text, load(rows[i].text, &w, &err), REBUFF_EPOLICY);
		if (!strstr(err.text, rows[i].want))
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].text, err.text,
				rows[i].want);
		rbf_watchfile_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_sets),
		cmocka_unit_test(test_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
