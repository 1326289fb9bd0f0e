#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fail.h"
#include "setup/setup.h"

enum { ITEMS_MAX = 16, ITEM_BYTES = 320 };

static const char head[] = "-- Written by rebuff setup. Yours to edit: it is not written again.\n";

/* The next of the items that `separators` part, into item; false when there is none. Too long a one
 * is cut, and refused by its check then. */
static bool next_item(const char **list, const char *separators, char item[ITEM_BYTES])
{
	const char *p = *list + strspn(*list, " ");
	size_t n = strcspn(p, separators), keep = n;
	if (!*p)
		return false;
	while (keep && p[keep - 1] == ' ')
		keep--;
	snprintf(item, ITEM_BYTES, "%.*s", (int)keep, p);
	*list = p + n + (p[n] != '\0');
	return true;
}

static bool is_ip(const char *text)
{
	unsigned char space[16];
	return inet_pton(AF_INET, text, space) == 1 || inet_pton(AF_INET6, text, space) == 1;
}

/* Such as can stand between quotes in Lua, and be part of an address. */
static bool is_plain(const char *text, const char *beside)
{
	static const char usual[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+=";
	size_t n = 0;
	while (text[n] && (strchr(usual, text[n]) || strchr(beside, text[n])))
		n++;
	return n > 0 && !text[n] && n < ITEM_BYTES - 1;
}

static rebuff_status check_stream(const char *stream, rebuff_error *err)
{
	char name[ITEM_BYTES], pattern[ITEM_BYTES];
	const char *equals = strchr(stream, '='), *rest = equals ? equals + 1 : "";
	snprintf(name, sizeof name, "%.*s", (int)(equals ? equals - stream : 0), stream);
	bool well = is_plain(name, "") && strlen(name) < REBUFF_NAME_MAX && *rest;
	while (well && next_item(&rest, ",", pattern))
		well = is_plain(pattern, "@*");
	return well ? REBUFF_OK
		    : fail(err, REBUFF_EARG,
			      "--streams: \"%.200s\": expected NAME=SENDER,SENDER, such as "
			      "news=news@*,list@example.org",
			      stream);
}

rebuff_status setup_wishes_check(const setup_wishes *w, rebuff_error *err)
{
	char item[ITEM_BYTES];
	size_t n = 0;
	for (const char *list = w->ips ? w->ips : ""; next_item(&list, ",", item);)
		if (!is_ip(item) || ++n > ITEMS_MAX)
			return fail(err, REBUFF_EARG,
				"--ips: \"%s\": expected at most %d IP addresses with commas "
				"between",
				item, ITEMS_MAX);
	if (w->postmaster && (!is_plain(w->postmaster, "@") || !strchr(w->postmaster, '@')))
		return fail(err, REBUFF_EARG, "--postmaster: \"%.200s\" is no mail address",
			w->postmaster);
	if (w->mode && strcmp(w->mode, "act") != 0 && strcmp(w->mode, "observe") != 0)
		return fail(err, REBUFF_EARG, "--mode: expected observe or act, not \"%.50s\"",
			w->mode);
	for (const char *list = w->streams ? w->streams : ""; next_item(&list, ";", item);)
		if (check_stream(item, err) != REBUFF_OK)
			return err->status;
	return REBUFF_OK;
}

/* ---- asking -------------------------------------------------------------------------------- */

static void ask(const char **wish, const char *question, char answer[SETUP_ANSWER_BYTES])
{
	if (*wish)
		return;
	printf("%s: ", question);
	(void)fflush(stdout);
	if (!fgets(answer, SETUP_ANSWER_BYTES, stdin))
		answer[0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	if (answer[0])
		*wish = answer;
}

void setup_ask(setup_wishes *w, char space[4][SETUP_ANSWER_BYTES])
{
	ask(&w->postmaster, "Whom to mail alarms to (nobody)", space[0]);
	ask(&w->ips, "IP addresses that you send from, with commas (as the logs say)", space[1]);
	ask(&w->streams,
		"Kinds of mail, NAME=SENDER,SENDER with ; between (one for each sender domain)",
		space[2]);
	ask(&w->mode, "observe or act (as it is: a new installation observes)", space[3]);
}

/* ---- writing ------------------------------------------------------------------------------- */

static void write_list(FILE *out, const char *list)
{
	char item[ITEM_BYTES];
	fputs("{ ", out);
	for (int n = 0; next_item(&list, ",", item); n++)
		fprintf(out, "%s\"%s\"", n ? ", " : "", item);
	fputs(" }", out);
}

static void write_watch(FILE *out, const setup_wishes *w)
{
	if (w->postmaster)
		fprintf(out, "notices { mail = \"%s\" }\n", w->postmaster);
	if (w->ips) {
		fputs("checks { ips = ", out);
		write_list(out, w->ips);
		fputs(" }\n", out);
	}
}

static void write_streams(FILE *out, const setup_wishes *w)
{
	char stream[ITEM_BYTES];
	for (const char *list = w->streams ? w->streams : ""; next_item(&list, ";", stream);) {
		char *equals = strchr(stream, '=');
		*equals = '\0';
		fprintf(out, "rebuff.streams:add { name = \"%s\", sender = ", stream);
		write_list(out, equals + 1);
		fputs(" }\n", out);
	}
}

static rebuff_status write_one(const char *path, void (*write)(FILE *, const setup_wishes *),
	const setup_wishes *w, bool dry_run, rebuff_error *err)
{
	bool there = access(path, F_OK) == 0;
	if (there || dry_run) {
		printf(there ? "%s is yours; to be added to it:\n" : "+ %s\n", path);
		write(stdout, w);
		return REBUFF_OK;
	}
	FILE *out = fopen(path, "we");
	if (!out)
		return fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
	fputs(head, out);
	write(out, w);
	bool well = fchmod(fileno(out), 0644) == 0 && !ferror(out);
	well = fclose(out) == 0 && well;
	return well ? REBUFF_OK : fail(err, REBUFF_EIO, "%s: %s", path, strerror(errno));
}

rebuff_status setup_wishes_write(
	const command_options *o, const setup_wishes *w, bool dry_run, rebuff_error *err)
{
	const char *dir = o->config_dir ? o->config_dir : "/etc/rebuff";
	char watch[COMMAND_PATH_MAX], rules[COMMAND_PATH_MAX], streams[COMMAND_PATH_MAX];
	rebuff_status status = REBUFF_OK;
	if ((size_t)snprintf(watch, sizeof watch, "%s/watch.lua", dir) >= sizeof watch ||
		(size_t)snprintf(rules, sizeof rules, "%s/rules", dir) >= sizeof rules ||
		(size_t)snprintf(streams, sizeof streams, "%s/rules/streams.lua", dir) >=
			sizeof streams)
		return fail(err, REBUFF_ELIMIT, "%s: the path is too long", dir);
	if (w->ips || w->postmaster)
		status = write_one(watch, write_watch, w, dry_run, err);
	if (status == REBUFF_OK && w->streams) {
		if (!dry_run && mkdir(rules, 0755) != 0 && errno != EEXIST)
			return fail(err, REBUFF_EIO, "%s: %s", rules, strerror(errno));
		status = write_one(streams, write_streams, w, dry_run, err);
	}
	return status;
}
