-- SFR / Neuf / Numericable (Altice).
-- Retrying: Every SFR_IN block lasts two hours: pause exactly 2 h.
-- Limits: 2 connections per IP.
local p = rebuff.provider "sfr"
p.name = "SFR / Neuf / Numericable (Altice)"
p.domains = {
	"sfr.fr", "neuf.fr", "club-internet.fr", "cegetel.net", "numericable.fr", "9online.fr",
	"9business.fr", "noos.fr", "guideo.fr", "mageos.com", "sfr.net",
}
p.mx = { ".sfr.fr" }
p.postmaster = "https://www.postmastery.com/all-about-isp-sfr-and-smtp-error-codes-sfr_in_xxx/"
p.retry["ip-blocked"] = { first = "2h", factor = 1, max = "2h" }
p.retry["rate-limited"] = { first = "2h", factor = 1, max = "2h" }
p.retry["protocol-error"] = { first = "2h", factor = 1, max = "2h" }
p.pace = { start = "10/min" }

-- too many spam reports (x01)
p.replies:add {
	text = "SFR_IN_101", category = "ip-blocked", action = "slow", words = true,
	weight = 60, confidence = 0.95, source = "https://bentonow.com/smtp-errors/sfr"
}
-- malware (x02)
p.replies:add {
	text = "SFR_IN_102", category = "content-blocked", words = true, weight = 60, confidence = 0.95,
	source = "https://bentonow.com/smtp-errors/sfr"
}
-- too many SMTP errors (x03)
p.replies:add {
	text = "SFR_IN_103", category = "protocol-error", words = true, weight = 60, confidence = 0.95,
	source = "https://bentonow.com/smtp-errors/sfr/sfr-in-103"
}
-- too many unknown users (x04)
p.replies:add {
	text = "SFR_IN_104", category = "ip-blocked", action = "slow", words = true,
	weight = 60, confidence = 0.95, source = "https://bentonow.com/smtp-errors/sfr"
}
-- volume limit (x05)
p.replies:add {
	text = "SFR_IN_105", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "https://bentonow.com/smtp-errors/sfr"
}
-- session errors
p.replies:add {
	text = "Error: too many errors", category = "protocol-error", only_here = true,
	confidence = 0.95, source = "https://bentonow.com/smtp-errors/sfr"
}
-- content
p.replies:add {
	text = "Message content rejected", category = "content-blocked", confidence = 0.95,
	source = "https://doc.gadz.org/pages/diffpages.action?originalId=21791317&pageId=21792015"
}
