-- Barracuda Email Gateway Defense / ESG.
-- Retrying: Rate control counts per 30-minute window: after a 421/4xx rate reply wait for the
-- next half hour.
-- Limits: KumoMTA community: 10 connections/provider, 15 msgs/connection, TLS required.
local p = rebuff.provider "barracuda"
p.name = "Barracuda Email Gateway Defense / ESG"
p.mx = { ".barracudanetworks.com", ".cudaops.com" }
p.postmaster = "https://www.barracudacentral.org/rbl/removal-request"
p.delist = "https://www.barracudacentral.org/rbl/removal-request"
p.retry["rate-limited"] = { first = "30m", factor = 1, max = "30m" }
-- An expired licence answers 4xx for ever.
p.retry["domain-bad"] = { first = "4h", factor = 1, max = "4h", give_up = "48h" }

-- greylist with stated time
p.replies:add {
	text = "Greylisted for 5 minutes", category = "greylisted", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- policy deferral "Abuse. Go away."
p.replies:add {
	text = "cuda_nsu 4.7.1", category = "ip-blocked", action = "slow", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- rate control
p.replies:add {
	text = "Temporary failure, please try again later", code = 4, category = "rate-limited",
	only_here = true, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- recipient's licence - never clears by retry soon
p.replies:add {
	text = "License Expired", category = "domain-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- (addr:blocked) = sender/IP blocked, not bad address
p.replies:add {
	text = { "permanent failure for one or more recipients", ":blocked" },
	category = "ip-blocked", confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- no such user
p.replies:add {
	text = "cuda_nsu 5.1.1", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "No such user", category = "address-bad", only_here = true, confidence = 0.85,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- BRBL
p.replies:add {
	text = "blocked using Barracuda Reputation", category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- BRBL
p.replies:add {
	text = "blocked using b.barracudacentral.org", category = "ip-blocked",
	confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- URL
p.replies:add {
	text = "rejected due to spam URL in content", category = "content-blocked",
	scope = "url", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- content
p.replies:add {
	text = "rejecting banned content", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- brand spoof rule
p.replies:add {
	text = "rejecting spoofed message", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
