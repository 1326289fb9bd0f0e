#include "engine/token.h"

#include <nettle/hmac.h>
#include <nettle/memops.h>

#include "base/buf.h"
#include "base/span.h"
#include "smtp/address.h"

enum { LOCAL_MAX = 64, BYTES = 4 + RBF_TOKEN_MAC };
#define PREFIX "rbf="
#define BATV "prvs="
enum { AFTER_TOKEN = sizeof PREFIX - 1 + RBF_TOKEN_CHARS + 1, BATV_TAG = 10 };
static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

/* ---- base32 -------------------------------------------------------------------------------- */

static void encode(const unsigned char bytes[BYTES], char out[RBF_TOKEN_CHARS])
{
	unsigned bits = 0, n = 0;
	size_t at = 0;
	for (size_t i = 0; i < BYTES; i++) {
		bits = (bits & 0xff) << 8 | bytes[i];
		for (n += 8; n >= 5; n -= 5)
			out[at++] = alphabet[bits >> (n - 5) & 31];
	}
	out[at] = alphabet[bits << (5 - n) & 31];
}

static bool decode(const char *text, unsigned char bytes[BYTES])
{
	unsigned bits = 0, n = 0;
	size_t at = 0;
	for (size_t i = 0; i < RBF_TOKEN_CHARS; i++) {
		const char *c = strchr(alphabet, rbf_lower((unsigned char)text[i]));
		if (!c || !*c)
			return false;
		bits = (bits & 0xff) << 5 | (unsigned)(c - alphabet);
		n += 5;
		if (n >= 8 && at < BYTES) {
			n -= 8;
			bytes[at++] = (unsigned char)(bits >> n);
		}
	}
	return (bits & ((1u << n) - 1)) == 0; /* one way only to write a token */
}

/* ---- the token ----------------------------------------------------------------------------- */

/* Every field with its final NUL, which none of them can contain. */
static void sign(const unsigned char key[RBF_TOKEN_KEY], int64_t epoch_s, const char *id,
	const char *sender, const char *recipient, unsigned char mac[RBF_TOKEN_MAC])
{
	const char *const fields[] = {"rebuff return path", id, sender, recipient};
	unsigned char when[8];
	struct hmac_sha256_ctx h;
	for (int i = 0; i < 8; i++)
		when[i] = (unsigned char)((uint64_t)epoch_s >> (56 - 8 * i));
	hmac_sha256_set_key(&h, RBF_TOKEN_KEY, key);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		hmac_sha256_update(&h, strlen(fields[i]) + 1, (const uint8_t *)fields[i]);
	hmac_sha256_update(&h, sizeof when, when);
	hmac_sha256_digest(&h, RBF_TOKEN_MAC, mac);
}

/* A local part that stands in an address as it is (RFC 5321 4.1.2 Dot-string). */
static bool is_plain(rebuff_span local)
{
	for (size_t i = 0; i < local.len; i++) {
		unsigned char c = (unsigned char)local.p[i];
		if (!rbf_is_alpha(c) && !rbf_is_digit(c) && !strchr("!#$%&'*+/=?^_`{|}~.-", c))
			return false;
		if (c == '\0')
			return false;
	}
	return local.len > 0;
}

bool rbf_token_make(const unsigned char key[RBF_TOKEN_KEY], int64_t epoch_s, const char *id,
	rebuff_span sender, rebuff_span recipient, char out[REBUFF_ADDRESS_MAX + 1])
{
	char from[REBUFF_ADDRESS_MAX + 1], to[REBUFF_ADDRESS_MAX + 1], text[RBF_TOKEN_CHARS];
	unsigned char bytes[BYTES];
	rebuff_span domain = rbf_address_domain(sender);
	size_t local_len = sender.len - domain.len;
	out[0] = '\0';
	if (!domain.len || local_len < 2 || AFTER_TOKEN + local_len - 1 > LOCAL_MAX || !id[0] ||
		!is_plain(rbf_span_sub(sender, 0, local_len - 1)) || epoch_s <= 0 ||
		epoch_s > UINT32_MAX || rbf_address_key(sender, from, NULL) != REBUFF_OK ||
		rbf_address_key(recipient, to, NULL) != REBUFF_OK)
		return false;
	for (int i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(epoch_s >> (24 - 8 * i));
	sign(key, epoch_s, id, from, to, bytes + 4);
	encode(bytes, text);
	rbf_buf b = rbf_buf_of(out, REBUFF_ADDRESS_MAX + 1);
	rbf_buf_printf(&b, PREFIX "%.*s=%.*s", RBF_TOKEN_CHARS, text, (int)sender.len, sender.p);
	if (b.overflow)
		out[0] = '\0';
	return !b.overflow;
}

bool rbf_token_read(rebuff_span address, rbf_token *out)
{
	unsigned char bytes[BYTES];
	address = rbf_span_trim(address);
	if (address.len && address.p[0] == '<')
		address = rbf_span_sub(address, 1, address.len - 1);
	if (address.len && address.p[address.len - 1] == '>')
		address.len--;
	if (address.len <= AFTER_TOKEN || !rbf_span_istarts(address, RBF_LIT(PREFIX)) ||
		address.p[AFTER_TOKEN - 1] != '=' || !decode(address.p + sizeof PREFIX - 1, bytes))
		return false;
	out->epoch_s = (int64_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
	memcpy(out->mac, bytes + 4, RBF_TOKEN_MAC);
	return rbf_address_key(rbf_span_sub(address, AFTER_TOKEN, SIZE_MAX), out->sender, NULL) ==
		REBUFF_OK;
}

bool rbf_token_is_of(const rbf_token *token, const unsigned char key[RBF_TOKEN_KEY], const char *id,
	const char *recipient)
{
	unsigned char mac[RBF_TOKEN_MAC];
	sign(key, token->epoch_s, id, token->sender, recipient, mac);
	return memeql_sec(mac, token->mac, sizeof mac) != 0;
}

/* ---- the sender ---------------------------------------------------------------------------- */

/* Key number, three digits of a day, six hexadecimal digits (Levine, BATV draft, section 4.1). */
static bool is_batv_tag(rebuff_span s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = rbf_lower((unsigned char)s.p[i]);
		if (!rbf_is_digit(c) && (i < 4 || c < 'a' || c > 'f'))
			return false;
	}
	return s.len == BATV_TAG;
}

/* What stands between prvs= and @, without the tag, which is before or behind the local part. */
static rebuff_span without_tag(rebuff_span local)
{
	size_t n = local.len;
	if (n > BATV_TAG + 1 && (local.p[BATV_TAG] == '=' || local.p[BATV_TAG] == '/') &&
		is_batv_tag(rbf_span_sub(local, 0, BATV_TAG)))
		return rbf_span_sub(local, BATV_TAG + 1, SIZE_MAX);
	if (n > BATV_TAG + 1 && local.p[n - BATV_TAG - 1] == '/' &&
		is_batv_tag(rbf_span_sub(local, n - BATV_TAG, BATV_TAG)))
		return rbf_span_sub(local, 0, n - BATV_TAG - 1);
	return (rebuff_span){"", 0};
}

void rbf_token_sender(rebuff_span address, char out[REBUFF_ADDRESS_MAX + 1])
{
	rbf_token token;
	char key[REBUFF_ADDRESS_MAX + 1];
	out[0] = '\0';
	if (rbf_token_read(address, &token)) {
		memcpy(out, token.sender, sizeof token.sender);
		return;
	}
	if (rbf_address_key(address, key, NULL) != REBUFF_OK)
		return;
	rebuff_span whole = rbf_span_of(key), domain = rbf_address_domain(whole);
	rebuff_span local = rbf_span_sub(whole, 0, whole.len - domain.len - 1);
	rebuff_span inner = rbf_span_istarts(local, RBF_LIT(BATV))
		? without_tag(rbf_span_sub(local, sizeof BATV - 1, SIZE_MAX))
		: (rebuff_span){"", 0};
	rbf_buf b = rbf_buf_of(out, REBUFF_ADDRESS_MAX + 1);
	if (inner.len)
		rbf_buf_printf(&b, "%.*s@%.*s", (int)inner.len, inner.p, (int)domain.len, domain.p);
	else
		rbf_buf_str(&b, key);
}
