-- au (KDDI).
-- Retrying: Congestion blocks have no published thresholds: send slowly.
local p = rebuff.provider "kddi"
p.name = "au (KDDI)"
p.domains = { "ezweb.ne.jp", "au.com", "uqmobile.jp" }
p.mx = { ".ezweb.ne.jp", ".au.com" }
p.postmaster = "https://au.com/mobile/service/attention/"

-- form with bare ":" = recipient filter
p.replies:add {
	text = ": User unknown", category = "recipient-refused", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/KDDI.pm"
}
-- form with <address> = no such user
p.replies:add {
	text = ">: User unknown", category = "address-bad", only_here = true, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/KDDI.pm"
}
-- congestion
p.replies:add {
	text = "Too many", code = 4, category = "rate-limited", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
