-- GMX / WEB.DE / mail.com (United Internet).
-- Retrying: The last line carries a case URL with c= reason code and i= kind and v= value: parse
-- and surface it. 421 rate limit: wait several hours, then lower the rate.
-- Limits: No enhanced codes at all. KumoMTA: 4 connections, 20 msgs/connection, TLS required. IP
-- warm-up not needed for trustedDialog partners.
local p = rebuff.provider "gmx"
p.name = "GMX / WEB.DE / mail.com (United Internet)"
p.domains = {
	"gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "gmx.fr", "gmx.es", "gmx.eu",
	"gmx.co.uk", "web.de", "mail.com", "email.com", "usa.com",
}
p.mx = { ".gmx.net", ".web.de", ".mail.com" }
p.postmaster = "https://postmaster.gmx.net/en/error-messages"
p.delist = "https://postmaster.gmx.net/en/contact"
p.retry["rate-limited"] = { first = "2h", factor = 1.5, max = "8h" }
p.retry["ip-blocked"] = { first = "4h", factor = 1.5, max = "12h" }
p.pace = { start = "1/min", floor = "10/h" }

-- refused at banner; reason in following lines/URL
p.replies:add {
	text = "Nemesis ESMTP Service not available", category = "ip-blocked", action = "hold",
	confidence = 0.95, source = "https://postmaster.gmx.com/en/error-messages"
}
-- internal or DNSBL listing (c=r0201...)
p.replies:add {
	text = "IP address is block listed", category = "ip-blocked", confidence = 0.95,
	source = "https://postmaster.gmx.com/en/error-messages"
}
-- PTR generic or missing
p.replies:add {
	text = "Bad DNS PTR resource record", category = "ip-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- too many mails in short time
p.replies:add {
	text = "Rate limit reached", category = "rate-limited", confidence = 0.95,
	source = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
}
-- too many unknown recipients
p.replies:add {
	text = "Reject due to policy violations", code = 421, category = "ip-blocked",
	action = "slow", only_here = true, confidence = 0.95,
	source = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
}
-- HELO keeps changing, or bad delivery ratio
p.replies:add {
	text = "Reject due to policy violations", code = 450, category = "policy",
	only_here = true, confidence = 0.95,
	source = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
}
-- content/header/domain/IP rule - suffix says which
p.replies:add {
	text = "Reject due to policy restrictions", category = "policy", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- SPF fail
p.replies:add {
	text = "Reject due to SPF policy", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "Requested action not taken: mailbox unavailable", category = "address-bad",
	only_here = true, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- full
p.replies:add {
	text = "exceeded storage allocation", category = "mailbox-full", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- MAIL FROM domain broken
p.replies:add {
	text = "Invalid DNS MX or A/AAAA resource record", category = "sender-rejected",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- HELO/MAIL misconfig
p.replies:add {
	text = "Syntax error in parameters or arguments", category = "protocol-error",
	only_here = true, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- parallel cap
p.replies:add {
	text = "Too many connections", category = "rate-limited", only_here = true,
	confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- transient
p.replies:add {
	text = "local error in processing", category = "system-error", only_here = true,
	confidence = 0.95,
	source = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
}
-- the code in the link says what the words leave open
for code, meaning in pairs { bl = "ip-blocked", bip = "ip-blocked", spf = "auth-failed" } do
	p.replies:add { text = { "postmaster.gmx", "c=" .. code }, words = true, category = meaning, weight = 60,
		confidence = 0.85, source = "https://postmaster.gmx.net/en/error-messages" }
	p.replies:add { text = { "postmaster.web.de", "c=" .. code }, words = true, category = meaning, weight = 60,
		confidence = 0.85, source = "https://postmaster.web.de/en/error-messages" }
end
