test "Yahoo is left alone" {
	recipient = "a@yahoo.com", mx = "mta5.am0.yahoodns.net",
	{ reply = "550 5.1.1 User unknown", expect = { provider = "yahoo", category = "address-bad", suppressed = false } },
}

test "others are not" {
	recipient = "a@gmail.com", mx = "gmail-smtp-in.l.google.com",
	{ reply = "550 5.1.1 User unknown", expect = { suppressed = true } },
}
