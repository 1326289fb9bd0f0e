test "the hosted domain is Gmail's" {
	recipient = "a@hosted.example", mx = "mx1.mail.hosted.example",
	{ reply = "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n421 4.7.28 from your IP address.",
		expect = { provider = "gmail", category = "rate-limited", next = "30m", slowed = true } },
}

test "known by its domain alone, too" {
	recipient = "a@hosted.example",
	{ reply = "451 4.3.0 later", expect = { provider = "gmail" } },
}
