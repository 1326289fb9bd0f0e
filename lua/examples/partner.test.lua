test "tried often, given up on after six hours" {
	recipient = "orders@partner.example", mx = "mx.partner.example",
	{ reply = "451 4.3.0 Temporary system problem", expect = { provider = "partner", next = "2m" } },
	{ after = "2m", reply = "451 4.3.0 Temporary system problem", expect = { next = "5m" } },
	{ after = "5m", reply = "451 4.3.0 Temporary system problem", expect = { next = "10m", what = "retry" } },
	{ after = "6h", reply = "451 4.3.0 Temporary system problem", expect = { what = "give-up" } },
}

test "others wait as always" {
	recipient = "a@other.example",
	{ reply = "451 4.3.0 Temporary system problem", expect = { next = "15m" } },
	{ after = "6h", reply = "451 4.3.0 Temporary system problem", expect = { what = "retry" } },
}
