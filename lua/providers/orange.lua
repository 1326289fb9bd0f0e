-- Orange / Wanadoo.
-- Retrying: OFR_999: stop this IP for >=2 h. OFR_108/505: hold bulk 4-5 h. The last three digits
-- of OFRxxx_yyy carry the meaning.
-- Limits: 2-3 simultaneous connections per IP, 100 recipients per message; Feedback-ID header
-- asked of senders >1,000/day; complaint rate >=0.6% triggers protection (Aug 2025).
local p = rebuff.provider "orange"
p.name = "Orange / Wanadoo"
p.domains = { "orange.fr", "wanadoo.fr", "voila.fr" }
p.mx = { ".orange.fr", ".wanadoo.fr" }
p.postmaster = "https://postmaster.orange.fr"
p.delist = "https://csi.cloudmark.com/reset-request/"
p.retry["ip-blocked"] = { steps = { "2h", "4h" }, max = "8h" }
p.retry["rate-limited"] = { steps = { "1h", "4h" }, max = "6h" }
p.pace = { start = "10/min" }

-- temporary refusal of source
p.replies:add {
	text = "OFR_999", category = "ip-blocked", action = "slow", words = true,
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- too many connections
p.replies:add {
	text = "OFR005_104", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- too many connections
p.replies:add {
	text = "OFR004_104", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "https://bentonow.com/smtp-errors/orange"
}
-- service refused, try later
p.replies:add {
	text = "OFR004_105", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "https://bentonow.com/smtp-errors/orange"
}
-- try later
p.replies:add {
	text = "OFR004_201", category = "system-error", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- temporary service refusal
p.replies:add {
	text = "OFR_108", category = "rate-limited", words = true, weight = 60, confidence = 0.95,
	source = "https://www.suped.com/learn/email-deliverability/what-to-do-when-orangefr-is-having-email-delivery-issues"
}
-- IP blocked for spam incident (Cloudmark CSI), answered with 550 at banner
p.replies:add {
	text = "OFR006_102", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- IP refused
p.replies:add {
	text = "OFR006_103", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- invalid sender
p.replies:add {
	text = "OFR004_405", category = "sender-rejected", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- no such user
p.replies:add {
	text = "OFR_416", category = "address-bad", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- over quota (5.1.1 with 552!)
p.replies:add {
	text = "OFR_417", category = "mailbox-full", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- service problem
p.replies:add {
	text = "OFR005_505", category = "system-error", words = true, weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- content
p.replies:add {
	text = "ofr_506", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- SPF failed
p.replies:add {
	text = "verifier la configuration SPF/DNS", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- DMARC
p.replies:add {
	text = "DMARC check failed", category = "auth-failed", confidence = 0.95,
	source = "kumomta assets/community/bounces.toml"
}
-- The last three figures mean the same in every reply of theirs, whatever the filter in front.
for number, meaning in pairs { ["101"] = "ip-blocked", ["102"] = "ip-blocked", ["103"] = "ip-blocked",
	["104"] = "rate-limited", ["105"] = "rate-limited", ["108"] = "rate-limited", ["109"] = "rate-limited",
	["201"] = "system-error", ["401"] = "auth-failed", ["402"] = "auth-failed", ["403"] = "sender-rejected",
	["405"] = "sender-rejected", ["415"] = "address-bad", ["416"] = "address-bad", ["417"] = "mailbox-full",
	["501"] = "ip-blocked", ["502"] = "ip-blocked", ["503"] = "ip-blocked", ["505"] = "system-error",
	["510"] = "content-blocked", ["513"] = "content-blocked", ["515"] = "auth-failed", ["517"] = "auth-failed",
	["519"] = "auth-failed" } do
	p.replies:add { text = { "OFR", "_" .. number }, category = meaning, weight = 20, confidence = 0.75,
		source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm" }
end
