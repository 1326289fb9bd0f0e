-- Naver.
-- Retrying: 421 4.3.2 needs registration of the IP; 24 h volume bans.
-- Limits: KISA SPF white-domain registration helps (about 2 weeks).
local p = rebuff.provider "naver"
p.name = "Naver"
p.domains = { "naver.com" }
p.mx = { ".naver.com" }
p.postmaster = "https://policy.naver.com/rules/spamcheck.html"
p.retry["rate-limited"] = { steps = { "1h", "4h", "24h" }, max = "24h" }

-- IP filtered - register
p.replies:add {
	text = "is filtered and this connection will be closed", category = "ip-blocked",
	action = "slow", only_here = true, confidence = 0.95,
	source = "https://puffinknight.tistory.com/102"
}
-- rate
p.replies:add {
	text = "You send too many messages", category = "rate-limited", confidence = 0.95,
	source = "https://puffinknight.tistory.com/102"
}
-- volume ban 24 h
p.replies:add {
	text = "you are not allowed to send more e-mails within 24 hours",
	category = "rate-limited", confidence = 0.95,
	source = "https://puffinknight.tistory.com/102"
}
-- no such user
p.replies:add {
	text = "No such user", category = "address-bad", only_here = true, confidence = 0.85,
	source = "https://puffinknight.tistory.com/102"
}
-- dormant
p.replies:add {
	text = "Inactive mbox", category = "mailbox-disabled", confidence = 0.75,
	source = "https://puffinknight.tistory.com/102"
}
-- suspended
p.replies:add {
	text = "Suspended user", category = "mailbox-disabled", confidence = 0.75,
	source = "https://puffinknight.tistory.com/102"
}
