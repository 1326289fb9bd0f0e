-- Telstra BigPond.
-- Retrying: Cloudmark style IBxxx/AUP grammar seen on the estate.
local p = rebuff.provider "telstra"
p.name = "Telstra BigPond"
p.domains = { "bigpond.com", "bigpond.net.au", "telstra.com" }
p.mx = { ".bigpond.com", ".telstra.com" }
p.postmaster = "https://www.telstra.com.au/support/email"

-- DNSBL or CSI
p.replies:add {
	text = "listed", code = 5, category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- content
p.replies:add {
	text = "spam content", category = "content-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "recipient rejected", category = "address-bad", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
-- cap
p.replies:add {
	text = "too many sessions", category = "rate-limited", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
