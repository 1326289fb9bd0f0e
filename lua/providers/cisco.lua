-- Cisco Secure Email (IronPort).
-- Retrying: Reputation recovers in days; 4 h retries.
local p = rebuff.provider "cisco"
p.name = "Cisco Secure Email (IronPort)"
p.mx = { ".iphmx.com" }
p.postmaster = "https://talosintelligence.com/reputation_center"
p.delist = "https://talosintelligence.com/reputation_center/support"
p.retry["ip-blocked"] = { first = "4h", factor = 1.5, max = "12h" }
p.retry["rate-limited"] = { first = "1h", factor = 1.5, max = "4h" }

-- Talos/SenderBase score
p.replies:add {
	text = "rejected due to the sending MTA's poor reputation", category = "ip-blocked",
	confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- HAT block (#5.7.1)
p.replies:add {
	text = "Your access to submit messages to this e-mail system has been rejected",
	category = "ip-blocked", confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- recipient-per-hour throttle
p.replies:add {
	text = "Too many recipients received this hour", category = "rate-limited",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
-- cap
p.replies:add {
	text = "Too many concurrent SMTP connections", category = "rate-limited",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
-- recipient or sender rejected - ambiguous
p.replies:add {
	text = "Address rejected", code = 5, category = "address-bad", only_here = true,
	confidence = 0.75, source = "https://coviserver.de/e-mail-geblockt"
}
