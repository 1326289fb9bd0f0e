test "an invoice bounces and suppresses nobody" {
	recipient = "a@customer.example", sender = "invoices@shop.example",
	{ reply = "550 5.1.1 User unknown",
		expect = { stream = "invoices", category = "address-bad", what = "bounce", suppressed = false } },
	{ message = "2", reply = "550 5.1.1 User unknown", expect = { suppressed = false } },
}

test "a newsletter does" {
	recipient = "a@customer.example", sender = "news@shop.example",
	{ reply = "550 5.1.1 User unknown", expect = { stream = "shop.example", suppressed = true } },
}
