/* Signed return paths: made, read, held against the wrong message. */
#include "unit.h"

#include <stdio.h>

#include "base/span.h"
#include "engine/token.h"

static const unsigned char key[RBF_TOKEN_KEY] = "0123456789abcdef0123456789abcde";
static const unsigned char other_key[RBF_TOKEN_KEY] = "x123456789abcdef0123456789abcde";
#define ID "1tABCD-0000Ab-1x"
enum { EPOCH = 1800000000 };

static void makes(void **state)
{
	static const struct {
		const char *name, *id, *sender, *recipient;
		int64_t epoch_s;
		bool want;
	} rows[] = {
		{"plain", ID, "shop@sender.example", "lucy@remote.example", EPOCH, true},
		{"empty sender", ID, "", "lucy@remote.example", EPOCH, false},
		{"no address", ID, "shop", "lucy@remote.example", EPOCH, false},
		{"no recipient", ID, "shop@sender.example", "lucy", EPOCH, false},
		{"no id", "", "shop@sender.example", "lucy@remote.example", EPOCH, false},
		{"36 bytes fit", ID, "123456789012345678901234567890123456@sender.example",
			"a@remote.example", EPOCH, true},
		{"37 do not", ID, "1234567890123456789012345678901234567@sender.example",
			"a@remote.example", EPOCH, false},
		{"quoted local part", ID, "\"a b\"@sender.example", "a@remote.example", EPOCH,
			false},
		{"no time", ID, "shop@sender.example", "a@remote.example", 0, false},
		{"after 2106", ID, "shop@sender.example", "a@remote.example", 1LL << 32, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char out[REBUFF_ADDRESS_MAX + 1];
		bool got = rbf_token_make(key, rows[i].epoch_s, rows[i].id,
			rbf_span_of(rows[i].sender), rbf_span_of(rows[i].recipient), out);
		if (got != rows[i].want || (out[0] != '\0') != got)
			fail_msg(
				"%s: got %d \"%s\", want %d", rows[i].name, got, out, rows[i].want);
		size_t local = strcspn(out, "@");
		if (local > 64)
			fail_msg("%s: a local part of %zu bytes", rows[i].name, local);
	}
}

static void proves_only_itself(void **state)
{
	static const struct {
		const char *name;
		const unsigned char *key;
		const char *id, *recipient;
		bool want;
	} rows[] = {
		{"its own", key, ID, "lucy@remote.example", true},
		{"another key", other_key, ID, "lucy@remote.example", false},
		{"another message", key, "1tABCD-0000Ab-1y", "lucy@remote.example", false},
		{"another recipient", key, ID, "bob@remote.example", false},
		{"fields moved", key, "1tABCD-0000Ab-1xlucy", "@remote.example", false},
	};
	char path[REBUFF_ADDRESS_MAX + 1], again[REBUFF_ADDRESS_MAX + 1];
	rbf_token token;
	(void)state;
	assert_true(rbf_token_make(key, EPOCH, ID, RBF_LIT("Shop@Sender.Example"),
		RBF_LIT("Lucy@Remote.Example"), path));
	assert_true(rbf_token_make(key, EPOCH, ID, RBF_LIT("Shop@Sender.Example"),
		RBF_LIT("lucy@remote.example"), again));
	assert_string_equal(path, again);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(rbf_token_read(rbf_span_of(path), &token));
		bool got = rbf_token_is_of(&token, rows[i].key, rows[i].id, rows[i].recipient);
		if (got != rows[i].want)
			fail_msg("%s: got %d, want %d", rows[i].name, got, rows[i].want);
	}
	assert_string_equal(token.sender, "shop@sender.example");
	assert_int_equal(token.epoch_s, EPOCH);
	/* Servers on the way may change the case. */
	for (char *p = path; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
	assert_true(rbf_token_read(rbf_span_of(path), &token));
	assert_true(rbf_token_is_of(&token, key, ID, "lucy@remote.example"));
}

/* Each byte of a return path counts. */
static void changed_bytes(void **state)
{
	char path[REBUFF_ADDRESS_MAX + 1];
	(void)state;
	assert_true(rbf_token_make(key, EPOCH, ID, RBF_LIT("shop@sender.example"),
		RBF_LIT("lucy@remote.example"), path));
	for (size_t i = 0; path[i]; i++) {
		char changed[REBUFF_ADDRESS_MAX + 1];
		rbf_token token;
		memcpy(changed, path, sizeof path);
		changed[i] = path[i] == 'b' ? 'c' : 'b';
		bool proves = rbf_token_read(rbf_span_of(changed), &token) &&
			rbf_token_is_of(&token, key, ID, "lucy@remote.example");
		if (proves)
			fail_msg("byte %zu changed, and it still proves: %s", i, changed);
	}
}

static void senders(void **state)
{
	static const struct {
		const char *name, *in, *want;
	} rows[] = {
		{"plain", "Shop@Sender.Example", "shop@sender.example"},
		{"in brackets", "<shop@sender.example>", "shop@sender.example"},
		{"ours", "rbf=aaaaaaaaaaaaaaaaaaaaaaa=shop@sender.example", "shop@sender.example"},
		{"BATV", "prvs=0123abcdef=shop@sender.example", "shop@sender.example"},
		{"Exim", "prvs=0123abcdef/shop@sender.example", "shop@sender.example"},
		{"old Exim", "prvs=shop/0123abcdef@sender.example", "shop@sender.example"},
		{"no tag", "prvs=shop@sender.example", "prvs=shop@sender.example"},
		{"a name that looks so", "prvs=0123zzzzzz=shop@sender.example",
			"prvs=0123zzzzzz=shop@sender.example"},
		{"short token", "rbf=aaaa=shop@sender.example", "rbf=aaaa=shop@sender.example"},
		{"nothing behind", "rbf=aaaaaaaaaaaaaaaaaaaaaaa=", ""},
		{"no address", "postmaster", ""},
		{"empty", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[REBUFF_ADDRESS_MAX + 1];
		rbf_token_sender(rbf_span_of(rows[i].in), got);
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].name, got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes),
		cmocka_unit_test(proves_only_itself),
		cmocka_unit_test(changed_bytes),
		cmocka_unit_test(senders),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
