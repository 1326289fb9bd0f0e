-- GoDaddy (secureserver.net, bizsmtp).
-- Retrying: IB110/112 last one hour; IB111/113 to the end of the day; IB504/607 hourly.
local p = rebuff.provider "godaddy"
p.name = "GoDaddy (secureserver.net, bizsmtp)"
p.mx = { ".secureserver.net" }
p.postmaster = "https://ca.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685"
p.retry["rate-limited"] = { first = "1h", factor = 2, max = "8h" }
p.retry["ip-blocked"] = { steps = { "1h", "4h", "12h" }, max = "24h" }

-- too many sessions
p.replies:add {
	text = "IB007", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- busy
p.replies:add {
	text = "IB101", category = "system-error", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- PTR failed
p.replies:add {
	text = "IB108", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- Cloudmark CSI
p.replies:add {
	text = "IB103", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- Spamhaus SBL
p.replies:add {
	text = "IB104", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- Spamhaus XBL
p.replies:add {
	text = "IB105", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- Spamhaus PBL
p.replies:add {
	text = "IB106", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- spam volume, blocked one hour
p.replies:add {
	text = "IB110", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- spam volume, blocked for the day
p.replies:add {
	text = "IB111", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- invalid recipients, one hour
p.replies:add {
	text = "IB112", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- invalid recipients, day
p.replies:add {
	text = "IB113", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- content
p.replies:add {
	text = "IB212", category = "content-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- messages per hour
p.replies:add {
	text = "IB504", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- messages per session
p.replies:add {
	text = "IB510", category = "rate-limited", scope = "session", words = true,
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- recipients per hour (arrives as 550 5.1.1!)
p.replies:add {
	text = "IB607", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "https://github.com/sisimai/p5-sisimai/issues/236"
}
-- too many recipients
p.replies:add {
	text = "IB605", category = "rate-limited", scope = "transaction", words = true,
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- From domain invalid
p.replies:add {
	text = "IB506", category = "sender-rejected", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- SPF
p.replies:add {
	text = "IB508", category = "auth-failed", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- virus
p.replies:add {
	text = "IB705", category = "content-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
-- no such user
p.replies:add {
	text = "Recipient not found", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/GoDaddy.pm"
}
