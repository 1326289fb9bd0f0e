-- Mail.ru / VK.
-- Retrying: Follow the id= URL in the reply for the case. 451 throttles: 30-60 min.
-- Limits: Links via shorteners forbidden; DMARC honoured; register in Postmaster for statistics.
local p = rebuff.provider "mailru"
p.name = "Mail.ru / VK"
p.domains = { "mail.ru", "bk.ru", "list.ru", "inbox.ru", "internet.ru", "xmail.ru" }
p.mx = { ".mail.ru" }
p.postmaster = "https://postmaster.mail.ru/"
p.delist = "https://help.mail.ru/notspam-support/"
p.retry["rate-limited"] = { first = "30m", factor = 2, max = "4h" }
p.retry["ip-blocked"] = { first = "30m", factor = 2, max = "8h" }

-- content or source verdict with case id URL
p.replies:add {
	text = "spam message rejected. Please visit", category = "content-blocked",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user or disabled
p.replies:add {
	text = "Message was not accepted -- invalid mailbox", category = "address-bad",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- disabled
p.replies:add {
	text = "account is disabled", category = "mailbox-disabled", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
p.replies:add {
	text = { "invalid mailbox", "account is disabled" }, category = "mailbox-disabled", weight = 40, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DMARC
p.replies:add {
	text = "This message was not accepted due to domain owner DMARC policy",
	category = "auth-failed", confidence = 0.95,
	source = "https://viws.ru/en/poterya-pochtovyh-soobshchenii-oshibki-pochtovoi-sistemy.html"
}
-- dynamic source
p.replies:add {
	text = "we do not accept mail from dynamic ips", category = "ip-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Reason/*.pm"
}
-- no such user
p.replies:add {
	text = "User not found", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Reason/*.pm"
}
-- rate
p.replies:add {
	text = "Ratelimit exceeded", category = "rate-limited", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- full
p.replies:add {
	text = "Mailbox Full", category = "mailbox-full", only_here = true, confidence = 0.85,
	source = "https://mailout.ru/2015/09"
}
-- reputation deferral
p.replies:add {
	text = "Try again later", code = 4, category = "ip-blocked", action = "slow",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
