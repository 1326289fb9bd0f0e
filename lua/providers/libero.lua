-- Libero / Virgilio (Italiaonline).
-- Retrying: Slow senders: throttle to <=5 connections.
local p = rebuff.provider "libero"
p.name = "Libero / Virgilio (Italiaonline)"
p.domains = { "libero.it", "virgilio.it", "iol.it", "inwind.it", "blu.it", "giallo.it" }
p.mx = { ".libero.it", ".virgilio.it" }
p.postmaster = "https://aiuto.libero.it/"
p.retry["ip-blocked"] = { first = "4h", factor = 1.5, max = "12h" }

-- cap
p.replies:add {
	text = "Too many connections", category = "rate-limited", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- DNSBL
p.replies:add {
	text = "mail not accepted from blacklisted IP address", category = "ip-blocked",
	confidence = 0.95,
	source = "http://computerprogrammi.com/2010/04/posta-elettronica-e-impossibile-inviare.html"
}
-- source refused at banner
p.replies:add {
	text = "access denied", category = "ip-blocked", only_here = true, confidence = 0.85,
	source = "http://computerprogrammi.com/2010/04/posta-elettronica-e-impossibile-inviare.html"
}
-- no such user
p.replies:add {
	text = "recipient rejected", category = "address-bad", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
-- full
p.replies:add {
	text = "is over quota", category = "mailbox-full", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
