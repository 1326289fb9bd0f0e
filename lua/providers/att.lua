-- AT&T legacy (Prodigy/Worldnet MX before mid-2025).
-- Retrying: Legacy filter; consumer domains now answer from Yahoo - prefer MX roll-up. Blocks
-- lasted 24-72 h after request.
-- Limits: PTR and resolvable MAIL FROM required.
local p = rebuff.provider "att"
p.name = "AT&T legacy (Prodigy/Worldnet MX before mid-2025)"
p.domains = { "att.net", "sbcglobal.net", "bellsouth.net", "prodigy.net" }
p.mx = { ".prodigy.net", ".att-mail.com" }
p.postmaster = "https://www.att.com/support/article/email-support/KM1401980/"
p.delist = "abuse_rbl@abuse-att.net"

-- internal block list
p.replies:add {
	text = "DNSBL:RBL 521", category = "ip-blocked", action = "hold", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- internal block list
p.replies:add {
	text = "DNSBL:ATTRBL 521", category = "ip-blocked", action = "hold", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- PTR problem
p.replies:add {
	text = "Connections not accepted from servers without a valid sender domain",
	category = "ip-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "Addressee unknown", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- closed user
p.replies:add {
	text = "blank mailhost - invalid address", category = "mailbox-disabled",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- MMS gateway policy
p.replies:add {
	text = "sender rejected AUP", category = "policy", confidence = 0.95,
	source = "kumomta assets/community/bounces.toml"
}
