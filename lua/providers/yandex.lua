-- Yandex.
-- Retrying: Spam-only sources are blocked for 24 h.
local p = rebuff.provider "yandex"
p.name = "Yandex"
p.domains = {
	"yandex.ru", "yandex.com", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua", "narod.ru",
}
p.mx = { ".yandex.ru", ".yandex.net" }
p.postmaster = "https://yandex.com/support/mail/bounces/yandex.html"
p.retry["greylisted"] = { steps = { "15m", "30m", "1h" }, max = "1h" }
p.retry["ip-blocked"] = { steps = { "4h", "12h", "24h" }, max = "24h" }

-- content; digit in [ ] is verdict class
p.replies:add {
	text = "Message rejected under suspicion of SPAM", category = "content-blocked",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- recipient account blocked
p.replies:add {
	text = "Policy rejection on the target address", category = "mailbox-disabled",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user (5.7.1!)
p.replies:add {
	text = "No such user!", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- full
p.replies:add {
	text = "Mailbox size limit exceeded", category = "mailbox-full", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- mailbox rate
p.replies:add {
	text = "The recipient has exceeded message rate limit", category = "rate-limited",
	scope = "recipient", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- greylist-like busy
p.replies:add {
	text = "Sorry, the service is currently unavailable. Please come back later",
	category = "greylisted", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DNSBL or spamsource list
p.replies:add {
	text = "blocked using", category = "ip-blocked", only_here = true, confidence = 0.95,
	source = "https://www.yandex.com/support/mail/bounces/yandex.html"
}
-- source blocked 24 h
p.replies:add {
	text = "Blocked by spam statistics", category = "ip-blocked", confidence = 0.95,
	source = "https://www.yandex.com/support/mail/bounces/yandex.html"
}
-- session idle
p.replies:add {
	text = "Error: timeout exceeded", category = "rate-limited", scope = "session", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- internal
p.replies:add {
	text = "Unknown error", category = "system-error", only_here = true, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
