-- KPN.
-- Limits: KumoMTA community: 10 connections, 10 msgs/connection, TLS required.
local p = rebuff.provider "kpn"
p.name = "KPN"
p.domains = { "kpnmail.nl", "planet.nl", "hetnet.nl", "kpnplanet.nl", "xs4all.nl", "telfort.nl" }
p.mx = { ".kpnmail.nl" }
p.postmaster = "https://www.kpn.com/service/"

-- no such user
p.replies:add {
	text = "User unknown", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
