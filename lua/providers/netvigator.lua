-- PCCW Netvigator.
-- Limits: KumoMTA community: 5 connections/provider, 10 msgs/connection, TLS required.
local p = rebuff.provider "netvigator"
p.name = "PCCW Netvigator"
p.domains = { "netvigator.com" }
p.mx = { ".netvigator.com" }

-- session cap
p.replies:add {
	text = "Too many messages for this session", category = "rate-limited",
	scope = "session", confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
