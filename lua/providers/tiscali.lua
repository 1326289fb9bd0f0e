-- Tiscali.
local p = rebuff.provider "tiscali"
p.name = "Tiscali"
p.domains = { "tiscali.it", "tiscalinet.it" }
p.mx = { ".tiscali.it" }
p.postmaster = "https://assistenza.tiscali.it/"

-- no such user
p.replies:add {
	text = "recipient rejected", category = "address-bad", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
-- DNSBL
p.replies:add {
	text = "blocked using", category = "ip-blocked", only_here = true, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
