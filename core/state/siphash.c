/* siphash.c - SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash of short input. */
#include "state/sqlite.h"

static uint64_t rotl(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

static void rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] = rotl(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] = rotl(v[2], 32);
	}
}

static uint64_t word(const unsigned char *p, size_t n)
{
	uint64_t w = 0;
	for (size_t i = 0; i < n; i++)
		w |= (uint64_t)p[i] << (8 * i);
	return w;
}

int64_t rbf_store_who(const rbf_store *s, const char *address)
{
	size_t len = strlen(address), at = 0;
	const unsigned char *p = (const unsigned char *)address;
	uint64_t v[4] = {s->key[0] ^ 0x736f6d6570736575ULL, s->key[1] ^ 0x646f72616e646f6dULL,
		s->key[0] ^ 0x6c7967656e657261ULL, s->key[1] ^ 0x7465646279746573ULL};
	for (; at + 8 <= len; at += 8) {
		uint64_t m = word(p + at, 8);
		v[3] ^= m;
		rounds(v, 2);
		v[0] ^= m;
	}
	uint64_t last = word(p + at, len - at) | (uint64_t)len << 56;
	v[3] ^= last;
	rounds(v, 2);
	v[0] ^= last;
	v[2] ^= 0xff;
	rounds(v, 4);
	uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];
	int64_t who;
	memcpy(&who, &hash, sizeof who);
	return who;
}
