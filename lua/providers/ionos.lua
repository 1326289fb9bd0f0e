-- IONOS / 1&1 / kundenserver.
-- Retrying: As GMX: same software.
-- Limits: No enhanced codes.
local p = rebuff.provider "ionos"
p.name = "IONOS / 1&1 / kundenserver"
p.domains = { "online.de", "onlinehome.de" }
p.mx = {
	".kundenserver.de", ".ionos.de", ".ionos.com", ".ionos.co.uk", ".ionos.fr", ".perfora.net",
	".1and1.com",
}
p.postmaster = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
p.retry["rate-limited"] = { first = "2h", factor = 1.5, max = "8h" }
p.retry["ip-blocked"] = { first = "4h", factor = 1.5, max = "12h" }
p.pace = { start = "1/min", floor = "10/h" }

-- too fast
p.replies:add {
	text = "Rate limit reached. Please try again later", category = "rate-limited",
	confidence = 0.95,
	source = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
}
-- bad recipient ratio
p.replies:add {
	text = "Reject due to policy violations", category = "ip-blocked", action = "slow",
	only_here = true, confidence = 0.95,
	source = "https://ionos.de/hilfe/e-mail/postmaster/smtp-fehlermeldungen-der-11-ionos-mailserver"
}
-- no such user
p.replies:add {
	text = "mailbox unavailable", category = "address-bad", only_here = true,
	confidence = 0.95,
	source = "https://ionos.ca/help/email/troubleshooting-mail-basicmail-business/error-messages-caused-by-undeliverable-email"
}
-- full (550, not 552)
p.replies:add {
	text = "Quota Exceeded", category = "mailbox-full", confidence = 0.95,
	source = "https://ionos.ca/help/email/troubleshooting-mail-basicmail-business/error-messages-caused-by-undeliverable-email"
}
-- banner block
p.replies:add {
	text = "Nemesis ESMTP Service not available", category = "ip-blocked", action = "hold",
	confidence = 0.95, source = "https://postmaster.gmx.com/en/error-messages"
}
