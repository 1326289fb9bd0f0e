local too_fast = "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n"
	.. "421 4.7.28 from your IP address."

test "held at the fourth attempt" {
	recipient = "a@gmail.com", mx = "gmail-smtp-in.l.google.com",
	{ reply = too_fast, expect = { category = "rate-limited", provider = "gmail", next = "30m", slowed = true } },
	{ after = "30m", reply = too_fast, expect = { next = "45m" } },
	{ after = "45m", reply = too_fast, expect = { held = false } },
	{ after = "2h", reply = too_fast, expect = { held = true, next = "2h" } },
	{ after = "1m", expect = { gate = "wait" } },
}

test "our own phrase" {
	recipient = "a@gmail.com", mx = "gmail-smtp-in.l.google.com",
	{ reply = "421 our own phrase", expect = { category = "rate-limited" } },
}

test "the fifth full mailbox in sixty days suppresses" {
	recipient = "a@gmail.com", mx = "gmail-smtp-in.l.google.com", sender = "news@shop.example",
	{ message = "1", reply = "552 5.2.2 The email account that you tried to reach is over quota.",
		expect = { category = "mailbox-full", what = "bounce", suppressed = false } },
	{ after = "10d", message = "2", reply = "552 5.2.2 The email account that you tried to reach is over quota." },
	{ after = "10d", message = "3", reply = "552 5.2.2 The email account that you tried to reach is over quota." },
	{ after = "10d", message = "4", reply = "552 5.2.2 The email account that you tried to reach is over quota.",
		expect = { suppressed = false } },
	{ after = "10d", message = "5", reply = "552 5.2.2 The email account that you tried to reach is over quota.",
		expect = { suppressed = true, lasts = "90d" } },
}
