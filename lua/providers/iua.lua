-- i.ua / email.ua.
-- Retrying: Error number is in the URL path /err/N/.
local p = rebuff.provider "iua"
p.name = "i.ua / email.ua"
p.domains = { "i.ua", "email.ua", "ua.fm" }
p.mx = { ".email.ua", ".i.ua" }
p.postmaster = "https://mail.i.ua/err/"

-- no such user
p.replies:add {
	text = "i.ua/err/2", category = "address-bad", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- unused >3 months (frozen)
p.replies:add {
	text = "i.ua/err/3", category = "mailbox-disabled", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- full
p.replies:add {
	text = "i.ua/err/4", category = "mailbox-full", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- send limit
p.replies:add {
	text = "i.ua/err/5", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- bad HELO
p.replies:add {
	text = "i.ua/err/7", category = "protocol-error", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- sender check failed
p.replies:add {
	text = "i.ua/err/8", category = "sender-rejected", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- IP listed
p.replies:add {
	text = "i.ua/err/9", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
-- reader's allow list
p.replies:add {
	text = "i.ua/err/10", category = "recipient-refused", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/IUA.pm"
}
