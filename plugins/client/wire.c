#include "client/wire.h"

#include <string.h>

/* ---- writing ------------------------------------------------------------------------------ */

rbf_wire_writer rbf_wire_writer_of(char *storage, size_t cap)
{
	return (rbf_wire_writer){.p = storage, .cap = cap, .sep = '\n'};
}

static void put_bytes(rbf_wire_writer *w, const char *bytes, size_t len)
{
	if (w->overflow || len > w->cap - w->len) {
		w->overflow = true;
		return;
	}
	if (len)
		memcpy(w->p + w->len, bytes, len);
	w->len += len;
}

/* One byte in the wire's form. Returns how many bytes it takes. */
static size_t escape(unsigned char c, char out[4])
{
	static const char hex[] = "0123456789abcdef";
	if (c >= 0x20 && c != '\\' && c != 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	switch (c) {
	case '\\':
		out[1] = '\\';
		return 2;
	case '\n':
		out[1] = 'n';
		return 2;
	case '\r':
		out[1] = 'r';
		return 2;
	case '\0':
		out[1] = '0';
		return 2;
	default:
		out[1] = 'x';
		out[2] = hex[c >> 4];
		out[3] = hex[c & 15];
		return 4;
	}
}

bool rbf_wire_put_cut(
	rbf_wire_writer *w, const char *name, const char *value, size_t len, size_t room)
{
	put_bytes(w, name, strlen(name));
	put_bytes(w, "=", 1);
	size_t limit = w->cap > room + 1 ? w->cap - room - 1 : 0;
	size_t i = 0;
	for (; i < len && i < RBF_WIRE_VALUE_MAX && !w->overflow; i++) {
		char out[4];
		size_t n = escape((unsigned char)value[i], out);
		if (w->len + n > limit)
			break;
		put_bytes(w, out, n);
	}
	put_bytes(w, &w->sep, 1);
	return i == len;
}

void rbf_wire_put(rbf_wire_writer *w, const char *name, const char *value, size_t len)
{
	if (!rbf_wire_put_cut(w, name, value, len, 0))
		w->overflow = true;
}

void rbf_wire_put_str(rbf_wire_writer *w, const char *name, const char *value)
{
	rbf_wire_put(w, name, value, value ? strlen(value) : 0);
}

/* Own digits: snprintf may take locks that a host process holds when it forks. */
void rbf_wire_put_int(rbf_wire_writer *w, const char *name, int64_t value)
{
	char digits[24];
	size_t at = sizeof digits;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		digits[--at] = '-';
	rbf_wire_put(w, name, digits + at, sizeof digits - at);
}

void rbf_wire_end(rbf_wire_writer *w)
{
	put_bytes(w, &w->sep, 1);
}

/* ---- reading ------------------------------------------------------------------------------ */

size_t rbf_wire_find_end(const char *bytes, size_t len, size_t *scanned)
{
	size_t i = *scanned;
	for (; i < len; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] == '\n'))
			return i + 1;
	}
	*scanned = i;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Undo one escape that starts at p (the backslash), with `left` bytes from there on. Returns how
 * many bytes it took, 0 when it is none. */
static size_t unescape(const char *p, size_t left, char *out)
{
	if (left < 2)
		return 0;
	switch (p[1]) {
	case '\\':
		*out = '\\';
		return 2;
	case 'n':
		*out = '\n';
		return 2;
	case 'r':
		*out = '\r';
		return 2;
	case '0':
		*out = '\0';
		return 2;
	case 'x':
		if (left < 4 || hex_digit(p[2]) < 0 || hex_digit(p[3]) < 0)
			return 0;
		*out = (char)(hex_digit(p[2]) * 16 + hex_digit(p[3]));
		return 4;
	default:
		return 0;
	}
}

static bool is_name(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
			return false;
	}
	return len > 0 && len <= RBF_WIRE_NAME_MAX;
}

const char *rbf_wire_decode_line(char *bytes, size_t len, rbf_wire_field *out)
{
	char *equals = memchr(bytes, '=', len);
	if (!equals || !is_name(bytes, (size_t)(equals - bytes)))
		return "a line is not name=value";
	*equals = '\0';
	char *value = equals + 1, *to = value;
	const char *end = bytes + len;
	for (const char *from = value; from < end;) {
		unsigned char c = (unsigned char)*from;
		if (c < 0x20 || c == 0x7f)
			return "a control byte in a value is not escaped";
		size_t n = 1;
		if (c == '\\')
			n = unescape(from, (size_t)(end - from), to);
		else
			*to = (char)c;
		if (n == 0)
			return "a value has a broken escape";
		from += n;
		to++;
	}
	if (to - value > RBF_WIRE_VALUE_MAX)
		return "a value is over 32 KiB";
	*to = '\0';
	*out = (rbf_wire_field){.name = bytes, .value = value, .len = (size_t)(to - value)};
	return NULL;
}

const char *rbf_wire_decode(char *bytes, size_t len, char sep, rbf_wire_record *out)
{
	out->n = 0;
	for (size_t at = 0; at < len;) {
		const char *stop = memchr(bytes + at, sep, len - at);
		size_t n = stop ? (size_t)(stop - bytes) - at : len - at;
		if (n == 0)
			return NULL; /* the empty line */
		if (out->n == RBF_WIRE_FIELDS_MAX)
			return "more than 64 fields";
		const char *wrong = rbf_wire_decode_line(bytes + at, n, &out->field[out->n]);
		if (wrong)
			return wrong;
		out->n++;
		at += n + 1;
	}
	return NULL;
}

const rbf_wire_field *rbf_wire_get(const rbf_wire_record *r, const char *name)
{
	for (size_t i = r->n; i-- > 0;) {
		if (strcmp(r->field[i].name, name) == 0)
			return &r->field[i];
	}
	return NULL;
}

const char *rbf_wire_get_str(const rbf_wire_record *r, const char *name, const char *otherwise)
{
	const rbf_wire_field *f = rbf_wire_get(r, name);
	return f && !memchr(f->value, '\0', f->len) ? f->value : otherwise;
}

int64_t rbf_wire_get_int(const rbf_wire_record *r, const char *name, int64_t otherwise)
{
	const rbf_wire_field *f = rbf_wire_get(r, name);
	if (!f || f->len == 0)
		return otherwise;
	bool negative = f->value[0] == '-';
	size_t i = negative ? 1 : 0;
	int64_t n = 0;
	if (i == f->len)
		return otherwise;
	for (; i < f->len; i++) {
		int digit = f->value[i] - '0';
		if (digit < 0 || digit > 9 || n > (INT64_MAX - digit) / 10)
			return otherwise;
		n = n * 10 + digit;
	}
	return negative ? -n : n;
}
