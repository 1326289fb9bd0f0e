-- Rambler.
local p = rebuff.provider "rambler"
p.name = "Rambler"
p.domains = { "rambler.ru", "lenta.ru", "autorambler.ru", "myrambler.ru", "ro.ru" }
p.mx = { ".rambler.ru" }
p.postmaster = "https://help.rambler.ru/mail/mail-soobsheniya-ob-oshibkah/1326/"
p.delist = "mailto:abuse@rambler-co.ru"
p.retry["rate-limited"] = { first = "30m", factor = 2, max = "4h" }

-- rate
p.replies:add {
	text = "rate limit exceeded", category = "rate-limited", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- inactive
p.replies:add {
	text = "recipient address rejected: Inactive", category = "mailbox-disabled",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- blocked mailbox
p.replies:add {
	text = "recipient address rejected: Blocked", category = "mailbox-disabled",
	confidence = 0.75, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- content
p.replies:add {
	text = "Spam message rejected", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
