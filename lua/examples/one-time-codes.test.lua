test "a code dies after fifteen minutes" {
	recipient = "a@customer.example", sender = "code@shop.example",
	{ reply = "451 4.7.1 Greylisted, please try again later", expect = { stream = "codes", next = "1m" } },
	{ after = "1m", reply = "451 4.7.1 Greylisted, please try again later", expect = { next = "2m" } },
	{ after = "13m", reply = "451 4.7.1 Greylisted, please try again later", expect = { what = "retry", next = "61s" } },
	{ after = "2m", expect = { gate = "fail" } },
}

test "bulk mail does not" {
	recipient = "a@customer.example", sender = "news@shop.example",
	{ reply = "451 4.7.1 Greylisted, please try again later", expect = { next = "5m" } },
	{ after = "1d", reply = "451 4.7.1 Greylisted, please try again later", expect = { gate = "go", what = "retry" } },
}
