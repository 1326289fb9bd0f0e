test "its rate limit" {
	recipient = "a@townnet.example", mx = "mx1.mx.townnet.example",
	{ reply = "451 TN-301 see our page", expect = { provider = "townnet", category = "rate-limited", next = "20m", slowed = true } },
	{ after = "20m", reply = "451 TN-301 see our page", expect = { next = "40m" } },
}

test "its unknown user" {
	recipient = "a@townnet.example", mx = "mx1.mx.townnet.example",
	{ reply = "554 TN-404", expect = { category = "address-bad", suppressed = true, lasts = "180d" } },
}

test "its block holds the provider for four hours" {
	recipient = "a@townnet.example", mx = "mx1.mx.townnet.example",
	{ reply = "554 TN-510 your host is listed", expect = { category = "ip-blocked", suppressed = false, held = true } },
	{ message = "2", after = "3h", expect = { gate = "wait" } },
}
