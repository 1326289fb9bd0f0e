#include "dsn/html.h"

#include "base/span.h"

/* The replacement of an entity at the start of s ("&lt;"); its length in *len, 0 when it is none.
 */
static unsigned long entity(rebuff_span s, size_t *len)
{
	static const struct {
		const char *name;
		unsigned long c;
	} known[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'},
		{"&apos;", '\''}, {"&nbsp;", ' '}, {"&commat;", '@'}, {"&period;", '.'}};
	unsigned long c = 0;
	size_t i = 2;
	*len = 0;
	for (size_t k = 0; k < sizeof known / sizeof *known; k++)
		if (rbf_span_istarts(s, rbf_span_of(known[k].name))) {
			*len = strlen(known[k].name);
			return known[k].c;
		}
	if (s.len < 4 || s.p[1] != '#')
		return 0;
	bool hex = rbf_lower((unsigned char)s.p[2]) == 'x';
	for (i += hex; i < s.len && i < 10 && s.p[i] != ';'; i++) {
		unsigned char d = rbf_lower((unsigned char)s.p[i]);
		if (rbf_is_digit(d))
			c = c * (hex ? 16U : 10U) + (unsigned long)(d - '0');
		else if (hex && d >= 'a' && d <= 'f')
			c = c * 16 + (unsigned long)(d - 'a' + 10);
		else
			return 0;
	}
	if (i >= s.len || s.p[i] != ';' || c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*len = i + 1;
	return c;
}

static size_t put_utf8(char *p, unsigned long c)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xc0 | (c >> 6));
		p[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xe0 | (c >> 12));
		p[1] = (char)(0x80 | ((c >> 6) & 0x3f));
		p[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	p[0] = (char)(0xf0 | (c >> 18));
	p[1] = (char)(0x80 | ((c >> 12) & 0x3f));
	p[2] = (char)(0x80 | ((c >> 6) & 0x3f));
	p[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static rebuff_span tag_name(rebuff_span tag)
{
	size_t i = 1;
	while (i < tag.len &&
		(rbf_is_alpha((unsigned char)tag.p[i]) || rbf_is_digit((unsigned char)tag.p[i]) ||
			(i == 1 && tag.p[i] == '/')))
		i++;
	return rbf_span_sub(tag, 1, i - 1);
}

static bool is_one_of(rebuff_span name, const char *const *names)
{
	for (; *names; names++)
		if (rbf_span_ieq(name, rbf_span_of(*names)))
			return true;
	return false;
}

/* Length of the tag at the start of s; what has no '>' ends with the line. */
static size_t tag_len(rebuff_span s)
{
	size_t n = rbf_span_chr(s, '>');
	size_t next = rbf_span_chr(rbf_span_sub(s, 1, n), '<');
	if (n == SIZE_MAX || next < n - 1) {
		n = 0;
		while (n < s.len && s.p[n] != '\n' && (n == 0 || s.p[n] != '<'))
			n++;
		return n ? n : 1;
	}
	return n + 1;
}

/* Offset behind an element whose content is not text ("<style> ... </style>"), from its tag on. */
static size_t skip_element(rebuff_span s, rebuff_span name)
{
	char close[16] = "</";
	rbf_span_copy(close + 2, sizeof close - 2, name);
	size_t n = rbf_span_ifind(s, rbf_span_of(close));
	return n == SIZE_MAX ? s.len : n;
}

rebuff_span rbf_html_text(rbf_arena *arena, rebuff_span html)
{
	static const char *const blocks[] = {"br", "p", "/p", "div", "/div", "tr", "/tr", "li",
		"ul", "td", "/td", "table", "/table", "h1", "h2", "h3", "/h1", "/h2", "/h3", "pre",
		"/pre", "hr", "blockquote", "/blockquote", "br/", NULL};
	static const char *const silent[] = {"script", "style", "head", "title", NULL};
	char *out = rbf_arena_get(arena, html.len + 4);
	size_t n = 0;
	bool skipped = false; /* an element without end swallows the rest, but only once */
	if (!out)
		return (rebuff_span){"", 0};
	for (size_t i = 0; i < html.len;) {
		rebuff_span here = rbf_span_sub(html, i, SIZE_MAX);
		size_t len;
		if (here.p[0] == '<' && here.len > 1 &&
			(rbf_is_alpha((unsigned char)here.p[1]) || here.p[1] == '/' ||
				here.p[1] == '!' || here.p[1] == '?')) {
			rebuff_span name = tag_name(here);
			if (is_one_of(name, blocks))
				out[n++] = '\n';
			len = tag_len(here);
			if (!skipped && is_one_of(name, silent)) {
				len = skip_element(here, name);
				skipped = i + len == html.len;
			}
		} else if (here.p[0] == '&') {
			unsigned long c = entity(here, &len);
			if (len)
				n += put_utf8(out + n, c);
			else
				out[n++] = here.p[(len = 1) - 1];
		} else {
			out[n++] = here.p[0];
			len = 1;
		}
		i += len;
	}
	return (rebuff_span){out, n};
}
