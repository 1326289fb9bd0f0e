/* late.c - bounces and complaints that came as messages, for people; and what is remembered of one
 * address. */
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "base/span.h"
#include "report/findings.h"
#include "report/render.h"
#include "report/report.h"
#include "report/sink.h"

enum { QUOTE_MAX = 160, SHOWN = 20, PAST_MAX = 1000 };

const char *rbf_said_outcome(const rbf_said *s)
{
	if (s->suppressed)
		return s->suppressed == 1 ? "suppressed" : "would be suppressed";
	return s->paired ? "one soft bounce" : "recorded";
}

void rbf_text_trusts(const rbf_facts *f, const rebuff_output *out)
{
	if (!f->arrived && !f->trusts_n)
		return;
	rbf_text_heading(out, "Bounces and complaints that came as messages");
	rbf_putf(out,
		"  %" PRId64 " messages with an empty sender; %" PRId64
		" could not be read, %" PRId64 " are about mail that is not ours\n",
		f->arrived, f->unread, f->backscatter);
	if (f->trusts_n)
		rbf_putf(out, "  %-20s %8s %8s %10s %10s\n", "TRUST", "failed", "delayed",
			"complaints", "suppressed");
	for (size_t i = 0; i < f->trusts_n; i++) {
		const rbf_trusted *t = &f->trusts[i];
		rbf_putf(out, "  %-20s %8" PRId64 " %8" PRId64 " %10" PRId64 " %10" PRId64 "\n",
			rebuff_trust_name(t->trust), t->failed, t->delayed, t->complaints,
			t->suppressed);
	}
}

void rbf_text_late(const rbf_facts *f, const rebuff_output *out)
{
	char when[RBF_WHEN_MAX];
	size_t shown = f->late_n < SHOWN ? f->late_n : SHOWN;
	rbf_text_trusts(f, out);
	for (size_t i = 0; i < shown; i++) {
		const rbf_said *s = &f->late[i];
		rbf_putf(out, "\n  %s  ", rbf_when_local(s->time_ms, when));
		rbf_put_printable(out, *s->recipient ? s->recipient : "(nobody named)", QUOTE_MAX);
		rbf_put(out, "  ");
		rbf_put_printable(out, rbf_provider_shown(s->provider), REBUFF_NAME_MAX);
		rbf_putf(out, ", %s, %s: %s\n      ", rebuff_category_name(s->category),
			rebuff_trust_name(s->trust), rbf_said_outcome(s));
		rbf_put_printable(out, s->why, QUOTE_MAX);
		rbf_put(out, "\n      \"");
		rbf_put_printable(out, s->text, QUOTE_MAX);
		rbf_put(out, "\"\n");
	}
	if (f->late_n > shown)
		rbf_putf(out, "\n  and %zu more; the other formats list up to %d\n",
			f->late_n - shown, RBF_FACTS_ROWS_MAX);
}

/* ---- one address ------------------------------------------------------------------------------
 */

static const char history_sql[] =
	"SELECT time_ms, 0, kind, -1, id, provider, category, fault, code, suppressed, why, text"
	" FROM event WHERE who = ?1 UNION ALL"
	" SELECT time_ms, 1, kind, trust, id, provider, category, fault, code, suppressed, why, "
	"text"
	" FROM late WHERE who = ?1 ORDER BY time_ms DESC LIMIT ?2";

static void column(sqlite3_stmt *s, int at, char *out, size_t cap)
{
	const char *p = (const char *)sqlite3_column_text(s, at);
	(void)rbf_span_copy(out, cap, rbf_span_of(p));
}

static void read_past(sqlite3_stmt *s, rebuff_past *p)
{
	*p = (rebuff_past){.size = sizeof *p,
		.time_ms = sqlite3_column_int64(s, 0),
		.late = sqlite3_column_int(s, 1) != 0,
		.category = (rebuff_category)sqlite3_column_int(s, 6),
		.fault = (rebuff_fault)sqlite3_column_int(s, 7),
		.code = (uint16_t)sqlite3_column_int(s, 8),
		.suppressed = sqlite3_column_int(s, 9) == 1};
	p->what = p->late ? rebuff_message_kind_name((rebuff_message_kind)sqlite3_column_int(s, 2))
			  : rebuff_kind_name((rebuff_kind)sqlite3_column_int(s, 2));
	p->trust = p->late ? (rebuff_trust)sqlite3_column_int(s, 3) : REBUFF_TRUST_PROVEN;
	column(s, 4, p->id, sizeof p->id);
	column(s, 5, p->provider, sizeof p->provider);
	column(s, 10, p->why, sizeof p->why);
	column(s, 11, p->text, sizeof p->text);
}

rebuff_status rbf_recall(rbf_store *store, const char *address,
	bool (*each)(void *ud, const rebuff_past *past), void *ud, rebuff_error *err)
{
	sqlite3 *db = rbf_store_view(store);
	sqlite3_stmt *s = NULL;
	rebuff_past past;
	int got = SQLITE_ERROR;
	if (sqlite3_prepare_v2(db, history_sql, -1, &s, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(s, 1, rbf_store_who(store, address));
		sqlite3_bind_int(s, 2, PAST_MAX);
		while ((got = sqlite3_step(s)) == SQLITE_ROW) {
			read_past(s, &past);
			if (!each(ud, &past)) {
				got = SQLITE_DONE;
				break;
			}
		}
	}
	if (got != SQLITE_DONE)
		rbf_fail(err, REBUFF_ESTORE, "the database cannot be read: %s", sqlite3_errmsg(db));
	sqlite3_finalize(s);
	return got == SQLITE_DONE ? REBUFF_OK : REBUFF_ESTORE;
}
