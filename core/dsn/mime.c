#include "dsn/mime.h"

#include <errno.h>
#include <gmime/gmime.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/span.h"

enum { CONVERTERS = 16, HELD_MAX = 8 };

struct rbf_mime {
	GMimeParserOptions *options;
	struct {
		char charset[32];
		iconv_t cd;
	} converter[CONVERTERS];
	size_t next_converter;
	struct {
		GMimeMessage *message;
		GByteArray *bytes; /* around the caller's memory, which is not freed with it */
	} held[HELD_MAX]; /* parsed messages whose parts may still be asked for */
	size_t held_n;
};

rbf_mime *rbf_mime_open(void)
{
	rbf_mime *m = calloc(1, sizeof *m);
	if (!m)
		return NULL;
	g_mime_init();
	m->options = g_mime_parser_options_new();
	for (size_t i = 0; i < CONVERTERS; i++)
		m->converter[i].cd = (iconv_t)-1;
	return m;
}

void rbf_mime_done(rbf_mime *m)
{
	while (m->held_n) {
		m->held_n--;
		if (m->held[m->held_n].message)
			g_object_unref(m->held[m->held_n].message);
		g_byte_array_free(m->held[m->held_n].bytes, FALSE);
	}
}

void rbf_mime_close(rbf_mime **mp)
{
	rbf_mime *m = *mp;
	if (!m)
		return;
	rbf_mime_done(m);
	for (size_t i = 0; i < CONVERTERS; i++)
		if (m->converter[i].cd != (iconv_t)-1)
			g_mime_iconv_close(m->converter[i].cd);
	g_mime_parser_options_free(m->options);
	free(m);
	*mp = NULL;
}

/* ---- character sets -------------------------------------------------------------------------- */

/* How many bytes at the start of s are ASCII; eight at a time, for most text is nothing else. */
static size_t ascii_len(rebuff_span s)
{
	size_t i = 0;
	for (uint64_t eight; i + sizeof eight <= s.len; i += sizeof eight) {
		memcpy(&eight, s.p + i, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (i < s.len && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

static bool is_ascii(rebuff_span s)
{
	return ascii_len(s) == s.len;
}

/* Length of the UTF-8 character at s.p[i], 0 when there is none (RFC 3629: no surrogates, no
 * overlong forms). */
static size_t utf8_len(rebuff_span s, size_t i)
{
	const unsigned char *p = (const unsigned char *)s.p + i;
	size_t left = s.len - i, n;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > left)
		return 0;
	for (size_t k = 1; k < n; k++)
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
		(p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

rebuff_span rbf_mime_utf8(rbf_arena *arena, rebuff_span text)
{
	size_t bad = 0, out = 0;
	for (size_t i = ascii_len(text), n; i < text.len; i += n ? n : 1) {
		n = utf8_len(text, i);
		bad += n == 0;
	}
	if (bad == 0)
		return text;
	char *p = rbf_arena_get(arena, text.len + bad);
	if (!p)
		return (rebuff_span){"", 0};
	for (size_t i = 0, n; i < text.len; i += n ? n : 1) {
		n = utf8_len(text, i);
		for (size_t k = 0; k < n; k++)
			p[out++] = text.p[i + k];
		if (n == 0) {
			unsigned char c = (unsigned char)text.p[i];
			p[out++] = (char)(0xc0 | (c >> 6));
			p[out++] = (char)(0x80 | (c & 0x3f));
		}
	}
	return (rebuff_span){p, out};
}

static iconv_t converter(rbf_mime *m, const char *charset)
{
	for (size_t i = 0; i < CONVERTERS; i++)
		if (strcmp(m->converter[i].charset, charset) == 0)
			return m->converter[i].cd;
	size_t i = m->next_converter++ % CONVERTERS;
	if (m->converter[i].cd != (iconv_t)-1)
		g_mime_iconv_close(m->converter[i].cd);
	rbf_span_copy(
		m->converter[i].charset, sizeof m->converter[i].charset, rbf_span_of(charset));
	m->converter[i].cd = g_mime_iconv_open("utf-8", charset);
	return m->converter[i].cd;
}

/* Convert what the converter takes; bytes that it does not take become '?' and are counted. */
static rebuff_span convert(
	rbf_mime *m, rbf_arena *arena, const char *charset, rebuff_span s, size_t *bad)
{
	iconv_t cd = converter(m, charset);
	size_t cap = s.len * 4 + 16, left = s.len, room = cap;
	char *out = cd == (iconv_t)-1 ? NULL : rbf_arena_get(arena, cap), *to = out;
	char *from = (char *)(uintptr_t)s.p; /* iconv does not write to it */
	*bad = out ? 0 : s.len;
	if (!out)
		return s;
	(void)iconv(cd, NULL, NULL, NULL, NULL);
	while (left && iconv(cd, &from, &left, &to, &room) == (size_t)-1) {
		if (errno == E2BIG || room == 0)
			break;
		*to++ = '?';
		room--;
		from++;
		left--;
		++*bad;
	}
	return (rebuff_span){out, cap - room};
}

/* Text with eight bits that says it has seven: the character sets that are meant, most likely
 * first. */
static const char *const *meant(const char *charset, rebuff_span s)
{
	static const char *const japanese[] = {"utf-8", "euc-jp", "cp932", NULL};
	static const char *const korean[] = {"utf-8", "cp949", NULL};
	static const char *const chinese[] = {"utf-8", "gb18030", "big5", NULL};
	if (is_ascii(s))
		return NULL;
	if (strncmp(charset, "iso-2022-jp", 11) == 0)
		return japanese;
	if (strncmp(charset, "iso-2022-kr", 11) == 0)
		return korean;
	return strncmp(charset, "iso-2022-cn", 11) == 0 || strncmp(charset, "hz-", 3) == 0 ? chinese
											   : NULL;
}

/* Convert from the named character set, or from the one that is meant instead. */
static rebuff_span convert_named(rbf_mime *m, rbf_arena *arena, const char *charset, rebuff_span s)
{
	const char *const *other = meant(charset, s);
	size_t bad;
	for (; other && *other; other++) {
		/* The start tells: a bomb shall not be converted three times. */
		(void)convert(m, arena, *other, rbf_span_sub(s, 0, 4096), &bad);
		if (bad <= 1) /* a character may be cut there */
			return convert(m, arena, *other, s, &bad);
	}
	return convert(m, arena, charset, s, &bad);
}

/* Is it a character set in which plain ASCII bytes do not mean ASCII? */
static bool is_modal(const char *charset)
{
	return strncmp(charset, "iso-2022", 8) == 0 || strncmp(charset, "utf-7", 5) == 0 ||
		strncmp(charset, "utf-16", 6) == 0 || strncmp(charset, "utf-32", 6) == 0 ||
		strncmp(charset, "ucs-", 4) == 0 || strncmp(charset, "hz-", 3) == 0;
}

static rebuff_span to_utf8(rbf_mime *m, rbf_arena *arena, const char *charset, rebuff_span s)
{
	bool named = charset[0] && strncmp(charset, "utf-8", 5) != 0 &&
		strncmp(charset, "us-ascii", 8) != 0;
	if (!named && rbf_span_ifind(rbf_span_sub(s, 0, 4096), RBF_LIT("\x1b$B")) != SIZE_MAX)
		return rbf_mime_utf8(arena, convert_named(m, arena, "iso-2022-jp", s));
	if (!named || (is_ascii(s) && !is_modal(charset)))
		return rbf_mime_utf8(arena, s);
	return rbf_mime_utf8(arena, convert_named(m, arena, charset, s));
}

rebuff_span rbf_mime_words(rbf_arena *arena, rebuff_span value)
{
	rebuff_span out = {"", 0};
	char line[2048];
	if (rbf_span_ifind(value, RBF_LIT("=?")) == SIZE_MAX)
		return rbf_mime_utf8(arena, value);
	rbf_span_copy(line, sizeof line, value);
	char *decoded = g_mime_utils_header_decode_text(NULL, line);
	if (decoded)
		out = rbf_arena_copy(arena, rbf_span_of(decoded));
	g_free(decoded);
	return rbf_mime_utf8(arena, out);
}

/* ---- taking a message apart ------------------------------------------------------------------ */

/* Lines may end in a bare CR: MIME needs line feeds. */
static rebuff_span with_line_feeds(rbf_arena *arena, rebuff_span s)
{
	size_t cr = rbf_span_chr(s, '\r');
	if (cr == SIZE_MAX || cr + 1 >= s.len || s.p[cr + 1] == '\n' ||
		rbf_span_chr(rbf_span_sub(s, 0, cr), '\n') != SIZE_MAX)
		return s;
	char *p = rbf_arena_get(arena, s.len);
	size_t n = 0;
	if (!p)
		return s;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\r' && i + 1 < s.len && s.p[i + 1] == '\n')
			continue;
		p[n++] = s.p[i] == '\r' ? '\n' : s.p[i];
	}
	return (rebuff_span){p, n};
}

/* What may stand before the header section: a byte order mark, blank lines, an mbox line. */
static rebuff_span without_preamble(rebuff_span s)
{
	if (rbf_span_starts(s, RBF_LIT("\xef\xbb\xbf")))
		s = rbf_span_sub(s, 3, SIZE_MAX);
	while (s.len && (s.p[0] == '\n' || s.p[0] == '\r'))
		s = rbf_span_sub(s, 1, SIZE_MAX);
	while (rbf_span_starts(s, RBF_LIT("From ")) || rbf_span_starts(s, RBF_LIT(">From "))) {
		size_t end = rbf_span_chr(s, '\n');
		s = rbf_span_sub(s, end == SIZE_MAX ? s.len : end + 1, SIZE_MAX);
	}
	return s;
}

/* From s.p[at] to the blank line. */
static rebuff_span header_section(rebuff_span s, size_t at)
{
	rebuff_span h = rbf_span_sub(s, at, RBF_MIME_HEADER_MAX);
	size_t i = 0;
	while (i < h.len && h.p[i] != '\n' && h.p[i] != '\r') {
		size_t n = rbf_span_chr(rbf_span_sub(h, i, SIZE_MAX), '\n');
		if (n == SIZE_MAX)
			return h;
		i += n + 1;
	}
	h.len = i;
	return h;
}

/* GMime keeps every header field several times over: what is far longer than any real header is cut
 * before it sees it, at the end of a line. */
static rebuff_span with_short_header(rbf_arena *arena, rebuff_span s, bool *cut)
{
	rebuff_span h = header_section(s, 0);
	if (h.len < RBF_MIME_HEADER_MAX)
		return s;
	size_t keep = h.len;
	size_t body = keep;
	while (keep && h.p[keep - 1] != '\n')
		keep--;
	while (body < s.len &&
		!(s.p[body] == '\n' && body + 1 < s.len &&
			(s.p[body + 1] == '\n' || s.p[body + 1] == '\r')))
		body++;
	*cut = true;
	char *p = rbf_arena_get(arena, keep + (s.len - body) + 1);
	if (!p)
		return rbf_span_sub(s, 0, keep);
	memcpy(p, s.p, keep);
	p[keep] = '\n';
	memcpy(p + keep + 1, s.p + body, s.len - body);
	return (rebuff_span){p, keep + 1 + s.len - body};
}

static void lower_copy(char *dst, size_t cap, const char *s)
{
	size_t n = 0;
	for (; s && s[n] && n + 1 < cap; n++)
		dst[n] = (char)rbf_lower((unsigned char)s[n]);
	dst[n] = '\0';
}

/* The raw bytes of a leaf part: GMime keeps them as bounds in the message's own memory. */
static rebuff_span raw_of(GMimePart *part, rebuff_span message)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *stream = content ? g_mime_data_wrapper_get_stream(content) : NULL;
	if (!stream || !GMIME_IS_STREAM_MEM(stream))
		return (rebuff_span){"", 0};
	gint64 end = stream->bound_end < 0 ? (gint64)message.len : stream->bound_end;
	if (stream->bound_start < 0 || end < stream->bound_start || end > (gint64)message.len)
		return (rebuff_span){"", 0};
	return rbf_span_sub(
		message, (size_t)stream->bound_start, (size_t)(end - stream->bound_start));
}

/* Which of the known types is it? -1: none that a report is read from. */
static int part_type(GMimeObject *object)
{
	static const struct {
		const char *type, *subtype;
		rbf_part_type is;
	} known[] = {
		{"text", "plain", RBF_PART_TEXT},
		{"text", "html", RBF_PART_HTML},
		{"message", "delivery-status", RBF_PART_STATUS},
		{"message", "global-delivery-status", RBF_PART_STATUS},
		{"message", "delivery-report", RBF_PART_STATUS},
		{"text", "delivery-status", RBF_PART_STATUS},
		{"message", "feedback-report", RBF_PART_FEEDBACK},
		{"message", "disposition-notification", RBF_PART_DISPOSITION},
		{"message", "global-disposition-notification", RBF_PART_DISPOSITION},
		{"text", "rfc822-headers", RBF_PART_HEADERS},
		{"text", "rfc822-header", RBF_PART_HEADERS},
		{"text", "rfc822", RBF_PART_HEADERS},
		{"message", "rfc822-headers", RBF_PART_HEADERS},
		{"message", "global-headers", RBF_PART_HEADERS},
		{"message", "partial", RBF_PART_HEADERS},
	};
	GMimeContentType *t = g_mime_object_get_content_type(object);
	const char *type = g_mime_content_type_get_media_type(t);
	const char *sub = g_mime_content_type_get_media_subtype(t);
	if (!type || !sub)
		return RBF_PART_TEXT;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (g_ascii_strcasecmp(type, known[i].type) == 0 &&
			g_ascii_strcasecmp(sub, known[i].subtype) == 0)
			return known[i].is;
	return g_ascii_strcasecmp(type, "text") == 0 ? RBF_PART_TEXT : -1;
}

typedef struct {
	rebuff_span message;
	rbf_part *part;
	rbf_mail *mail;
} walk_state;

static rbf_part *add_part(walk_state *w, rbf_part_type type)
{
	if (w->mail->part_n == RBF_MIME_PARTS_MAX) {
		w->mail->truncated = true;
		return NULL;
	}
	rbf_part *p = &w->part[w->mail->part_n++];
	*p = (rbf_part){.type = type, .encoding = GMIME_CONTENT_ENCODING_DEFAULT};
	return p;
}

static void add_leaf(walk_state *w, GMimeObject *object)
{
	int type = part_type(object);
	rbf_part *p = type < 0 ? NULL : add_part(w, (rbf_part_type)type);
	if (!p)
		return;
	GMimePart *leaf = GMIME_PART(object);
	p->raw = raw_of(leaf, w->message);
	p->encoding = (int)g_mime_part_get_content_encoding(leaf);
	lower_copy(p->charset, sizeof p->charset,
		g_mime_object_get_content_type_parameter(object, "charset"));
}

static void add_message(walk_state *w, GMimeMessagePart *object)
{
	GMimeMessage *inner = g_mime_message_part_get_message(object);
	rbf_part *p = inner ? add_part(w, RBF_PART_MESSAGE) : NULL;
	if (!p)
		return;
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(inner));
	GMimeHeader *first = g_mime_header_list_get_count(headers) > 0
		? g_mime_header_list_get_header_at(headers, 0)
		: NULL;
	gint64 at = first ? g_mime_header_get_offset(first) : -1;
	if (at >= 0 && (size_t)at < w->message.len)
		p->raw = header_section(w->message, (size_t)at);
	p->object = inner;
}

static void walk(walk_state *w, GMimeObject *object, int level)
{
	if (!object)
		return;
	if (level > RBF_MIME_LEVELS_MAX || w->mail->part_n == RBF_MIME_PARTS_MAX) {
		w->mail->truncated = true;
	} else if (GMIME_IS_MULTIPART(object)) {
		int n = g_mime_multipart_get_count(GMIME_MULTIPART(object));
		for (int i = 0; i < n && !w->mail->truncated; i++)
			walk(w, g_mime_multipart_get_part(GMIME_MULTIPART(object), i), level + 1);
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		add_message(w, GMIME_MESSAGE_PART(object));
	} else if (GMIME_IS_PART(object)) {
		add_leaf(w, object);
	}
}

/* A multipart whose boundary is missing or wrong has no parts: the body is then read as one text.
 */
static void add_body_as_text(walk_state *w, rebuff_span message)
{
	size_t from = w->mail->header.len;
	rbf_part *p = w->mail->part_n == 0 ? add_part(w, RBF_PART_TEXT) : NULL;
	if (p)
		p->raw = rbf_span_sub(message, from, RBF_MIME_TEXT_MAX);
}

static GMimeMessage *parse(rbf_mime *m, rebuff_span message)
{
	/* GMime only reads from the memory of this stream. */
	GByteArray *array = g_byte_array_new_take((guint8 *)(uintptr_t)message.p, message.len);
	GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(array);
	g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *parsed = g_mime_parser_construct_message(parser, m->options);
	g_object_unref(parser);
	g_object_unref(stream);
	m->held[m->held_n].bytes = array;
	m->held[m->held_n++].message = parsed;
	return parsed;
}

rebuff_status rbf_mime_parse(
	rbf_mime *m, rbf_arena *arena, rebuff_span message, rbf_mail *out, rebuff_error *err)
{
	*out = (rbf_mail){.header = {"", 0}};
	message = without_preamble(with_line_feeds(arena, message));
	message = with_short_header(arena, message, &out->truncated);
	rbf_part *part = rbf_arena_get(arena, RBF_MIME_PARTS_MAX * sizeof *part);
	if (!part || m->held_n == HELD_MAX)
		return rbf_fail(err, REBUFF_ENOMEM, "no memory to take a message apart");
	out->part = part;
	out->header = header_section(message, 0);
	if (message.len == 0)
		return REBUFF_OK;
	GMimeMessage *parsed = parse(m, message);
	walk_state w = {message, part, out};
	if (parsed) {
		GMimeObject *top = g_mime_message_get_mime_part(parsed);
		GMimeContentType *type = top ? g_mime_object_get_content_type(top) : NULL;
		out->is_report = type && g_mime_content_type_is_type(type, "multipart", "report");
		if (out->is_report)
			lower_copy(out->report_type, sizeof out->report_type,
				g_mime_content_type_get_parameter(type, "report-type"));
		walk(&w, top, 0);
	}
	add_body_as_text(&w, message);
	return REBUFF_OK;
}

rebuff_span rbf_mime_text(rbf_mime *m, rbf_arena *arena, const rbf_part *part, size_t max)
{
	rebuff_span s = part->raw;
	bool encoded = part->encoding == GMIME_CONTENT_ENCODING_BASE64 ||
		part->encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
		part->encoding == GMIME_CONTENT_ENCODING_UUENCODE;
	s = rbf_span_sub(s, 0, encoded && max < SIZE_MAX / 4 ? max * 3 : max);
	if (encoded) {
		GMimeEncoding state;
		g_mime_encoding_init_decode(&state, (GMimeContentEncoding)part->encoding);
		size_t cap = g_mime_encoding_outlen(&state, s.len);
		char *p = rbf_arena_get(arena, cap);
		if (!p)
			return (rebuff_span){"", 0};
		s = (rebuff_span){p, g_mime_encoding_flush(&state, s.p, s.len, p)};
	}
	return to_utf8(m, arena, part->charset, rbf_span_sub(s, 0, max));
}

rebuff_span rbf_mime_embedded(rbf_mime *m, rbf_arena *arena, const rbf_part *part)
{
	(void)m;
	if (!part->object)
		return (rebuff_span){"", 0};
	char *text = g_mime_object_to_string(GMIME_OBJECT(part->object), NULL);
	rebuff_span out = text ? rbf_arena_copy(arena, rbf_span_of(text)) : (rebuff_span){"", 0};
	g_free(text);
	return out;
}
