-- Yahoo / AOL / Verizon / (AT&T, Sky, Frontier, migrating Comcast).
-- Retrying: TSS04/05: stop that IP for 2-4 h; Yahoo re-evaluates, hammering extends the deferral.
-- TSS09/TSS11 say retrying will not succeed: fail fast and alert. 553 BLxx = fix the Spamhaus
-- listing first.
-- Limits: 20 messages/connection (Yahoo guidance used by KumoMTA). Bulk rules: SPF+DKIM,
-- DMARC>=none aligned, one-click unsubscribe honoured in 2 days, complaint rate <0.3%. AT&T MXs
-- moved to mx-att.mail.am0.yahoodns.net from June 2025.
-- Note: Legacy AOL codes RTR:/HVU:/RLY:/DYN:/CON:/DMARC: are still in ZoneMTA rules but AOL MXs
-- have been yahoodns.net for years.
local p = rebuff.provider "yahoo"
p.name = "Yahoo / AOL / Verizon / (AT&T, Sky, Frontier, migrating Comcast"
p.domains = {
	"yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de",
	"yahoo.it", "yahoo.es", "yahoo.ca", "yahoo.com.br", "yahoo.co.in", "aol.com", "aim.com",
	"verizon.net", "netscape.net", "love.com", "pacbell.net", "ameritech.net", "currently.com",
	"flash.net", "nvbell.net", "snet.net", "swbell.net", "wans.net", "worldnet.att.net",
	"frontier.com",
}
p.mx = { ".yahoodns.net" }
p.postmaster = "https://senders.yahooinc.com/"
p.delist = "https://senders.yahooinc.com/contact"
p.retry["ip-blocked"] = { steps = { "2h", "4h" }, max = "8h" }
p.retry["rate-limited"] = { first = "30m", factor = 2, max = "4h" }
p.pace = { start = "10/min" }

-- deferred: unexpected volume or complaints
p.replies:add {
	text = "[TSS04]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- stronger form
p.replies:add {
	text = "[TSS05]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- complaints
p.replies:add {
	text = "[TS01]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- unusual traffic
p.replies:add {
	text = "[TS02]", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- all messages deferred: bulk pattern; do not simply resend
p.replies:add {
	text = "[TS03]", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "http://help.yahoo.com/kb/index?id=SLN3436"
}
-- as TSS04 but without SMTP framing
p.replies:add {
	text = "[IPTS04]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- stronger form
p.replies:add {
	text = "[IPTS05]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- permanently deferred: retry will not help
p.replies:add {
	text = "[TSS09]", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- permanently deferred: retry will not help
p.replies:add {
	text = "[TSS11]", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- IP on Spamhaus
p.replies:add {
	text = "[TSS07]", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- IP on Spamhaus SBL
p.replies:add {
	text = "[BL21]", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- IP on Spamhaus XBL
p.replies:add {
	text = "[BL23]", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- content policy (phish/objectionable links)
p.replies:add {
	text = "[PH01]", category = "content-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- content/DMARC policy
p.replies:add {
	text = "Message not accepted for policy reasons", category = "policy", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- unauthenticated
p.replies:add {
	text = "requires all senders to authenticate with either SPF or DKIM",
	category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- DMARC/DKIM failure
p.replies:add {
	text = "(AU01)", category = "auth-failed", weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- MAIL FROM domain does not resolve
p.replies:add {
	text = "due to unresolvable RFC.5321", category = "sender-rejected", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- mailbox rate
p.replies:add {
	text = "User is receiving mail too quickly", category = "rate-limited",
	scope = "recipient", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- session cap
p.replies:add {
	text = "Max message per connection reached", category = "rate-limited",
	scope = "session", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- busy or soft block
p.replies:add {
	text = "Resources temporarily unavailable", category = "system-error", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- excessive unknown recipients from IP
p.replies:add {
	text = "VS1-IP", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- excessive unknown recipients from MAIL FROM
p.replies:add {
	text = "VS1-MF", category = "sender-rejected", weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- no such user (arrives after DATA: delivery error dd)
p.replies:add {
	text = "This user doesn't have a", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- no such user (552 after DATA is not a size error here)
p.replies:add {
	text = "Requested mail action aborted, mailbox not found", category = "address-bad",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- disabled
p.replies:add {
	text = "This mailbox is disabled (554.30)", category = "mailbox-disabled",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- closed mailbox [-20]
p.replies:add {
	text = "is no longer valid", category = "mailbox-disabled", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
-- no such user
p.replies:add {
	text = "Not a valid recipient", category = "address-bad", only_here = true,
	confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- malformed headers [291]
p.replies:add {
	text = "Headers are not RFC compliant", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- hosted-domain fault
p.replies:add {
	text = "temporary domain failure", category = "system-error", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
