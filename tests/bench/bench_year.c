/*
 * bench_year.c - a sender of 100,000 mails a day for a year (synthetic, always the same): how long
 * reports take, and how large the database is. What housekeeping would have kept is written as it
 * keeps it: totals of days, events of 14 and 30 days, deliveries of 14 days, suppressions in force.
 *
 *	bench_year [FILE]	keeps the database in FILE
 */
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rebuff.h"
#include "state/store.h"

static const int64_t day_ms = 86400000;

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "bench_year: %s: %s\n", what, why);
	exit(1);
}

static void sql(sqlite3 *db, const char *text, ...) __attribute__((format(printf, 2, 3)));
static void sql(sqlite3 *db, const char *text, ...)
{
	char *wrong = NULL;
	va_list ap;
	va_start(ap, text);
	char *statement = sqlite3_vmprintf(text, ap);
	va_end(ap);
	if (sqlite3_exec(db, statement, NULL, NULL, &wrong) != SQLITE_OK)
		die(statement, wrong);
	sqlite3_free(statement);
}

enum { A_DAY = 100000, SCALE = 20 };

/* One day's mail: 100,000 numbers, spread well, become providers (a long tail of 4,000 sites),
 * streams, sending IPs, outcomes and times. Of 1000 attempts 30 are refused (18 for dead addresses)
 * and 70 put off. */
#define A(salt) "((i * 7919 + " #salt " * 104729) % 1000003)"
#define H(salt) "(" A(salt) " * " A(salt) " + " A(salt) " * 31) % 999983"
static const char mail_sql
	[] = "CREATE TEMP TABLE mail AS WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 "
	     "FROM c"
	     " WHERE i < 99999), h AS (SELECT i, (" H(
		     1) ") % 1000 AS p, (" H(2) ") % 4000 AS site,"
						" (" H(3) ") % 3 AS s, (" H(4) ") % 4 AS ip, (" H(5) ") % 1000 AS part, 1000 + (" H(6) ") % 3000 + CASE WHEN (" H(
							7) ") % 10 = 0 THEN (" H(8) ") * 2 ELSE 0 "
										    "END AS age "
										    "FROM c)"
										    " SELECT i, "
										    "part, age, "
										    "CASE WHEN p < "
										    "330 THEN "
										    "'gmail' WHEN "
										    "p < 520 THEN "
										    "'outlook' WHEN"
										    " p < 620 THEN "
										    "'yahoo' WHEN "
										    "p < 700 THEN "
										    "'gmx' WHEN p "
										    "< 750 THEN "
										    "'icloud' WHEN "
										    "p < 780 THEN"
										    " 'orange' "
										    "ELSE 'site' "
										    "|| site || "
										    "'.example' "
										    "END AS "
										    "provider,"
										    " CASE WHEN p "
										    "< 780 OR site "
										    "< 90 THEN 0 "
										    "ELSE 1 END AS "
										    "small,"
										    " CASE s WHEN "
										    "0 THEN 'news' "
										    "WHEN 1 THEN "
										    "'shop' ELSE "
										    "'receipts' "
										    "END AS stream,"
										    " '198.51.100.'"
										    " || (1 + ip) "
										    "AS source,"
										    " CASE WHEN "
										    "part < 14 "
										    "THEN 1 WHEN "
										    "part < 18 "
										    "THEN 5 WHEN "
										    "part < 24 "
										    "THEN 4 WHEN "
										    "part < 30"
										    " THEN 7 WHEN "
										    "part < 70 "
										    "THEN 9 WHEN "
										    "part < 100 "
										    "THEN 8 ELSE "
										    "21 END AS "
										    "category,"
										    " CASE WHEN "
										    "part < 24 "
										    "THEN 1 WHEN "
										    "part < 30 "
										    "THEN 3 WHEN "
										    "part < 70 "
										    "THEN 5 WHEN "
										    "part < 100"
										    " THEN 3 ELSE "
										    "8 END AS "
										    "fault,"
										    " CASE WHEN "
										    "part < 14 "
										    "THEN "
										    "'550-5.1.1 "
										    "The email "
										    "account that "
										    "you tried to "
										    "reach does not"
										    " exist.' WHEN "
										    "part < 18 "
										    "THEN '550 "
										    "5.2.1 This "
										    "mailbox is "
										    "disabled' "
										    "WHEN part < "
										    "24 THEN"
										    " '552 5.2.2 "
										    "Mailbox full' "
										    "WHEN part < "
										    "30 THEN '554 "
										    "5.7.1 Client "
										    "host blocked "
										    "using"
										    " zen.spamhaus."
										    "org' WHEN "
										    "part < 70 "
										    "THEN '451 "
										    "4.7.1 "
										    "Greylisted, "
										    "try again "
										    "later' WHEN"
										    " part < 100 "
										    "THEN '421 "
										    "4.7.28 Too "
										    "many messages "
										    "from your IP' "
										    "ELSE"
										    " '250 2.0.0 "
										    "OK 1795521600 "
										    "4fb4d7f45d1cf'"
										    " END AS reply "
										    "FROM h";
/* Their kind on a day on which `bad` more of 1000 are refused for what we are. */
#define KIND                                                                                       \
	"CASE WHEN part < 30 THEN 3 WHEN part < 30 + %d THEN 3 WHEN part < 100 THEN 1 ELSE 4 END"
#define CATEGORY "CASE WHEN part BETWEEN 30 AND 29 + %d THEN 7 ELSE category END"

/* A day as it is after folding: a sample, counted SCALE times. */
static void past_day(sqlite3 *db, int64_t day, int bad)
{
	sql(db,
		"INSERT INTO total SELECT 1, %lld, CASE small WHEN 1 THEN '' ELSE provider END, "
		"stream,"
		" source, CASE k WHEN 3 THEN 1 WHEN 4 THEN 2 ELSE 0 END, c, CASE WHEN c = 7 THEN 3 "
		"ELSE fault END,"
		" k = 3 AND c IN (1, 5), %d FROM (SELECT *, " KIND " AS k, " CATEGORY
		" AS c FROM mail WHERE i %% %d = 0) WHERE true ON CONFLICT DO UPDATE SET n = n + "
		"%d",
		(long long)day, SCALE, bad, bad, SCALE, SCALE);
	sql(db,
		"INSERT INTO lapse SELECT 1, %lld, CASE small WHEN 1 THEN '' ELSE provider END,"
		" rbf_lapse_bucket(age), %d FROM mail WHERE i %% %d = 0"
		" ON CONFLICT DO UPDATE SET n = n + %d",
		(long long)day, SCALE, SCALE, SCALE);
}

/* A day whose events are there: acceptances for 14 days, the rest for 30. */
static void late_day(sqlite3 *db, int64_t day, int age, int bad)
{
	sql(db,
		"INSERT INTO event SELECT NULL, %lld + i * 864, 'mail', 0, '1vkFsM-' || %d || '-' "
		"|| i,"
		" i * 7919 + %d, CASE k WHEN 4 THEN '' ELSE 'user' || i || '@' || provider END,"
		" CASE k WHEN 4 THEN '' ELSE 'news@sender.example' END, stream, provider,"
		" 'mx.' || provider, '192.0.2.1', source, 'remote_smtp', k, 7, 250, '',  c, CASE "
		"WHEN c = 7 THEN 3 ELSE fault END, "
		"0,"
		" 1.0, 'lua/rules/x.lua:1', CASE WHEN c = 7 AND category <> 7 THEN '550 5.7.1"
		" blocked' ELSE reply END, 'why', 1, age, c = 1, k = 3 AND c IN (1, 5), 1 FROM"
		" (SELECT *, " KIND " AS k, " CATEGORY " AS c FROM mail) WHERE k < 4 OR %d",
		(long long)day, age, age, bad, bad, age < 14);
	if (age < 14)
		sql(db,
			"INSERT INTO delivery SELECT NULL, 'mail', 0, '1vkFsM-' || %d || '-' || i,"
			" i * 7919 + %d, '', '', stream, provider, 1, 2, 0, %lld, %lld, 4, 1, 21, "
			"1, 0,"
			" 0, 0, 0, 0, 0, 0, i, '' FROM mail",
			age, age, (long long)day, (long long)day);
	else /* the acceptances were counted before they were forgotten */
		sql(db,
			"INSERT INTO total SELECT 1, %lld, CASE small WHEN 1 THEN '' ELSE provider "
			"END,"
			" stream, source, 2, 21, 8, 0, 1 FROM mail WHERE part >= 100"
			" ON CONFLICT DO UPDATE SET n = n + 1",
			(long long)(day - day % day_ms));
}

static void fill(const char *file, int64_t now_ms)
{
	rbf_store *s;
	rebuff_error err;
	bool more = true;
	if (rbf_store_open(file, false, &s, &err) != REBUFF_OK)
		die(file, err.text);
	sqlite3 *db = rbf_store_writer(s);
	int64_t today = now_ms - now_ms % day_ms;
	sql(db, "PRAGMA synchronous = OFF");
	if (sqlite3_exec(db, mail_sql, NULL, NULL, NULL) != SQLITE_OK)
		die("mail", sqlite3_errmsg(db));
	for (int age = 365; age >= 0; age--) {
		int bad = age % 61 < 3 ? 40 : 0; /* now and then somebody blocks us */
		sql(db, "BEGIN");
		if (age >= 31)
			past_day(db, today - age * day_ms, bad);
		else if (age < 30)
			late_day(db, today - (age + 1) * day_ms + now_ms % day_ms, age, bad);
		sql(db, "COMMIT");
	}
	sql(db, "BEGIN");
	sql(db,
		"WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < %d - 1)"
		" INSERT INTO suppression SELECT i, 'all', CASE i %% 9 WHEN 0 THEN 1"
		" WHEN 1 THEN 2 ELSE 0 END, 'user' || i || '@example.org', 1,"
		" %lld - (i * 1103) %% 180 * %lld - i * 577 %% 86400000, 0, 1.0, "
		"'gmail',"
		" 'lua/x.lua:1', '550 5.1.1 User unknown', '', 1 FROM c",
		60000, (long long)now_ms, (long long)day_ms);
	while (more)
		if (rbf_store_fold(s, now_ms, &more, &err) != REBUFF_OK)
			die("fold", err.text);
	sql(db, "COMMIT");
	rbf_store_close(&s);
}

static void count(void *ud, rebuff_span text)
{
	*(size_t *)ud += text.len;
}

static double report(
	const char *file, int64_t days, rebuff_format format, int64_t now_ms, size_t *len)
{
	rebuff_ctx *ctx;
	rebuff_error err;
	const rebuff_options o = {.size = sizeof o,
		.data_dir = "lua",
		.config_dir = "",
		.state_file = file,
		.read_only = true};
	double start = now_s();
	*len = 0;
	const rebuff_output out = {.size = sizeof out,
		.format = format,
		.from_ms = now_ms - days * day_ms,
		.to_ms = now_ms,
		.provider = {"", 0},
		.table = {"", 0},
		.ud = len,
		.write = count};
	if (rebuff_open(&o, &ctx, &err) != REBUFF_OK || rebuff_report(ctx, &out, &err) != REBUFF_OK)
		die(file, err.text);
	rebuff_close(&ctx);
	return now_s() - start;
}

int main(int argc, char **argv)
{
	char made[] = "/tmp/bench-year-XXXXXX/state.db";
	const char *file = argc > 1 ? argv[1] : made;
	struct stat st;
	size_t len;
	int64_t now_ms = (int64_t)time(NULL) * 1000;
	char *slash = strrchr(made, '/');
	*slash = '\0';
	if (argc < 2 && !mkdtemp(made))
		die(made, "cannot be made");
	*slash = '/';
	double start = now_s();
	if (argc < 2 || access(file, F_OK) != 0)
		fill(file, now_ms);
	printf("filled in %.1f s\n", now_s() - start);
	if (stat(file, &st) == 0)
		printf("database of a year at %d mails a day: %.0f MB\n", A_DAY,
			(double)st.st_size / 1e6);
	static const int periods[] = {1, 7, 30, 365};
	for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
		double text_s = report(file, periods[i], REBUFF_TEXT, now_ms, &len);
		double html_s = report(file, periods[i], REBUFF_HTML, now_ms, &len);
		printf("report of %3d days: text %.2f s, html %.2f s (%zu KiB)\n", periods[i],
			text_s, html_s, len / 1024);
	}
	if (argc < 2) {
		unlink(file);
		*slash = '\0';
		rmdir(made);
	}
	return 0;
}
