/* doctor_host.c - what the engine needs of its host: DNS, room on the disk; and the database. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "check/dns.h"
#include "common/clocks.h"
#include "common/state.h"
#include "common/when.h"
#include "doctor/doctor.h"

enum { DNS_MS = 5000, MIB = 1 << 20, LITTLE = 256, HARDLY_ANY = 32 };

static void ask_dns(doctor *d)
{
	/* It does not exist (RFC 6761): the answer is that, from a resolver that works. */
	static const char nobody[] = "doctor.rebuff.invalid";
	dns *resolver = dns_new("", NULL, DNS_MS);
	dns_outcome outcome = DNS_FAILED;
	if (resolver) {
		dns_start(resolver, nobody, DNS_MX);
		outcome = dns_get(resolver, nobody, DNS_MX)->outcome;
	}
	dns_free(&resolver);
	if (outcome == DNS_NONE)
		doctor_tell(d, DOCTOR_OK, "dns", "", "the resolver answers");
	else if (outcome == DNS_FOUND)
		doctor_tell(d, DOCTOR_WARNING, "dns", "cat /etc/resolv.conf",
			"the resolver has an answer for a name that does not exist (%s): domains "
			"that do not exist are not noticed",
			nobody);
	else
		doctor_tell(d, DOCTOR_ERROR, "dns", "cat /etc/resolv.conf",
			"no resolver of /etc/resolv.conf answers");
}

static void look_at_disk(doctor *d)
{
	char dir[COMMAND_PATH_MAX];
	struct statvfs v;
	(void)snprintf(dir, sizeof dir, "%s", d->options->state_file);
	char *slash = strrchr(dir, '/');
	if (slash)
		*(slash == dir ? slash + 1 : slash) = '\0';
	const char *where = slash ? dir : ".";
	char mend[COMMAND_PATH_MAX + 16];
	(void)snprintf(mend, sizeof mend, "df -h %s", where);
	if (statvfs(where, &v) != 0) {
		doctor_tell(d, DOCTOR_ERROR, "disk", mend, "%s: %s", where, strerror(errno));
		return;
	}
	unsigned long long free_mib = (unsigned long long)v.f_bavail * v.f_frsize / MIB;
	doctor_tell(d,
		free_mib < HARDLY_ANY	    ? DOCTOR_ERROR
			: free_mib < LITTLE ? DOCTOR_WARNING
					    : DOCTOR_OK,
		"disk", free_mib < LITTLE ? mend : "", "%llu MiB are free in %s%s", free_mib, where,
		free_mib < LITTLE ? "; expected 256 at least" : "");
}

void doctor_host(doctor *d)
{
	ask_dns(d);
	look_at_disk(d);
}

/* ---- the database -------------------------------------------------------------------------- */

static void last_event(doctor *d, int64_t last_ms)
{
	char when[WHEN_MAX];
	int64_t ago_ms = wall_now_ms() - last_ms;
	static const char mend[] = "tail the mail server's log, then rebuff status";
	if (!last_ms)
		doctor_tell(d, DOCTOR_WARNING, "events", mend,
			"no attempt was ever recorded: has any mail gone out?");
	else if (ago_ms > d->silence_ms)
		doctor_tell(d, DOCTOR_WARNING, "events", mend,
			"the newest attempt that was recorded is of %s (--silence)",
			when_local(last_ms, when));
	else
		doctor_tell(d, DOCTOR_OK, "events", "", "the newest attempt is of %s",
			when_local(last_ms, when));
}

static void paused(doctor *d, rebuff_ctx *ctx)
{
	rebuff_error err;
	const json_t *id;
	size_t i, n = json_array_size(d->paused), unowned = 0;
	const char *first = "";
	json_array_foreach(d->paused, i, id)
	{
		bool waits = true;
		const char *text = json_string_value(id);
		if (rebuff_waits_for(ctx, command_span(text), &waits, &err) == REBUFF_OK &&
			!waits && !unowned++)
			first = text;
	}
	if (unowned) {
		char mend[64];
		(void)snprintf(mend, sizeof mend, "smtpctl resume envelope %s", first);
		doctor_tell(d, DOCTOR_WARNING, "paused", mend,
			"%zu of %zu paused envelopes are nobody's: neither waits for rebuff, "
			"unless "
			"you paused them; the first is %s",
			unowned, n, first);
	} else if (d->paused) {
		doctor_tell(d, DOCTOR_OK, "paused", "",
			"%zu envelopes are paused, all of them ours", n);
	}
}

void doctor_store(doctor *d)
{
	rebuff_soundness s = {.size = sizeof s};
	rebuff_error err = {.status = REBUFF_OK};
	rebuff_ctx *ctx = NULL;
	static const char mend[] =
		"docs: restore the newest copy, or move it away and restart rebuff";
	rebuff_status status = state_open(d->options, true, false, &ctx, &err);
	if (status == REBUFF_OK)
		status = rebuff_check_store(ctx, !d->quick, &s, &err);
	if (status != REBUFF_OK || s.problem[0])
		doctor_tell(d, DOCTOR_ERROR, "database", mend, "%s: %s", d->options->state_file,
			s.problem[0] ? s.problem : err.text);
	else
		doctor_tell(d, DOCTOR_OK, "database", "", "%s is sound%s", d->options->state_file,
			d->quick ? " as far as it was read (--quick)" : "");
	if (status == REBUFF_OK) {
		last_event(d, s.last_event_ms);
		paused(d, ctx);
	}
	rebuff_close(&ctx);
}
