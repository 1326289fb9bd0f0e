-- NTT docomo.
-- Retrying: 550 Unknown user is also sent for handset filters and short bans: only suppress after
-- repeated hits on RCPT, never when it comes after DATA.
-- Limits: 100 recipients per session; unknown-user ratio triggers network blocks.
local p = rebuff.provider "docomo"
p.name = "NTT docomo"
p.domains = { "docomo.ne.jp" }
p.mx = { ".docomo.ne.jp" }
p.postmaster = "https://www.docomo.ne.jp/service/imode_mail/notice/mass_send/"

-- no such user, or rejected by handset filter (DATA stage), or temporary ban
p.replies:add {
	text = "Unknown user", category = "address-bad", only_here = true, confidence = 0.75,
	source = "p5-sisimai lib/Sisimai/Rhost/NTTDOCOMO.pm"
}
-- after the RCPT was taken: the handset's filter
for _, stage in ipairs { "data", "dot" } do
	p.replies:add {
		text = "Unknown user", category = "recipient-refused", stage = stage, only_here = true,
		confidence = 0.85, source = "p5-sisimai lib/Sisimai/Rhost/NTTDOCOMO.pm"
	}
end
-- mailbox full (not message size)
p.replies:add {
	text = "Too much mail data", category = "mailbox-full", weight = 40,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/NTTDOCOMO.pm"
}
-- rcpt cap
p.replies:add {
	text = "Too many recipients", category = "rate-limited", scope = "transaction",
	only_here = true, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/NTTDOCOMO.pm"
}
-- line >1000 bytes
p.replies:add {
	text = "Line Too Long", category = "protocol-error", only_here = true, confidence = 0.95,
	source = "https://note.com/sendmagic/n/neb6bbe7e51cf"
}
-- continues after all RCPT failed
p.replies:add {
	text = "Bad sequence of commands", category = "protocol-error", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/NTTDOCOMO.pm"
}
