-- La Poste.
-- Retrying: LPN027_503 clears in a few hours when slowed.
-- Limits: 2 connections, 100 messages/connection; MAIL FROM must accept mail.
local p = rebuff.provider "laposte"
p.name = "La Poste"
p.domains = { "laposte.net" }
p.mx = { ".laposte.net" }
p.postmaster = "https://www.laposte.net/accueil/"
p.retry["ip-blocked"] = { first = "2h", factor = 1.5, max = "8h" }
p.pace = { start = "10/min" }

-- host refused for now
p.replies:add {
	text = "LPN027_503", category = "ip-blocked", action = "slow", words = true,
	weight = 60, confidence = 0.95, source = "https://bentonow.com/smtp-errors/laposte"
}
-- too many connections
p.replies:add {
	text = "LPN105_104", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- Spamhaus listing
p.replies:add {
	text = "LPNAAA_101", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- reputation list (SenderScore)
p.replies:add {
	text = "LPN007_102", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- SPF
p.replies:add {
	text = "LPN004_401", category = "auth-failed", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- sender cannot receive mail
p.replies:add {
	text = "LPN007_405", category = "sender-rejected", words = true, weight = 60, confidence = 0.95,
	source = "https://bentonow.com/smtp-errors/laposte"
}
-- no such user
p.replies:add {
	text = "LPN007_416", category = "address-bad", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- mailbox archived
p.replies:add {
	text = "LPN007_420", category = "mailbox-disabled", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- account blocked
p.replies:add {
	text = "LPN007_426", category = "mailbox-disabled", words = true, weight = 60, confidence = 0.75,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- service problem
p.replies:add {
	text = "LPN007_505", category = "system-error", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- content/policy refusal worded "try later" but 550
p.replies:add {
	text = "LPN007_510", category = "content-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- DMARC (571 reply code)
p.replies:add {
	text = "LPN007_517", category = "auth-failed", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- host rejected
p.replies:add {
	text = "LPN000_630", category = "policy", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- The last three figures mean the same in every reply of theirs, whatever the filter in front.
for number, meaning in pairs { ["101"] = "ip-blocked", ["102"] = "ip-blocked", ["103"] = "ip-blocked",
	["104"] = "rate-limited", ["105"] = "rate-limited", ["108"] = "rate-limited", ["109"] = "rate-limited",
	["201"] = "system-error", ["401"] = "auth-failed", ["402"] = "auth-failed", ["403"] = "sender-rejected",
	["405"] = "sender-rejected", ["415"] = "address-bad", ["416"] = "address-bad", ["417"] = "mailbox-full",
	["501"] = "ip-blocked", ["502"] = "ip-blocked", ["503"] = "ip-blocked", ["505"] = "system-error",
	["510"] = "content-blocked", ["513"] = "content-blocked", ["515"] = "auth-failed", ["517"] = "auth-failed",
	["519"] = "auth-failed" } do
	p.replies:add { text = { "LPN", "_" .. number }, category = meaning, weight = 20, confidence = 0.75,
		source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm" }
end
