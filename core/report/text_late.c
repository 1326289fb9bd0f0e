/* text_late.c - bounces and complaints that came as messages, for people. */
#include <inttypes.h>

#include "report/findings.h"
#include "report/render.h"
#include "report/sink.h"

enum { QUOTE_MAX = 160, SHOWN = 20 };

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
