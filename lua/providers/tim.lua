-- TIM / Alice / tin.it.
-- Retrying: Listings usually expire after 48 h.
-- Limits: Checks several DNSBLs.
local p = rebuff.provider "tim"
p.name = "TIM / Alice / tin.it"
p.domains = { "tim.it", "alice.it", "tin.it", "aliceposta.it", "virgilio.tin.it" }
p.mx = { ".tim.it", ".alice.it", ".tin.it" }
p.postmaster = "https://timbusiness.tim.it/assistenza/supporto-tecnico/mail/sicurezza-posta/blacklist"
p.retry["ip-blocked"] = { steps = { "1h", "4h", "12h", "24h" }, max = "24h" }

-- DNSBL
p.replies:add {
	text = "mail not accepted from blacklisted IP address", category = "ip-blocked",
	confidence = 0.95,
	source = "http://computerprogrammi.com/2010/04/posta-elettronica-e-impossibile-inviare.html"
}
-- banner refusal
p.replies:add {
	text = "Server not available", code = 5, category = "ip-blocked", only_here = true,
	confidence = 0.95,
	source = "http://computerprogrammi.com/2010/04/posta-elettronica-e-impossibile-inviare.html"
}
