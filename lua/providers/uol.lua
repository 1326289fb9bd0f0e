-- UOL / BOL.
-- Retrying: Unknown-user share must stay under 10%, and sender must accept >=90% of returned
-- bounces.
-- Limits: PTR required; dynamic IPs refused.
local p = rebuff.provider "uol"
p.name = "UOL / BOL"
p.domains = { "uol.com.br", "bol.com.br" }
p.mx = { ".uol.com.br", ".bol.com.br" }
p.postmaster = "http://email.uol.com.br/postmaster/en/"

-- no such user
p.replies:add {
	text = "mailbox unavailable", category = "address-bad", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
-- policy
p.replies:add {
	text = "blocked", code = 5, category = "ip-blocked", only_here = true, confidence = 0.85,
	source = "http://email.uol.com.br/postmaster/en/"
}
