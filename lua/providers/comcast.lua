-- Comcast / Xfinity.
-- Retrying: RL codes are rate: lower the connection rate for 2 h. BL codes are listings: fix the
-- named list. Mailboxes are being migrated to Yahoo from mid 2025, so roll up by MX not by
-- domain.
-- Limits: 25 connections per IP, 1,000 messages/connection (given to KumoMTA by Comcast); PTR
-- required; SERVFAIL on PTR is a temp-fail.
local p = rebuff.provider "comcast"
p.name = "Comcast / Xfinity"
p.domains = { "comcast.net" }
p.mx = { ".comcast.net" }
p.postmaster = "https://spa.xfinity.com/help/postmaster"
p.delist = "https://spa.xfinity.com/report"
p.retry["rate-limited"] = { first = "30m", factor = 2, max = "4h" }

-- rate limit tier
p.replies:add {
	text = "RL000001", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "kumomta assets/policy-extras/shaping.toml"
}
-- domain-level throttle
p.replies:add {
	text = "RL000010", category = "rate-limited", scope = "domain", words = true,
	weight = 60, confidence = 0.95, source = "kumomta assets/policy-extras/shaping.toml"
}
-- behaviour looks like spam
p.replies:add {
	text = "BL000000", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "http://postmaster.comcast.net/mail-error-codes.xml"
}
-- on Spamhaus Zen
p.replies:add {
	text = "BL000001", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "http://postmaster.comcast.net/mail-error-codes.xml"
}
-- on Cloudmark CSI
p.replies:add {
	text = "BL000010", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "http://postmaster.comcast.net/mail-error-codes.aspx"
}
-- on SenderScore list (BL bits combine, e.g. 000011 = Zen+CSI)
p.replies:add {
	text = "BL000100", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "http://postmaster.comcast.net/mail-error-codes.aspx"
}
-- Comcast residential source
p.replies:add {
	text = "ES000001", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "http://postmaster.comcast.net/mail-error-codes.xml"
}
-- external dynamic source
p.replies:add {
	text = "ES000010", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "http://postmaster.comcast.net/mail-error-codes.xml"
}
-- listing
p.replies:add {
	text = "found on one or more DNSBLs", category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- >25 parallel sessions
p.replies:add {
	text = "Too many sessions opened", category = "rate-limited", confidence = 0.95,
	source = "https://mdpcontent-ho-1p-187062.sys.comcast.net/smtp-error-codes.php"
}
-- PTR lookup failed
p.replies:add {
	text = "Reverse DNS failure : Try again later", category = "ip-blocked",
	confidence = 0.95,
	source = "https://mdpcontent-ho-1p-187062.sys.comcast.net/smtp-error-codes.php"
}
-- PTR missing
p.replies:add {
	text = "must have a PTR record", category = "ip-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "Not our Customer", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "recipient mailbox unallocated", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- disabled
p.replies:add {
	text = "Recipient unavailable", category = "mailbox-disabled", only_here = true,
	confidence = 0.75, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- mailbox locked (also seen during migration)
p.replies:add {
	text = "Recipient temporarily unavailable", category = "system-error", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- mailbox rate
p.replies:add {
	text = "too many recent messages", category = "rate-limited", scope = "recipient",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- full
p.replies:add {
	text = "user over quota", category = "mailbox-full", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- full for long
p.replies:add {
	text = "extended quota violation", category = "mailbox-disabled", confidence = 0.75,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DM000001
p.replies:add {
	text = "Message rejected due to DMARC", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- closed
p.replies:add {
	text = "Account Closed, Please Remove", category = "mailbox-disabled", confidence = 0.95,
	source = "kumomta assets/community/bounces.toml"
}
