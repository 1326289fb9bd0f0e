/*
 * reply.c - from any joining of a reply to code, enhanced code and text. First find where the
 * server's words begin (an MTA may have put a sentence before them), then take the lines apart.
 */
#include "smtp/reply.h"

#include "base/buf.h"
#include "base/span.h"

static unsigned char at(rebuff_span s, size_t i)
{
	return i < s.len ? (unsigned char)s.p[i] : '\0';
}

static rebuff_span from(rebuff_span s, size_t i)
{
	return rbf_span_sub(s, i, SIZE_MAX);
}

static bool is_blank(unsigned char c)
{
	return c <= ' ' || c == 0x7f;
}

/* What may stand before a reply. */
static bool is_opening(unsigned char c)
{
	return c == '<' || c == '>' || c == '"' || c == '\'' || c == '#' || c == '(' || c == '[';
}

static size_t skip_blank(rebuff_span s, size_t i)
{
	while (i < s.len && is_blank(at(s, i)))
		i++;
	return i;
}

/* The reply code at the start of s, 0 when what stands there is none. */
static uint16_t code_at(rebuff_span s)
{
	if (s.len < 3 || at(s, 0) < '2' || at(s, 0) > '5' || !rbf_is_digit(at(s, 1)) ||
		!rbf_is_digit(at(s, 2)))
		return 0;
	unsigned char next = at(s, 3);
	if (rbf_is_digit(next) || rbf_is_alpha(next) || next == '@' || next == '%' || next == '_' ||
		(next == '.' && rbf_is_digit(at(s, 4))))
		return 0;
	return (uint16_t)((at(s, 0) - '0') * 100 + (at(s, 1) - '0') * 10 + (at(s, 2) - '0'));
}

/* An enhanced code, perhaps in brackets or after '#': "5.1.1", "(#5.1.1)", "[5.1.1]". */
static size_t enhanced_at(rebuff_span s, rbf_enhanced *out)
{
	size_t i = 0;
	while (i < 3 && (at(s, i) == '(' || at(s, i) == '[' || at(s, i) == '#'))
		i++;
	size_t n = rbf_enhanced_parse(from(s, i), out);
	if (n == 0)
		return 0;
	n += i;
	if (i && (at(s, n) == ')' || at(s, n) == ']'))
		n++;
	return n;
}

/* ---- where the reply begins ------------------------------------------------------------------ */

/* "450 messages", "500 seconds", "512 kb": a number, not a code. "550 Message refused" and "550
 * user unknown" are none: things that are counted are many, and do not begin a sentence. */
static bool is_count(rebuff_span after)
{
	static const char *const units[] = {"seconds", "minutes", "hours", "days", "bytes",
		"messages", "mails", "recipients", "connections", "characters", "lines", "kb", "mb",
		"kib", "mib", "users", "addresses"};
	after = from(after, skip_blank(after, 0));
	if (at(after, 0) < 'a' || at(after, 0) > 'z')
		return rbf_span_starts(after, RBF_LIT("KB")) ||
			rbf_span_starts(after, RBF_LIT("MB"));
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (rbf_span_starts(after, rbf_span_of(units[i])) &&
			!rbf_is_alpha(at(after, strlen(units[i]))))
			return true;
	return false;
}

/* Does a word that announces a reply end right before offset i (blanks and colons between)? */
static bool is_announced(rebuff_span s, size_t i)
{
	static const char *const words[] = {"said", "returned", "responded", "replied", "error",
		"reply", "response", "code", "status", "with"};
	while (i && (is_blank(at(s, i - 1)) || at(s, i - 1) == ':'))
		i--;
	for (size_t k = 0; k < sizeof words / sizeof *words; k++)
		if (rbf_span_iends(rbf_span_sub(s, 0, i), rbf_span_of(words[k])))
			return true;
	return false;
}

static bool same_enhanced(rbf_enhanced a, rbf_enhanced b)
{
	return a.class_ == b.class_ && a.subject == b.subject && a.detail == b.detail;
}

/* May the three digits at i, inside a sentence, be the reply's code? */
static bool is_reply_code(rebuff_span s, size_t i)
{
	rebuff_span here = from(s, i);
	rbf_enhanced e;
	unsigned char before = at(s, i - 1), sep = at(here, 3);
	if (!code_at(here) || rbf_is_digit(before) || rbf_is_alpha(before) || before == '.' ||
		before == '-' || before == '@')
		return false;
	if (sep && !is_blank(sep) && sep != '-')
		return false;
	if (enhanced_at(from(here, skip_blank(here, 4)), &e) && e.class_ == at(here, 0) - '0')
		return true;
	if (sep != '-' && is_count(from(here, 3)))
		return false;
	if (is_announced(s, i))
		return true;
	if (before == ':') /* "mx.example.org[192.0.2.1]:587 ..." is a port */
		return i >= 2 && !rbf_is_alpha(at(s, i - 2)) && at(s, i - 2) != ']' &&
			!rbf_is_digit(at(s, i - 2));
	size_t k = i;
	while (k && is_blank(at(s, k - 1)))
		k--;
	return k && strchr(":;'\"(<>", at(s, k - 1));
}

/* "smtp;", "x-unix;" of a Diagnostic-Code field, "smtp:" of others. Returns its length or 0. */
static size_t type_prefix(rebuff_span s)
{
	size_t i = 0;
	if (rbf_span_istarts(s, RBF_LIT("smtp:")))
		return 5;
	while (i < 16 && (rbf_is_alpha(at(s, i)) || at(s, i) == '-'))
		i++;
	return i && at(s, i) == ';' ? i + 1 : 0;
}

/* "5.1.0 - Unknown address error '550 ...' (delivery attempts: 0)": the words of a Cisco gateway's
 * own bounce around the reply it got. */
static bool unwrap_quoted(rebuff_span s, rebuff_span *inner)
{
	rbf_enhanced e;
	size_t n = enhanced_at(s, &e);
	if (n == 0 || !rbf_span_istarts(from(s, n), RBF_LIT(" - ")) ||
		rbf_span_ifind(s, RBF_LIT("(delivery attempts:")) == SIZE_MAX)
		return false;
	size_t open = rbf_span_chr(s, '\'');
	if (open == SIZE_MAX)
		return false;
	size_t close = s.len;
	while (close > open + 1 && s.p[close - 1] != '\'')
		close--;
	if (close <= open + 2)
		return false;
	*inner = rbf_span_trim(rbf_span_sub(s, open + 1, close - open - 2));
	return inner->len > 0;
}

/* Offset of the server's first word; 0 when the whole may be its words. */
static size_t find_start(rebuff_span s)
{
	rbf_enhanced e;
	size_t i = 0, n;
	for (int guard = 0; guard < 8; guard++) {
		while (i < s.len && (is_blank(at(s, i)) || is_opening(at(s, i))))
			i++;
		rebuff_span here = from(s, i);
		if (code_at(here))
			return i;
		n = enhanced_at(here, &e);
		if (n && type_prefix(from(here, skip_blank(here, n))))
			i += skip_blank(here, n); /* "#5.1.1 smtp;550 ..." */
		else if (n)
			return i;
		if (!(n = type_prefix(from(s, i))))
			break;
		i += n;
	}
	for (size_t k = i + 1; k + 2 < s.len; k++)
		if (rbf_is_digit(at(s, k)) && is_reply_code(s, k))
			return k;
	return i < s.len && type_prefix(s) ? i : 0;
}

/* ---- lines -------------------------------------------------------------------------------------
 */

typedef struct {
	rebuff_span rest;
	uint16_t code;
	rbf_enhanced enhanced;
	bool joined; /* the first line said "NNN-", and no break is there: more lines follow in it
		      */
	bool done;
} lines;

/* The bytes of a line break at i; 0: none. */
static size_t break_at(rebuff_span s, size_t i)
{
	unsigned char c = at(s, i), next = at(s, i + 1);
	if (c == '\r')
		return next == '\n' ? 2 : 1;
	if (c == '\n')
		return 1;
	return c == '\\' && next == 'n' ? 2 : 0;
}

/* Do one or two letters end right before i, the start of a tag like "IB506"? A line that is joined
 * to the next without a blank ends in a word. */
static bool is_tagged(rebuff_span s, size_t i)
{
	size_t k = i;
	while (k && rbf_is_alpha(at(s, k - 1)))
		k--;
	return i - k == 1 || i - k == 2;
}

/* Lines joined without a break: does the reply's own code start here, and not as a mere number? */
static bool is_joint(const lines *l, rebuff_span s, size_t i)
{
	rbf_enhanced e;
	if (i <= 4 || !l->code || !rbf_is_digit(at(s, i)) || rbf_is_digit(at(s, i - 1)) ||
		at(s, i - 1) == '_' || is_tagged(s, i)) /* the end of a tag like "LPN_519" */
		return false;
	rebuff_span here = from(s, i);
	if (code_at(here) != l->code)
		return false;
	unsigned char sep = at(here, 3);
	if (sep != '\0' && sep != '-' && !is_blank(sep))
		return false;
	if (l->joined && at(s, i - 1) != '.')
		return sep == '-' || !is_count(from(here, 3));
	return is_blank(at(s, i - 1)) && l->enhanced.class_ && enhanced_at(from(here, 4), &e) &&
		same_enhanced(e, l->enhanced);
}

static rebuff_span skip_spaces(rebuff_span s)
{
	size_t i = 0;
	while (i < s.len && is_blank(at(s, i)) && !break_at(s, i))
		i++;
	return from(s, i);
}

/* From the start of a line without the codes that open it. */
static rebuff_span strip_codes(lines *l, rebuff_span line)
{
	rbf_enhanced e;
	line = skip_spaces(line);
	for (int twice = 0; twice < 2 && l->code && code_at(line) == l->code; twice++) {
		line = from(line, 3);
		if (at(line, 0) == '-')
			line = from(line, 1);
		line = skip_spaces(line);
	}
	size_t n = enhanced_at(line, &e);
	if (n && (l->enhanced.class_ == 0 || same_enhanced(e, l->enhanced))) {
		l->enhanced = e;
		line = from(line, n);
		if (at(line, 0) == ':')
			line = from(line, 1);
	}
	return line;
}

enum { BLOCK = 16 };

/* Nothing to be done for the bytes of a block but to copy them? Where the code's first two digits
 * are, a joined line may begin. Without a way out before the end, so that compilers look at all
 * bytes at once; one byte behind the block is looked at, too. */
static bool is_ordinary(const char *p, const char code[2])
{
	uint8_t found[BLOCK];
	uint64_t half[2];
	for (size_t i = 0; i < BLOCK; i++) {
		unsigned char c = (unsigned char)p[i];
		found[i] = (c < ' ') | (c == 0x7f) | (c == '\\') |
			((p[i] == ' ') & (p[i + 1] == ' ')) |
			((p[i] == code[0]) & (p[i + 1] == code[1]));
	}
	memcpy(half, found, sizeof half);
	return (half[0] | half[1]) == 0;
}

/* Copy the bytes, n at most, for which there is nothing else to be done. Returns how many. */
static size_t copy_ordinary(char *to, const char *p, size_t n, char digit, bool after_blank)
{
	size_t i = 0;
	for (; i < n; i++) {
		char c = p[i];
		if ((unsigned char)c < ' ' || c == 0x7f || c == '\\' || c == digit ||
			(c == ' ' && after_blank))
			break;
		after_blank = c == ' ';
		to[i] = c;
	}
	return i;
}

/* Append the line with each run of white space and control bytes as one space, one at its end, and
 * leave what follows it in rest. False at the bound. */
static bool add_line(lines *l, rbf_reply *out, size_t *n)
{
	rebuff_span s = l->rest;
	size_t i = s.len - strip_codes(l, s).len, len = 0;
	char *to = out->storage + *n, *end = out->storage + sizeof out->storage - 1;
	const char code[2] = {(char)('0' + l->code / 100), (char)('0' + l->code / 10 % 10)};
	bool after_blank = *n == 0 || to[-1] == ' ';
	while (i < s.len && to < end) {
		size_t room = (size_t)(end - to) < s.len - i ? (size_t)(end - to) : s.len - i;
		size_t copied = BLOCK;
		if (room > BLOCK && !(after_blank && s.p[i] == ' ') && is_ordinary(s.p + i, code))
			memcpy(to, s.p + i, BLOCK);
		else
			copied = copy_ordinary(
				to, s.p + i, room < BLOCK ? room : BLOCK, code[0], after_blank);
		i += copied;
		to += copied;
		if (copied) {
			after_blank = to[-1] == ' ';
			continue;
		}
		if ((len = break_at(s, i)) || is_joint(l, s, i))
			break;
		bool blank = is_blank((unsigned char)s.p[i]);
		if (!blank || !after_blank)
			*to++ = blank ? ' ' : s.p[i];
		after_blank = blank;
		i++;
	}
	l->rest = from(s, i + len);
	l->done = l->rest.len == 0;
	if (!after_blank && to < end)
		*to++ = ' ';
	*n = (size_t)(to - out->storage);
	return to < end;
}

/* What stands between the codes and the words ("550 - no") says nothing. A colon may: ": User
 * unknown" is one carrier's word for a filter. */
static rebuff_span without_lead(rebuff_span text)
{
	while (text.len && (is_blank(at(text, 0)) || at(text, 0) == '-'))
		text = from(text, 1);
	return rbf_span_trim(text);
}

/* "(in reply to RCPT TO command)" at the end is Postfix's, not the server's. */
static rebuff_span without_tail(rebuff_span text)
{
	rebuff_span tail = RBF_LIT("(in reply to ");
	if (text.len == 0 || text.p[text.len - 1] != ')' ||
		!rbf_span_iends(text, RBF_LIT("command)")))
		return text;
	for (size_t i = text.len; i > 0; i--)
		if (at(text, i - 1) == '(')
			return rbf_span_istarts(from(text, i - 1), tail)
				? rbf_span_trim(rbf_span_sub(text, 0, i - 1))
				: text;
	return text;
}

/* qmail and others put the enhanced code behind: "no mailbox here by that name. (#5.1.1)". */
static void find_enhanced(rbf_reply *out)
{
	static const bool opens[256] = {['('] = true, ['#'] = true, ['['] = true};
	for (size_t i = 0; i < out->text.len; i++) {
		rbf_enhanced e;
		if (opens[(unsigned char)out->text.p[i]] && enhanced_at(from(out->text, i), &e) &&
			(out->code == 0 || e.class_ == out->code / 100)) {
			out->enhanced = e;
			return;
		}
	}
}

static bool has_break(rebuff_span s)
{
	s = rbf_span_trim(s);
	return rbf_span_chr(s, '\n') != SIZE_MAX || rbf_span_chr(s, '\r') != SIZE_MAX ||
		rbf_span_ifind(s, RBF_LIT("\\n")) != SIZE_MAX;
}

static void read_lines(rebuff_span s, rbf_reply *out)
{
	lines l = {.rest = s, .code = code_at(s)};
	size_t n = 0;
	l.joined = l.code && at(s, 3) == '-' && !has_break(s);
	out->code = l.code;
	out->lines = 0;
	do {
		if (out->lines == REBUFF_REPLY_LINES_MAX) {
			out->truncated = true;
			break;
		}
		out->lines++;
		if (!add_line(&l, out, &n)) {
			out->truncated = true;
			break;
		}
	} while (!l.done);
	out->enhanced = l.enhanced;
	out->text = without_tail(without_lead((rebuff_span){out->storage, n}));
	if (out->enhanced.class_ == 0)
		find_enhanced(out);
}

void rbf_reply_parse(rebuff_span in, rbf_reply *out)
{
	rebuff_span inner;
	rbf_enhanced outer = {0};
	out->truncated = in.len > REBUFF_REPLY_MAX;
	in = rbf_span_sub(in, 0, REBUFF_REPLY_MAX);
	if (unwrap_quoted(rbf_span_trim(in), &inner)) {
		(void)enhanced_at(rbf_span_trim(in), &outer);
		in = inner;
	}
	size_t start = find_start(in);
	read_lines(from(in, start), out);
	if (out->text.len == 0 &&
		start > 0) { /* only a code at the end: the sentence is all there is */
		uint16_t code = out->code;
		rbf_enhanced enhanced = out->enhanced;
		read_lines(rbf_span_sub(in, 0, start), out);
		out->code = code;
		out->enhanced = enhanced.class_ ? enhanced : out->enhanced;
	}
	if (out->enhanced.class_ == 0)
		out->enhanced = outer;
}

rebuff_stage rbf_reply_stage(rebuff_span in)
{
	static const struct {
		const char *words;
		rebuff_stage stage;
	} known[] =
		{
			{"after initial connection", REBUFF_STAGE_BANNER},
			{"refused to talk to me", REBUFF_STAGE_BANNER},
			{"after ehlo", REBUFF_STAGE_EHLO},
			{"after helo", REBUFF_STAGE_EHLO},
			{"after starttls", REBUFF_STAGE_TLS},
			{"after auth", REBUFF_STAGE_AUTH},
			{"after mail from", REBUFF_STAGE_MAIL},
			{"after pipelined mail from", REBUFF_STAGE_MAIL},
			{"after rcpt to", REBUFF_STAGE_RCPT},
			{"after pipelined rcpt to", REBUFF_STAGE_RCPT},
			{"after end of data", REBUFF_STAGE_DOT},
			{"after pipelined end of data", REBUFF_STAGE_DOT},
			{"after data", REBUFF_STAGE_DATA},
			{"after pipelined data", REBUFF_STAGE_DATA},
			{"after sending data block", REBUFF_STAGE_DOT},
		},
	  replied[] = {
		  {"(in reply to mail from command)", REBUFF_STAGE_MAIL},
		  {"(in reply to rcpt to command)", REBUFF_STAGE_RCPT},
		  {"(in reply to data command)", REBUFF_STAGE_DATA},
		  {"(in reply to end of data command)", REBUFF_STAGE_DOT},
		  {"(in reply to ehlo command)", REBUFF_STAGE_EHLO},
		  {"(in reply to helo command)", REBUFF_STAGE_EHLO},
		  {"(in reply to starttls command)", REBUFF_STAGE_TLS},
		  {"(in reply to auth command)", REBUFF_STAGE_AUTH},
	  };
	in = rbf_span_trim(rbf_span_sub(in, 0, REBUFF_REPLY_MAX));
	/* Only what stands before the server's words is our MTA's. */
	rebuff_span before = rbf_span_sub(in, 0, find_start(in));
	size_t after = rbf_span_ifind(before, RBF_LIT("after "));
	size_t refused = rbf_span_ifind(before, RBF_LIT("refused to "));
	before = from(before, after < refused ? after : refused);
	for (size_t i = 0; before.len && i < sizeof known / sizeof *known; i++)
		if (rbf_span_ifind(before, rbf_span_of(known[i].words)) != SIZE_MAX)
			return known[i].stage;
	bool closed = rbf_span_iends(in, RBF_LIT(" command)"));
	for (size_t i = 0; closed && i < sizeof replied / sizeof *replied; i++)
		if (rbf_span_iends(in, rbf_span_of(replied[i].words)))
			return replied[i].stage;
	return REBUFF_STAGE_UNKNOWN;
}
