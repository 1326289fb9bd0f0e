-- Mimecast.
-- Retrying: Greylist: retry the SAME (IP, MAIL FROM, RCPT) triplet after >60 s and within 12 h.
-- VERP that changes per attempt defeats it - keep envelope stable across retries.
-- Limits: KumoMTA: 10 connections per regional MX set, 100 msgs/connection; 100 RCPT per
-- transaction.
local p = rebuff.provider "mimecast"
p.name = "Mimecast"
p.mx = { ".mimecast.com", ".mimecast.co.za", ".mimecast-offshore.com" }
p.postmaster = "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes"
p.retry["greylisted"] = { steps = { "2m", "5m", "15m", "30m", "1h" }, max = "2h" }
p.retry["ip-blocked"] = { steps = { "5m", "30m", "2h" }, max = "8h" }

-- "Internal resource(s) (are) temporarily unavailable" = greylist or reputation check, not a
-- fault
p.replies:add {
	text = "Internal resource", category = "greylisted", confidence = 0.95,
	source = "https://electronicaportatil.com/smtp-error-codes/"
}
-- tenant block policy
p.replies:add {
	text = "Sender address blocked", category = "recipient-refused", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- too many bad connections
p.replies:add {
	text = "IP temporarily blacklisted", category = "ip-blocked", action = "slow",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- >20 concurrent connections to the account
p.replies:add {
	text = "Account service is temporarily unavailable", category = "rate-limited",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- overload
p.replies:add {
	text = "Unable to process connection at this time", category = "system-error",
	only_here = true, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- downstream check failed
p.replies:add {
	text = "Recipient temporarily unavailable", category = "system-error", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- recipient check undecided
p.replies:add {
	text = "Invalid Recipient", category = "address-bad", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- IP reputation
p.replies:add {
	text = "Local CT IP Reputation", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- IP reputation
p.replies:add {
	text = "csi.mimecast.org Poor Reputation Sender", category = "ip-blocked",
	confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- envelope blocked by tenant
p.replies:add {
	text = "Administrative prohibition", category = "recipient-refused", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- reader blocked the sender
p.replies:add {
	text = "Envelope blocked - User Entry", category = "recipient-refused",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- spoofing tenant's own domain
p.replies:add {
	text = "Rejected by header based Anti-Spoofing policy", category = "recipient-refused",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- SPF
p.replies:add {
	text = "SPF Sender Invalid", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- DKIM
p.replies:add {
	text = "DKIM Sender Invalid", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- DMARC
p.replies:add {
	text = "DMARC Sender Invalid", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- signature/spam score
p.replies:add {
	text = "Email rejected due to security policies", category = "content-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- geo policy
p.replies:add {
	text = "Host network not allowed", category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- TLS policy
p.replies:add {
	text = "This route requires encryption (TLS)", category = "policy", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- >100 RCPT
p.replies:add {
	text = "Too many recipients", category = "rate-limited", scope = "transaction",
	only_here = true, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
-- size
p.replies:add {
	text = "Maximum email size exceeded", category = "message-too-big", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Mimecast.pm"
}
