test "a 550 that is a rate limit" {
	recipient = "a@qq.com", mx = "mx1.qq.com",
	{ reply = "550 Ip frequency limited. https://service.mail.qq.com/detail/122",
		expect = { category = "rate-limited", what = "bounce", suppressed = false, held = true, slowed = true } },
	{ message = "2", recipient = "b@qq.com", after = "10m", expect = { gate = "wait" } },
}

test "an unknown user there" {
	recipient = "a@qq.com", mx = "mx1.qq.com",
	{ reply = "550 Mailbox not found. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728",
		expect = { category = "address-bad", suppressed = true, held = false } },
}
