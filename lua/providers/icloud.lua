-- Apple iCloud Mail.
-- Retrying: Top-of-hour 451 4.7.1 busy replies clear in 15 min. CS01/HM08 do not clear by retry:
-- mail the postmaster with logs. 5xx at banner from Proofpoint = PDR listing.
-- Limits: KumoMTA: 10 connections per provider, 5 messages/connection. No FBL, no allow-list.
local p = rebuff.provider "icloud"
p.name = "Apple iCloud Mail"
p.domains = { "icloud.com", "me.com", "mac.com" }
p.mx = { ".mail.icloud.com", ".apple.com", ".me.com" }
p.postmaster = "https://support.apple.com/en-us/102322"
p.delist = "https://ipcheck.proofpoint.com/"
p.retry["system-error"] = { first = "15m", factor = 1.5, max = "4h" }
p.retry["rate-limited"] = { first = "1h", factor = 1.5, max = "6h" }
p.retry["ip-blocked"] = { steps = { "15m", "30m", "1h", "2h" }, max = "6h" }

-- per-recipient or per-IP volume
p.replies:add {
	text = "deferred due to excessive volume", category = "rate-limited",
	scope = "recipient", confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- busy
p.replies:add {
	text = "Service unavailable - try again later", category = "system-error",
	confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- busy
p.replies:add {
	text = "[BS02] Temporary server error", category = "system-error", confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- reputation deferral
p.replies:add {
	text = "[HCM1] Your mail from", category = "ip-blocked", action = "slow",
	confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- local policy on content
p.replies:add {
	text = "[CS01]", category = "content-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- local policy on source/domain
p.replies:add {
	text = "[HM08]", category = "content-blocked", weight = 60, confidence = 0.95,
	source = "https://www.suped.com/knowledge/email-deliverability/troubleshooting/how-to-resolve-email-delivery-issues-to-mecomicloudcom"
}
-- failed both SPF and DKIM
p.replies:add {
	text = "[HME1]", category = "auth-failed", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- DMARC reject
p.replies:add {
	text = "DMARC policy", category = "auth-failed", only_here = true, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- URL in body on DBL
p.replies:add {
	text = "having a domain present in the Spamhaus DBL", category = "content-blocked",
	scope = "url", confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- IP on SBL/XBL
p.replies:add {
	text = "was rejected due to listing in Spamhaus", category = "ip-blocked",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- IP on Proofpoint PDR
p.replies:add {
	text = "Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi",
	category = "ip-blocked", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- refused at banner
p.replies:add {
	text = "ESMTP not accepting connections", category = "ip-blocked", action = "hold",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- user paused address - may return
p.replies:add {
	text = "inactive email address", category = "mailbox-disabled", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- no such user
p.replies:add {
	text = "unknown or illegal alias", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- no such user
p.replies:add {
	text = "user does not exist", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- closed
p.replies:add {
	text = "recipient no longer on server", category = "mailbox-disabled", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- full
p.replies:add {
	text = "user is over quota", category = "mailbox-full", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Apple.pm"
}
-- too many bad RCPTs in session
p.replies:add {
	text = "Error: too many errors", category = "protocol-error", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
