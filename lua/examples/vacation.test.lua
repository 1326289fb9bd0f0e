test "waits for a week" {
	recipient = "a@customer.example",
	{ reply = "452 4.2.2 Mailbox full", expect = { category = "mailbox-full", next = "12h" } },
	{ after = "12h", reply = "452 4.2.2 Mailbox full", expect = { next = "1d" } },
	{ after = "5d", reply = "452 4.2.2 Mailbox full", expect = { what = "retry" } },
	{ after = "2d", reply = "452 4.2.2 Mailbox full", expect = { what = "give-up", suppressed = false } },
}

test "only the sixth message suppresses, for two weeks" {
	recipient = "a@customer.example", sender = "news@shop.example",
	{ message = "1", reply = "552 5.2.2 Mailbox full" },
	{ message = "2", reply = "552 5.2.2 Mailbox full", after = "7d" },
	{ message = "3", reply = "552 5.2.2 Mailbox full", after = "7d" },
	{ message = "4", reply = "552 5.2.2 Mailbox full", after = "7d" },
	{ message = "5", reply = "552 5.2.2 Mailbox full", after = "7d", expect = { suppressed = false } },
	{ message = "6", reply = "552 5.2.2 Mailbox full", after = "7d", expect = { suppressed = true, lasts = "14d" } },
}
