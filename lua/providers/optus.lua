-- Optus.
local p = rebuff.provider "optus"
p.name = "Optus"
p.domains = { "optusnet.com.au", "optus.com.au" }
p.mx = { ".optusnet.com.au" }
p.postmaster = "https://www.optus.com.au/support"

-- reputation
p.replies:add {
	text = "blocked", code = 5, category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "unknown user account", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
