-- Tuta (Tutanota).
-- Retrying: Postfix; DNSBL and PTR checks.
local p = rebuff.provider "tuta"
p.name = "Tuta (Tutanota)"
p.domains = { "tuta.com", "tutanota.com", "tutanota.de", "tutamail.com", "keemail.me" }
p.mx = { ".tutanota.de", ".tuta.com" }
p.postmaster = "https://tuta.com/support"

-- no such user
p.replies:add {
	text = "User unknown", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- DNSBL
p.replies:add {
	text = "blocked using", category = "ip-blocked", only_here = true, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
