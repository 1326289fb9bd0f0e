-- Outlook.com consumer (Hotmail, Live, MSN).
-- Retrying: 4.7.650/651 and RP-00x are per-IP: pause that IP for 30-60 min then resume slow.
-- S3140/S3150 do not clear by retrying: hold the stream, ask for mitigation, and keep queued mail
-- deferred rather than bouncing.
-- Limits: KumoMTA: 5 connections per provider, 50 messages/connection. From 5 May 2025 domains
-- sending >=5,000/day to consumer mailboxes must pass SPF and DKIM and publish aligned DMARC.
local p = rebuff.provider "outlook"
p.name = "Outlook.com consumer (Hotmail, Live, MSN)"
p.domains = {
	"outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.fr", "hotmail.fr",
	"hotmail.co.uk", "live.co.uk", "hotmail.it", "outlook.de", "windowslive.com",
	"passport.com",
}
p.mx = { ".olc.protection.outlook.com" }
p.postmaster = "https://sendersupport.olc.protection.outlook.com/pm/"
p.delist = "https://olcsupport.office.com/"
p.retry["rate-limited"] = { first = "30m", factor = 2, max = "4h" }
p.retry["ip-blocked"] = { steps = { "30m", "1h", "2h", "4h" }, max = "8h" }

-- IP or netblock on internal list
p.replies:add {
	text = "part of their network is on our block list (S3150)", category = "ip-blocked",
	action = "hold", confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- IP or netblock on internal list (new/unknown ranges typical)
p.replies:add {
	text = "part of their network is on our block list (S3140)", category = "ip-blocked",
	action = "hold", confidence = 0.95,
	source = "https://github.com/regnull/ubikom/issues/26"
}
-- MAIL FROM (S8002) or HELO (S8001) domain listed
p.replies:add {
	text = "is listed in Spamhaus. To request removal from this list see",
	category = "ip-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- IP throttled (S775/S843)
p.replies:add {
	text = "has been temporarily rate limited due to IP reputation", category = "ip-blocked",
	action = "slow", confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- grey-listing-like suspicion throttle
p.replies:add {
	text = "Server busy. Please try again later from", category = "rate-limited", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- transient
p.replies:add {
	text = "Service not available", category = "system-error", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- sending rate over limit for this IP
p.replies:add {
	text = "RP-001", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- connection rate over limit
p.replies:add {
	text = "RP-002", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- connections over limit
p.replies:add {
	text = "RP-003", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- content/behaviour looks like spam or namespace mined
p.replies:add {
	text = "SC-001", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- IP flagged for namespace mining
p.replies:add {
	text = "SC-002", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- IP seems to be open proxy
p.replies:add {
	text = "SC-003", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- IP listed by complaints
p.replies:add {
	text = "SC-004", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- source looks like dynamic IP
p.replies:add {
	text = "DY-001", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- source suspected compromised
p.replies:add {
	text = "DY-002", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- IP blocked, DNSBL or policy
p.replies:add {
	text = "OU-001", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- content or IP reputation
p.replies:add {
	text = "OU-002", category = "content-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- no such consumer mailbox
p.replies:add {
	text = "Requested action not taken: mailbox unavailable", category = "address-bad",
	only_here = true, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Microsoft.pm"
}
-- bulk sender rule not met; trailing text lists Spf/Dkim/DMARC=Pass or Fail
p.replies:add {
	text = "does not meet the required authentication level", category = "auth-failed",
	confidence = 0.95,
	source = "https://support.microsoft.com/en-au/topic/fix-ndr-error-550-5-7-515-in-outlook-com-34cfe8f8-6fbf-457e-9e8b-9e4dbaf4e0ef"
}
-- per sender->recipient hourly cap
p.replies:add {
	text = "limit for the number of messages they can send to this recipient",
	category = "rate-limited", scope = "recipient", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- mailbox hourly cap
p.replies:add {
	text = "limit for the number of messages they can receive per hour",
	category = "rate-limited", scope = "recipient", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- too many parallel connections
p.replies:add {
	text = "exceeded the maximum number of connections", category = "rate-limited",
	confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- session message cap
p.replies:add {
	text = "exceeded maximum number of messages per connection", category = "rate-limited",
	scope = "session", confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
