/* The Received field of OpenSMTPD at the top of a message, and what others write there. */
#include "unit.h"

#include "bounce/received.h"

#define MDA "Return-Path: <>\nDelivered-To: rebuff@sender.example\n"
#define REST                                                                                       \
	"\tby mail.sender.example (OpenSMTPD) with ESMTP id 1a2b3c4d\n\tfor "                      \
	"<rbf@sender.example>;\n\ttoday\n"

static void received(void **state)
{
	static const struct {
		const char *name, *in;
		bool want;
		const char *id, *ip, *client;
	} rows[] = {
		{"remote", MDA "Received: from mx.d.example (mx.d.example [198.51.100.3])\n" REST,
			true, "1a2b3c4d", "198.51.100.3", "mx.d.example"},
		{"IPv6", MDA "Received: from x (mx.d.example [IPv6:2001:db8::1])\n" REST, true,
			"1a2b3c4d", "2001:db8::1", "mx.d.example"},
		{"CRLF",
			"Received: from x (mx.d.example [198.51.100.3])\r\n\tby h (OpenSMTPD) with "
			"ESMTP id 1a2b3c4d\r\n\r\n",
			true, "1a2b3c4d", "198.51.100.3", "mx.d.example"},
		{"a HELO that looks like a client",
			MDA "Received: from x (gmail-out.google.com [192.0.2.1]) (mx.d.example "
			    "[198.51.100.3])\n" REST,
			true, "1a2b3c4d", "198.51.100.3", "mx.d.example"},
		{"local", MDA "Received: from localhost (mail.sender.example [local])\n" REST, true,
			"1a2b3c4d", "local", "mail.sender.example"},
		{"no client",
			"Received: by mail.sender.example (OpenSMTPD) with ESMTP id 1a2b3c4d\n",
			true, "1a2b3c4d", "", ""},
		{"another server's",
			"Received: from x (y [192.0.2.1]) by z (Postfix) with ESMTP id AB12\n",
			false, "", "", ""},
		{"in the body", "From: x\n\nReceived: from x (y [192.0.2.1])\n" REST, false, "", "",
			""},
		{"nothing", "", false, "", "", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rbb_received got;
		assert_row_int(rows[i].name,
			rbb_received_read(rows[i].in, strlen(rows[i].in), &got), rows[i].want);
		assert_row_str(rows[i].name, got.id, rows[i].id);
		assert_row_str(rows[i].name, got.ip, rows[i].ip);
		assert_row_str(rows[i].name, got.name, rows[i].client);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(received)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
