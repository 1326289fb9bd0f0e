-- Terra (Cloudmark cmsmtp).
local p = rebuff.provider "terra"
p.name = "Terra (Cloudmark cmsmtp)"
p.domains = { "terra.com.br", "terra.com", "terra.es" }
p.mx = { ".terra.com", ".terra.com.br" }

-- Cloudmark CSI
p.replies:add {
	text = "blocked using cm-csi", category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- no such user
p.replies:add {
	text = "recipient rejected", category = "address-bad", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
