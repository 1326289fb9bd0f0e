-- Free / Alice / Online.
-- Retrying: Blocks last at most 24 h and lift by themselves; statistics fade over 24-48 h.
-- Limits: Slow, one-by-one sending preferred (OpenSMTPD #1278).
local p = rebuff.provider "freefr"
p.name = "Free / Alice / Online"
p.domains = { "free.fr", "aliceadsl.fr", "libertysurf.fr", "infonie.fr" }
p.mx = { ".free.fr" }
p.postmaster = "http://postmaster.free.fr/"
p.retry["ip-blocked"] = { steps = { "1h", "4h", "12h", "24h" }, max = "24h" }
p.pace = { start = "5/min" }

-- content
p.replies:add {
	text = "spam detected", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- too many bad recipients/commands
p.replies:add {
	text = "too many errors from your ip", category = "ip-blocked", confidence = 0.95,
	source = "http://postmaster.free.fr/"
}
-- IP blocked <=24 h
p.replies:add {
	text = "too many spams from your ip", category = "ip-blocked", confidence = 0.95,
	source = "http://postmaster.free.fr/"
}
-- cap
p.replies:add {
	text = "Too many connections", category = "rate-limited", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- inactive
p.replies:add {
	text = "This mailbox has been blocked due to inactivity", category = "mailbox-disabled",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- full
p.replies:add {
	text = "user quota exceeded", category = "mailbox-full", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- full (554)
p.replies:add {
	text = "Quota exceeded (mailbox for user is full)", category = "mailbox-full",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- virus
p.replies:add {
	text = "virus detected", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- greylist
p.replies:add {
	text = "greylisted", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
