-- Rackspace Email.
-- Retrying: G-codes name the rule.
local p = rebuff.provider "rackspace"
p.name = "Rackspace Email"
p.mx = { ".emailsrvr.com" }
p.postmaster = "https://smtp.codes/rackspace"
p.retry["rate-limited"] = { first = "1h", factor = 2, max = "8h" }

-- too many connections
p.replies:add {
	text = "(G2)", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- no PTR
p.replies:add {
	text = "(G1F)", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- backend verification failed
p.replies:add {
	text = "(G6)", category = "system-error", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- mailbox rate
p.replies:add {
	text = "(G30)", category = "rate-limited", scope = "recipient", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- new/untrusted IP over volume
p.replies:add {
	text = "(G28)", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- DMARC DNS failure
p.replies:add {
	text = "(G1E)", category = "auth-failed", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- loop
p.replies:add {
	text = "(G16)", category = "network-error", weight = 60, confidence = 0.95,
	source = "https://smtp.codes/rackspace"
}
-- no such user
p.replies:add {
	text = "(G8)", category = "address-bad", weight = 60, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DNSBL mirror
p.replies:add {
	text = "blagr.emailsrvr.com", category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
