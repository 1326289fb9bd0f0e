test "too many connections: minutes, and the slow lane" {
	recipient = "a@orange.fr", mx = "smtp-in.orange.fr", sender = "news@shop.example",
	{ reply = "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104 [104]",
		expect = { category = "rate-limited", what = "retry", next = "10m", slowed = true } },
	{ after = "10m", reply = "421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104 [104]",
		expect = { next = "20m", suppressed = false } },
}

test "an unknown user there is still an unknown user" {
	recipient = "a@orange.fr", mx = "smtp-in.orange.fr",
	{ reply = "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
		expect = { category = "address-bad", suppressed = true } },
}
