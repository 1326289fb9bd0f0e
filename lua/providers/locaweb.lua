-- Locaweb.
-- Retrying: Greylists and DNSBL.
local p = rebuff.provider "locaweb"
p.name = "Locaweb"
p.mx = { ".locaweb.com.br" }
p.postmaster = "https://www.locaweb.com.br/ajuda/"

-- greylist
p.replies:add {
	text = "Greylist", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- DNSBL
p.replies:add {
	text = "blocked using", category = "ip-blocked", only_here = true, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
