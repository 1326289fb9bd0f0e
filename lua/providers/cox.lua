-- Cox.
-- Retrying: CDRBL is a <=24 h block.
-- Limits: 5-10 concurrent connections per IP, 100 messages per connection; PTR required.
-- Note: cloudfilter.net (Cloudmark hosted, Proofpoint) fronts several North-American ISPs; the
-- AUP# grammar is shared.
local p = rebuff.provider "cox"
p.name = "Cox"
p.domains = { "cox.net" }
p.mx = { ".cox.net", ".cloudfilter.net" }
p.postmaster = "https://www.cox.com/residential/support/email-error-codes.html"
p.retry["rate-limited"] = { first = "1h", factor = 2, max = "6h" }
p.retry["ip-blocked"] = { steps = { "6h", "12h", "24h" }, max = "24h" }

-- reputation block up to 24 h
p.replies:add {
	text = "AUP#CDRBL", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- IP blocked, ask for removal
p.replies:add {
	text = "AUP#CXBL", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- PTR lookup failed
p.replies:add {
	text = "AUP#CXDNS", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- SPF/DKIM policy failure
p.replies:add {
	text = "AUP#CXSNDR", category = "auth-failed", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- protocol violation
p.replies:add {
	text = "AUP#CXSMTP", category = "protocol-error", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- >10 concurrent connections
p.replies:add {
	text = "AUP#CXCNCT", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- sender over recipient quota
p.replies:add {
	text = "AUP#CXMXRT", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- Spamhaus Zen (bits: 0001 Zen, 0010 ReturnPath, 0100 ivmSIP, 1000 CSI)
p.replies:add {
	text = "AUP#IPBL0001", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- body URL on SURBL+DBL
p.replies:add {
	text = "AUP#URLBL011", category = "content-blocked", scope = "url", words = true,
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- session cap
p.replies:add {
	text = "too many sessions from", category = "rate-limited", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- 100 per connection
p.replies:add {
	text = "message threshold exceeded", category = "rate-limited", scope = "session",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- no such user
p.replies:add {
	text = "recipient rejected", category = "address-bad", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
