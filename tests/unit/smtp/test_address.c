#include "unit.h"
#include "smtp/address.h"
#include "base/span.h"

static void test_key(void **state)
{
	static const struct {
		const char *in;
		rebuff_status status;
		const char *want;
	} rows[] = {
		{"lucy@example.org", REBUFF_OK, "lucy@example.org"},
		{"<Lucy@Example.ORG.>", REBUFF_OK, "lucy@example.org"},
		{" <lucy@example.org> ", REBUFF_OK, "lucy@example.org"},
		{"<@relay.example,@b.example:lucy@example.org>", REBUFF_OK, "lucy@example.org"},
		{"\"lucy\"@example.org", REBUFF_OK, "lucy@example.org"},
		{"\"lu\\cy\"@example.org", REBUFF_OK, "lucy@example.org"},
		{"\"lucy d\"@example.org", REBUFF_OK, "\"lucy d\"@example.org"},
		{"\"a@b\"@example.org", REBUFF_OK, "\"a@b\"@example.org"},
		{"\"a\\\"b\"@example.org", REBUFF_OK, "\"a\\\"b\"@example.org"},
		{"a..b.@example.org", REBUFF_OK, "a..b.@example.org"}, /* met at mobile carriers */
		{"lucy@m\xc3\xbcller.example", REBUFF_OK, "lucy@xn--mller-kva.example"},
		{"lucy@xn--mller-kva.example", REBUFF_OK, "lucy@xn--mller-kva.example"},
		{"l\xc3\xbc@example.org", REBUFF_OK, "l\xc3\xbc@example.org"},
		{"lucy@[192.0.2.1]", REBUFF_OK, "lucy@[192.0.2.1]"},
		{"lucy@[IPv6:2001:DB8::1]", REBUFF_OK, "lucy@[ipv6:2001:db8::1]"},
		{"lucy@sub_domain.example", REBUFF_OK, "lucy@sub_domain.example"},
		{"", REBUFF_EPARSE, ""},
		{"<>", REBUFF_EPARSE, ""},
		{"lucy", REBUFF_EPARSE, ""},
		{"@example.org", REBUFF_EPARSE, ""},
		{"lucy@", REBUFF_EPARSE, ""},
		{"lucy@example..org", REBUFF_EPARSE, ""},
		{"lucy@exa mple.org", REBUFF_EPARSE, ""},
		{"lucy@exa\nmple.org", REBUFF_EPARSE, ""},
		{"lu\x01cy@example.org", REBUFF_EPARSE, ""},
		{"lucy d@example.org", REBUFF_EPARSE, ""},
		{"@a:@b:lucy@example.org", REBUFF_EPARSE, ""}, /* a route inside a route */
		{"lucy@b@example.org", REBUFF_EPARSE, ""},
		{"\"lucy@example.org", REBUFF_EPARSE, ""},
		{"lucy@[]", REBUFF_EPARSE, ""},
		{"lucy@[192.0.2.1", REBUFF_EPARSE, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char got[REBUFF_ADDRESS_MAX + 1];
		rebuff_error err;
		assert_row_int(rows[i].in, rbf_address_key(rbf_span_of(rows[i].in), got, &err),
			rows[i].status);
		assert_row_str(rows[i].in, got, rows[i].want);
	}
}

static void test_bounds(void **state)
{
	(void)state;
	char in[600], got[REBUFF_ADDRESS_MAX + 1];
	rebuff_error err;
	memset(in, 'a', sizeof in);
	memcpy(in + 320 - 12, "@example.org", 12);
	assert_int_equal(rbf_address_key((rebuff_span){in, 320}, got, &err), REBUFF_OK);
	assert_int_equal(strlen(got), 320);
	memset(in, 'a', sizeof in);
	memcpy(in + 321 - 12, "@example.org", 12);
	assert_int_equal(rbf_address_key((rebuff_span){in, 321}, got, &err), REBUFF_ELIMIT);
	memset(in, 'a', sizeof in);
	for (size_t i = 50; i < sizeof in; i += 50)
		in[i] = '.';
	assert_int_equal(rbf_domain_key((rebuff_span){in, 255}, got, &err), REBUFF_OK);
	assert_int_equal(rbf_domain_key((rebuff_span){in, 256}, got, &err), REBUFF_ELIMIT);
	memset(in, 'a', 64); /* a label has at most 63 bytes */
	assert_int_equal(rbf_domain_key((rebuff_span){in, 64}, got, &err), REBUFF_EPARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key), cmocka_unit_test(test_bounds)};
	return cmocka_run_group_tests_name("smtp/address", tests, NULL, NULL);
}
