/* test_facts.c - what a reply states besides its meaning, through the shipped rules. */
#include "unit.h"
#include <stdio.h>
#include <stdlib.h>

#include "base/span.h"
#include "classify/facts.h"
#include "classify/signs.h"
#include "script/script.h"

static rbf_config *load(void)
{
	rbf_config *c;
	rebuff_error err;
	if (rbf_config_load("lua", "", 0, &(rebuff_log){0}, &c, &err) != REBUFF_OK)
		fail_msg("%s", err.text);
	return c;
}

static void classify(
	const rbf_config *c, const char *domain, const char *text, rebuff_classification *out)
{
	rbf_reply reply;
	int provider = rbf_providers_find(c->providers, RBF_LIT(""), rbf_span_of(domain));
	rbf_reply_parse(rbf_span_of(text), &reply);
	rbf_classify(c->rules, &reply, provider, REBUFF_STAGE_UNKNOWN, out, NULL, NULL);
}

static size_t differs(const char *text, const char *what, const char *got, const char *want)
{
	if (strcmp(got, want) == 0)
		return 0;
	print_error("%s: %s: got \"%s\", want \"%s\"\n", text, what, got, want);
	return 1;
}

static size_t differs_int(const char *text, const char *what, int64_t got, int64_t want)
{
	if (got == want)
		return 0;
	print_error("%s: %s: got %lld, want %lld\n", text, what, (long long)got, (long long)want);
	return 1;
}

static void test_waits(void **state)
{
	static const struct {
		const char *text;
		int64_t want_s;
	} rows[] = {
		{"451 4.7.1 Greylisting in effect, please try again in 294 seconds", 294},
		{"450 4.2.0 Greylisted, please come back in 5 minutes", 300},
		{"450 4.2.0 Greylisted for 300 seconds", 300},
		{"450 4.7.1 Greylisted: try again after 00:04:59", 299},
		{"451 4.7.1 Greylisting in action, please come back in 00:15:00", 900},
		{"451 4.7.1 Greylisting in action, please come back in 4:30", 270},
		{"450 4.7.0 Please wait 300 seconds before you try again", 300},
		{"450 4.7.0 Delayed; 5 min left", 300},
		{"421 Too many connections, retry in 1 hour", 3600},
		{"421 Too many connections, retry in an hour", 3600},
		{"421 Too many connections, retry in half an hour", 1800},
		{"421 4.7.0 Rate limited, try again in 2 hours 30 minutes", 9000},
		{"421 4.7.0 Rate limited, try again in 1 hour, 20 minutes and 5 seconds", 4805},
		{"421 4.7.0 Rate limited, try again in 4m59s", 299},
		{"421 4.7.0 Rate limited, retry in 90s", 90},
		{"421 4.7.0 Rate limited; retry=00:10:00", 600},
		{"421 4.7.0 Rate limited; retry=600", 600},
		{"421 4.7.0 Rate limited (Retry-After: 120)", 120},
		{"421 4.7.0 Rate limited, try again after PT15M", 900},
		{"421 4.7.0 Rate limited, try again after PT1H30M", 5400},
		{"421 4.7.0 Rate limited. This will persist for 1 to 2 hours.", 7200},
		{"421 4.7.0 Your IP is blocked for 15 minutes", 900},
		{"421 4.7.0 Rate limited, retry in 3 days", 86400},
		{"550 Too many messages per hour, try again in 30 minutes", 1800},
		{"450 Bitte versuchen Sie es in 5 Minuten noch einmal (Greylisting)", 300},
		{"450 Greylisting, bitte in 90 Sekunden erneut versuchen", 90},
		{"450 Liste grise : veuillez réessayer dans 10 minutes", 600},
		{"450 Liste grise : veuillez réessayer dans 2 heures", 7200},
		{"450 Lista gris: intente de nuevo en 15 minutos", 900},
		{"450 Lista cinza, tente novamente em 1 hora", 3600},
		{"450 Lista grigia: riprova tra 5 minuti", 300},
		{"450 Szara lista, spróbuj ponownie za 10 minut", 600},
		{"450 Серый список, повторите через 5 минут", 300},
		{"450 グレイリスト: 5分後に再送してください", 300},
		{"450 灰名单,请5分钟后重试", 300},
		/* numbers that ask for nothing */
		{"450 4.7.1 You have sent 200 mails in the last 60 minutes, the maximum is 100", 0},
		{"421 4.7.0 Maximum of 100 messages per 10 minutes reached", 0},
		{"421 4.4.2 Error: timeout exceeded after 300 seconds", 0},
		{"451 Message has been in the queue for 5 days", 0},
		{"550 5.1.1 User unknown, gone for 5 years", 0},
		{"450 4.2.2 Mailbox full", 0},
		{"421 4.7.0 Try again later. id 20:15:33", 0},
		{"421 4.7.0 Try again in 99999999999999999999 seconds", 0},
		{"421 4.7.0 Try again in 0 seconds", 0},
	};
	rbf_config *c = load();
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_classification got;
		classify(c, "", rows[i].text, &got);
		wrong += differs_int(rows[i].text, "wait", got.wait_s, rows[i].want_s);
	}
	rbf_config_unref(c);
	assert_row_int("facts read otherwise", wrong, 0);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t want_s;
	} rows[] = {
		{"421 Rate limited, try again after 2026-11-28T03:00:00Z", 1795834800},
		{"421 Rate limited until 2026-11-28 03:00:00 UTC", 1795834800},
		{"421 Rate limited until 2026-11-28 03:00", 1795834800},
		{"421 Rate limited until 2026-11-28T05:00:00+02:00", 1795834800},
		{"421 Rate limited until 2026-11-27T22:00:00-0500", 1795834800},
		{"421 Rate limited [mx1.example.org 2026-11-28T03:00:00Z 08DC0000]", 0},
		{"421 Rate limited until 2026-13-28T03:00:00Z", 0},
		{"421 Rate limited until 2026-11-28T25:00:00Z", 0},
	};
	rbf_config *c = load();
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_classification got;
		classify(c, "", rows[i].text, &got);
		wrong += differs_int(rows[i].text, "time", got.wait_until_s, rows[i].want_s);
	}
	rbf_config_unref(c);
	assert_row_int("facts read otherwise", wrong, 0);
}

static void test_facts(void **state)
{
	static const struct {
		const char *text, *address, *ip, *list, *url, *domain, *auth, *tag;
		int64_t limit;
	} rows[] = {
		{"550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown",
			"anna@example.org", "", "", "", "", "", "", 0},
		{"550 5.1.1 Mailbox 'anna@example.org' unknown, ask postmaster@example.org",
			"anna@example.org", "", "", "", "", "", "", 0},
		{"550 5.7.1 Your host is blocked, contact abuse@example.org", "", "", "", "", "",
			"", "", 0},
		{"554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using "
		 "zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.7",
			"", "192.0.2.7", "zen.spamhaus.org",
			"https://www.spamhaus.org/query/ip/192.0.2.7", "", "", "", 0},
		{"554 5.7.1 Client host [2001:db8::25] blocked using dnsbl.example.net; see "
		 "http://dnsbl.example.net/?ip=2001:db8::25.",
			"", "2001:db8::25", "dnsbl.example.net",
			"http://dnsbl.example.net/?ip=2001:db8::25", "", "", "", 0},
		{"550 Mail from IP 192.0.2.7 was rejected due to listing in Spamhaus PBL. For "
		 "details please see http://www.example.net/query/bl?ip=192.0.2.7",
			"", "192.0.2.7", "spamhaus pbl",
			"http://www.example.net/query/bl?ip=192.0.2.7", "", "", "", 0},
		{"550 rejected because 192.0.2.7 is in a black list at dul.example.net", "",
			"192.0.2.7", "dul.example.net", "", "", "", "", 0},
		{"550 Your IP 192.0.2.7:40142 is listed, see www.example.net/list", "", "192.0.2.7",
			"", "www.example.net/list", "", "", "", 0},
		{"550 Denied: 127.0.0.1 says 192.0.2.9 is blocked", "", "192.0.2.9", "", "", "", "",
			"", 0},
		{"550 5.7.1 version 4.16.55.1.2 of our filter refused this spam", "", "", "", "",
			"", "", "", 0},
		{"550 5.7.515 Access denied, sending domain example.com doesn't meet the required "
		 "authentication level. Spf= Fail , Dkim= Pass , DMARC= Fail",
			"", "", "", "", "example.com", "spf=fail dkim=pass dmarc=fail", "", 0},
		{"550 5.7.26 This mail is unauthenticated. Authentication results: DKIM = did not "
		 "pass SPF [example.com] with ip: [192.0.2.7] = did not pass",
			"", "192.0.2.7", "", "", "", "spf=fail dkim=fail", "", 0},
		{"550 5.7.26 Unauthenticated email from Example.COM is not accepted due to "
		 "domain's "
		 "DMARC policy.",
			"", "", "", "", "example.com", "", "", 0},
		{"554 5.7.1 Rejected due to example.com's DMARC policy", "", "", "", "",
			"example.com", "", "", 0},
		{"550 SPF check: spf=softfail dkim=none", "", "", "", "", "",
			"spf=softfail dkim=none", "", 0},
		{"421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to user "
		 "complaints - 4.16.55.1; see https://postmaster.example.net/421.",
			"", "192.0.2.7", "", "https://postmaster.example.net/421", "", "", "TSS04",
			0},
		{"550 5.7.1 part of their network is on our block list (S3150).", "", "", "", "",
			"", "", "S3150", 0},
		{"550 5.1.1 Adresse invalide OFR_416 [416]", "", "", "", "", "", "", "OFR_416", 0},
		{"421 RP-001 The mail server IP exceeded the rate limit allowed", "", "", "", "",
			"", "", "RP-001", 0},
		{"554 DT:SPM 163 smtp1", "", "", "", "", "", "", "DT:SPM", 0},
		{"421 4.7.1 POL-P4 not accepting messages from your mail server", "", "", "", "",
			"", "", "POL-P4", 0},
		{"554 Service not available http://postmaster.gmx.example/error?ip=192.0.2.7&c=bl",
			"", "192.0.2.7", "",
			"http://postmaster.gmx.example/error?ip=192.0.2.7&c=bl", "", "", "c=bl", 0},
		{"450 4.7.1 You have sent 200 mails in the last hour, the maximum is 100", "", "",
			"", "", "", "", "", 100},
		{"550 Domain example.com has exceeded the max emails per hour (120/100 (120%)) "
		 "allowed. Message discarded.",
			"", "", "", "", "example.com", "", "", 120},
		{"421 Too many connections: 20 per host", "", "", "", "", "", "", "", 20},
		{"552 5.2.3 Message size exceeds fixed maximum message size (10485760)", "", "", "",
			"", "", "", "", 10485760},
		{"552 5.3.4 Your mail has 35 MB, the limit is 20 MB", "", "", "", "", "", "", "",
			20971520},
		{"554 5.4.6 Too many hops 26 (25 max)", "", "", "", "", "", "", "", 25},
		{"550 \x1b[31m<a\x07@example.org> unknown http://example.org/\x1b[0m", "", "", "",
			"http://example.org/", "", "", "", 0},
		{"550 User unknown http:// @ a@ @b = [] (", "", "", "", "", "", "", "", 0},
	};
	rbf_config *c = load();
	size_t wrong = 0;
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rebuff_classification got;
		classify(c, "", rows[i].text, &got);
		wrong += differs(rows[i].text, "address", got.fact_address, rows[i].address);
		wrong += differs(rows[i].text, "ip", got.fact_ip, rows[i].ip);
		wrong += differs(rows[i].text, "list", got.fact_list, rows[i].list);
		wrong += differs(rows[i].text, "url", got.fact_url, rows[i].url);
		wrong += differs(rows[i].text, "domain", got.fact_domain, rows[i].domain);
		wrong += differs(rows[i].text, "auth", got.fact_auth, rows[i].auth);
		wrong += differs(rows[i].text, "tag", got.fact_tag, rows[i].tag);
		wrong += differs_int(rows[i].text, "limit", got.fact_limit, rows[i].limit);
	}
	rbf_config_unref(c);
	assert_row_int("facts read otherwise", wrong, 0);
}

/* Whatever a server writes stays within bounds and printable; the sanitizers watch. */
static void test_hostile_text(void **state)
{
	static const char *const pieces[] = {"@", "://", "http://", "=", "spf", "[A1", "(S1)", "1",
		":", "::", ".", "seconds", "again in ", "PT1H", "2026-11-28T", "domain ",
		"spamhaus", "using ", "OFR_", "\xff", "\x1b", " ", "a.b", "<", "limit ", "www.",
		"c=", "?", "99999999999999"};
	char text[REBUFF_REPLY_MAX];
	uint32_t seed = 1;
	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = 0, want = round % 50 == 0 ? sizeof text - 40 : 200;
		rebuff_classification got;
		memset(&got, 0, sizeof got);
		got.code = 421;
		got.category = (rebuff_category)(round % REBUFF_CATEGORY_N);
		while (n < want) {
			seed = seed * 1664525U + 1013904223U;
			const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)];
			memcpy(text + n, piece, strlen(piece));
			n += strlen(piece);
		}
		char *exact = malloc(
			n); /* no byte more than the text: the sanitizers see a step beyond */
		assert_non_null(exact);
		memcpy(exact, text, n);
		rbf_facts((rebuff_span){exact, n}, RBF_MARKS, &got);
		free(exact);
		const char *const facts[] = {got.fact_ip, got.fact_address, got.fact_list,
			got.fact_url, got.fact_domain, got.fact_auth, got.fact_tag};
		for (size_t k = 0; k < sizeof facts / sizeof *facts; k++)
			for (const char *p = facts[k]; *p; p++)
				assert_true(*p >= ' ' && *p < 0x7f);
		assert_true(got.wait_s >= 0 && got.wait_s <= 86400);
		assert_true(got.fact_limit >= 0);
	}
}

/* A sign under another byte than its own would never be found. */
static void test_signs(void **state)
{
	static const rbf_sign *const *const tables[] = {
		rbf_name_signs, rbf_number_signs, rbf_unit_signs};
	(void)state;
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
		size_t n = 0;
		for (unsigned c = 0; c < 256; c++)
			for (const rbf_sign *s = tables[t][c]; s && s->says; s++, n++)
				if ((unsigned char)s->word.p[0] != c ||
					rbf_lower((unsigned char)c) != c)
					fail_msg("\"%s\" is kept under %c", s->word.p, (int)c);
		assert_true(n > 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_waits),
		cmocka_unit_test(test_times), cmocka_unit_test(test_facts),
		cmocka_unit_test(test_hostile_text), cmocka_unit_test(test_signs)};
	return cmocka_run_group_tests_name("classify/facts", tests, NULL, NULL);
}
