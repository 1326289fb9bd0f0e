/* signs.c - the words themselves. */
#include "classify/signs.h"

#include <stdio.h>

#define SIGN(text, says)                                                                           \
	{                                                                                          \
		RBF_WORD(text), (says)                                                             \
	}
#define SIGNS(...)                                                                                 \
	(const rbf_sign[])                                                                         \
	{                                                                                          \
		__VA_ARGS__, SIGN("", 0)                                                           \
	}

enum {
	BEFORE_DOMAIN = RBF_BEFORE_DOMAIN,
	BEHIND_DOMAIN = RBF_BEHIND_DOMAIN,
	LIST = RBF_LIST,
	BEFORE_LIST = RBF_BEFORE_LIST,
};

const rbf_signs rbf_name_signs = {
	['a'] = SIGNS(SIGN("abusix", LIST), SIGN("abuseat", LIST)),
	['b'] = SIGNS(SIGN("backscatterer", LIST), SIGN("barracuda", LIST),
		SIGN("blocklist.de", LIST), SIGN("blocklist ", BEFORE_LIST),
		SIGN("blacklist ", BEFORE_LIST)),
	['c'] = SIGNS(SIGN("cloudmark", LIST)),
	['d'] = SIGNS(SIGN("domain", BEFORE_DOMAIN), SIGN("domain", BEHIND_DOMAIN),
		SIGN("dmarc", BEHIND_DOMAIN), SIGN("dronebl", LIST), SIGN("dnsbl ", BEFORE_LIST)),
	['e'] = SIGNS(SIGN("email from", BEFORE_DOMAIN)),
	['g'] = SIGNS(SIGN("gbudb", LIST)),
	['h'] = SIGNS(SIGN("hostkarma", LIST)),
	['i'] = SIGNS(SIGN("invaluement", LIST)),
	['l'] = SIGNS(SIGN("listed at ", BEFORE_LIST), SIGN("listed in ", BEFORE_LIST),
		SIGN("listed by ", BEFORE_LIST), SIGN("listed on ", BEFORE_LIST),
		SIGN("list at ", BEFORE_LIST)),
	['m'] = SIGNS(
		SIGN("mail from", BEFORE_DOMAIN), SIGN("mailspike", LIST), SIGN("manitu", LIST)),
	['n'] = SIGNS(SIGN("nixspam", LIST)),
	['p'] = SIGNS(SIGN("proofpoint", LIST), SIGN("psbl", LIST)),
	['r'] = SIGNS(SIGN("rbl ", BEFORE_LIST)),
	['s'] = SIGNS(SIGN("spf", BEHIND_DOMAIN), SIGN("s5h.net", LIST), SIGN("senderbase", LIST),
		SIGN("senderscore", LIST), SIGN("sorbs", LIST), SIGN("spamcop", LIST),
		SIGN("spameatingmonkey", LIST), SIGN("spamhaus", LIST), SIGN("spamrats", LIST),
		SIGN("spfbl", LIST), SIGN("surbl", LIST)),
	['t'] = SIGNS(SIGN("trendmicro", LIST)),
	['u'] = SIGNS(SIGN("uceprotect", LIST), SIGN("uribl", LIST), SIGN("using ", BEFORE_LIST)),
	['w'] = SIGNS(SIGN("www.", RBF_WWW)),
};

enum {
	WAIT = RBF_BEFORE_WAIT,
	LATER = RBF_BEHIND_WAIT,
	AGO = RBF_BEFORE_PAST,
	DATE = RBF_BEFORE_DATE,
	LIMIT = RBF_BEFORE_LIMIT,
	PER = RBF_BEHIND_LIMIT,
};

const rbf_signs rbf_number_signs = {
	['/'] = SIGNS(SIGN("/hour", PER), SIGN("/day", PER), SIGN("/min", PER)),
	['a'] = SIGNS(SIGN("again", WAIT | DATE), SIGN("after", DATE), SIGN("attempted", AGO),
		SIGN("attempt", WAIT), SIGN("available in", WAIT), SIGN("accepted in", WAIT),
		SIGN("accepted after", WAIT), SIGN("and try", LATER), SIGN("and retry", LATER),
		SIGN("and resend", LATER), SIGN("and send", LATER), SIGN("allow", LIMIT),
		SIGN("at most", LIMIT), SIGN("an hour", PER), SIGN("a day", PER),
		SIGN("a minute", PER)),
	['b'] = SIGNS(SIGN("before re", LATER), SIGN("before try", LATER),
		SIGN("before you", LATER), SIGN("before next", LATER),
		SIGN("before attempt", LATER), SIGN("before send", LATER),
		SIGN("before connect", LATER), SIGN("before", DATE), SIGN("block", WAIT),
		SIGN("ban", WAIT)),
	['c'] = SIGNS(SIGN("come back", WAIT), SIGN("comeback", WAIT), SIGN("cool", WAIT)),
	['d'] = SIGNS(SIGN("delay", WAIT), SIGN("defer", WAIT)),
	['e'] = SIGNS(SIGN("every ", AGO), SIGN("expire", WAIT), SIGN("erneut", WAIT | LATER),
		SIGN("exceeds", LIMIT)),
	['f'] = SIGNS(SIGN("failing", AGO)),
	['g'] = SIGNS(SIGN("grey", WAIT), SIGN("gray", WAIT)),
	['h'] = SIGNS(SIGN("höchstens", LIMIT)),
	['i'] = SIGNS(SIGN("intent", WAIT), SIGN("inténtelo", WAIT)),
	['l'] = SIGNS(SIGN("last ", AGO), SIGN("later", LATER), SIGN("left", LATER),
		SIGN("lifted in", WAIT), SIGN("limit", LIMIT), SIGN("límite", LIMIT)),
	['m'] = SIGNS(SIGN("max", LIMIT)),
	['n'] = SIGNS(SIGN("next ", WAIT), SIGN("noch einmal", WAIT | LATER), SIGN("nochmal", WAIT),
		SIGN("not ", DATE), SIGN("no more than", LIMIT)),
	['o'] = SIGNS(SIGN("only ", LIMIT)),
	['p'] = SIGNS(SIGN("past ", AGO), SIGN("previous ", AGO), SIGN("per ", AGO | PER),
		SIGN("persist", WAIT), SIGN("penal", WAIT), SIGN("ponow", WAIT),
		SIGN("permitted", LIMIT)),
	['q'] = SIGNS(SIGN("queue", AGO)),
	['r'] = SIGNS(SIGN("retry", WAIT | DATE), SIGN("retries", WAIT), SIGN("retried", WAIT),
		SIGN("resend", WAIT), SIGN("resent", WAIT), SIGN("resubmit", WAIT),
		SIGN("reconnect", WAIT), SIGN("reattempt", WAIT), SIGN("réessay", WAIT),
		SIGN("reessay", WAIT), SIGN("reintent", WAIT), SIGN("riprov", WAIT),
		SIGN("return in", WAIT), SIGN("reject", WAIT), SIGN("remaining", LATER)),
	['s'] = SIGNS(SIGN("spróbuj", WAIT), SIGN("sprobuj", WAIT), SIGN("suspend", WAIT)),
	['t'] = SIGNS(SIGN("try ", WAIT), SIGN("trying", AGO), SIGN("tried", AGO),
		SIGN("timeout", AGO), SIGN("tente", WAIT), SIGN("throttl", WAIT),
		SIGN("then try", LATER), SIGN("then retry", LATER), SIGN("to go", LATER),
		SIGN("threshold", LIMIT)),
	['u'] = SIGNS(SIGN("undeliver", AGO), SIGN("until", LATER | DATE), SIGN("up to", LIMIT)),
	['w'] = SIGNS(SIGN("within the ", AGO), SIGN("wait", WAIT | DATE), SIGN("warten", WAIT)),
	[0xd0] = SIGNS(SIGN("овтор", WAIT), SIGN("опробуй", WAIT), SIGN("попыт", WAIT)),
	[0xd1] = SIGNS(SIGN("через", WAIT)),
	[0xe5] = SIGNS(SIGN("後", LATER), SIGN("后", LATER)),
	[0xe8] = SIGNS(SIGN("请", WAIT), SIGN("請", WAIT)),
};

enum { S = 1, M = 60, H = 3600, D = RBF_DAY_S, STEM = RBF_STEM };

const rbf_signs rbf_unit_signs = {
	['d'] = SIGNS(SIGN("day", D | STEM), SIGN("d", D)),
	['g'] = SIGNS(SIGN("godzin", H | STEM)),
	['h'] = SIGNS(SIGN("hour", H | STEM), SIGN("heure", H | STEM), SIGN("hora", H | STEM),
		SIGN("hrs", H), SIGN("hr", H), SIGN("h", H)),
	['j'] = SIGNS(SIGN("jour", D | STEM)),
	['m'] = SIGNS(SIGN("minut", M | STEM), SIGN("mins", M), SIGN("min", M), SIGN("mn", M),
		SIGN("m", M)),
	['o'] = SIGNS(SIGN("ore", H), SIGN("ora", H)),
	['s'] = SIGNS(SIGN("second", S | STEM), SIGN("sekund", S | STEM), SIGN("segundo", S | STEM),
		SIGN("sec", S), SIGN("secs", S), SIGN("s", S), SIGN("stund", H | STEM)),
	['t'] = SIGNS(SIGN("tag", D | STEM)),
	[0xd0] = SIGNS(SIGN("минут", M | STEM)),
	[0xd1] = SIGNS(SIGN("секунд", S | STEM), SIGN("час", H | STEM), SIGN("сут", D | STEM)),
	[0xe5] = SIGNS(SIGN("分", M | STEM), SIGN("小时", H | STEM), SIGN("小時", H | STEM)),
	[0xe6] = SIGNS(SIGN("時間", H | STEM)),
	[0xe7] = SIGNS(SIGN("秒", S | STEM)),
};

bool rbf_number_sign(rebuff_span text, size_t from, size_t to, unsigned says)
{
	rebuff_span part = rbf_span_sub(text, 0, to);
	for (size_t i = from; i < part.len; i++) {
		unsigned char c = (unsigned char)part.p[i];
		const rbf_sign *sign = rbf_number_signs[rbf_lower(c)];
		if (!sign || (rbf_is_alpha(c) && i && rbf_is_alnum(rbf_at(part, i - 1))))
			continue;
		if (rbf_sign_at(part, i, sign, says))
			return true;
	}
	return false;
}

enum { ALONE = RBF_TAG_ALONE, DIGITS = RBF_TAG_DIGITS };

const rbf_sign rbf_tag_signs[] = {SIGN("OFR", DIGITS), SIGN("LPN", DIGITS), SIGN("RP-", DIGITS),
	SIGN("SC-", DIGITS), SIGN("DY-", DIGITS), SIGN("OU-", DIGITS), SIGN("IB", DIGITS),
	SIGN("BL0", DIGITS), SIGN("RL0", DIGITS), SIGN("TSS", DIGITS), SIGN("IPTS", DIGITS),
	SIGN("POL-", DIGITS), SIGN("CON-", DIGITS), SIGN("RCP-", DIGITS), SIGN("MSG-", DIGITS),
	SIGN("DNS-", DIGITS), SIGN("INT-", DIGITS), SIGN("AUP#", ALONE), SIGN("CXBL", ALONE),
	SIGN("CXCNCT", ALONE), SIGN("CXMXRT", ALONE), SIGN("CXMJ", ALONE), SIGN("CXDNS", ALONE),
	SIGN("CXSNDR", ALONE), SIGN("DT:", ALONE), SIGN("MI:", ALONE), SIGN("RP:", ALONE),
	SIGN("HL:", ALONE), SIGN("WM:", ALONE), SIGN("", 0)};

/* ---- marks -------------------------------------------------------------------------------------
 */

static void add_mark(
	rbf_mark *out, size_t *n, const char *before, const char *word, unsigned kind, bool whole)
{
	rbf_mark *m = &out[*n];
	int len = snprintf(m->text, sizeof m->text, "%s%s", before, word);
	if (*n == RBF_MARKS_MAX || len <= 0 || (size_t)len >= sizeof m->text)
		return;
	for (int i = 0; i < len; i++)
		m->text[i] = (char)rbf_lower((unsigned char)m->text[i]);
	m->len = (uint8_t)len;
	m->kind = (uint8_t)kind;
	m->whole = whole;
	++*n;
}

size_t rbf_marks(rbf_mark out[RBF_MARKS_MAX])
{
	static const char *const ones[] = {"a ", "an ", "one "}; /* "half an" ends in one, too */
	static const char digits[10][2] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
	size_t n = 0;
	for (size_t c = 0; c < 256; c++) {
		for (const rbf_sign *s = rbf_name_signs[c]; s && s->says; s++)
			add_mark(out, &n, "", s->word.p, RBF_MARK_NAME, false);
		for (const rbf_sign *s = rbf_unit_signs[c]; s && s->says; s++)
			for (size_t k = 0; k < sizeof ones / sizeof *ones; k++)
				add_mark(out, &n, ones[k], s->word.p, RBF_MARK_LENGTH,
					!(s->says & STEM));
	}
	for (size_t k = 0; k < sizeof digits / sizeof *digits; k++)
		add_mark(out, &n, "pt", digits[k], RBF_MARK_LENGTH, false);
	for (const rbf_sign *s = rbf_tag_signs; s->says; s++)
		add_mark(out, &n, "", s->word.p, RBF_MARK_TAG, false);
	add_mark(out, &n, "", "://", RBF_MARK_URL, false);
	add_mark(out, &n, "", "@", RBF_MARK_ADDRESS, false);
	add_mark(out, &n, "", "spf", RBF_MARK_VERDICT, false);
	add_mark(out, &n, "", "dkim", RBF_MARK_VERDICT, false);
	add_mark(out, &n, "", "dmarc", RBF_MARK_VERDICT, false);
	return n;
}

bool rbf_mark_counts(const rbf_mark *m, rebuff_span text, size_t end)
{
	if (m->kind == RBF_MARK_TAG)
		return end >= m->len && rbf_is_capital(rbf_at(text, end - m->len));
	return !m->whole || !rbf_is(rbf_at(text, end), RBF_LETTER);
}
