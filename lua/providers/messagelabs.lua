-- Symantec / Broadcom Email Security.cloud (MessageLabs).
-- Retrying: 501 [7.7] is a global block answered as a syntax code: hold, ask for removal.
local p = rebuff.provider "messagelabs"
p.name = "Symantec / Broadcom Email Security.cloud (MessageLabs)"
p.mx = { ".messagelabs.com" }
p.postmaster = "https://knowledge.broadcom.com/external/article/165144/"
p.delist = "https://ipremoval.sms.symantec.com/"
p.retry["greylisted"] = { first = "10m", factor = 1.5, max = "1h" }

-- sender IP blocked
p.replies:add {
	text = "Connection rejected by policy [7.7]", category = "ip-blocked", action = "hold",
	confidence = 0.95,
	source = "https://github.com/docker-mailserver/docker-mailserver/issues/534"
}
-- throttle/greylist
p.replies:add {
	text = "Service Temporarily Unavailable", category = "greylisted", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- throttle
p.replies:add {
	text = "Requested action aborted [9]", category = "rate-limited", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- content (553!)
p.replies:add {
	text = "Message filtered", category = "content-blocked", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user (#5.1.1)
p.replies:add {
	text = "Invalid recipient", category = "address-bad", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- not a customer domain
p.replies:add {
	text = "you are trying to use me", category = "domain-bad", only_here = true,
	confidence = 0.75, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- IP on Symantec list (500 code)
p.replies:add {
	text = "Symantec Zodiac", category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
