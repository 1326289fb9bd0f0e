-- Charter / Spectrum / RoadRunner (Cloudmark gateway).
-- Retrying: AUP#I-1310/1320/1330 are Cloudmark time-outs believed to be 5 min / 1 h / 24 h: map
-- to pauses of exactly those lengths.
-- Limits: Concurrency tiers depend on reputation; IPv6 not accepted (1260); full-circle DNS
-- needed.
-- Note: Sisimai misspells reason for 1220-1250 as "blokced", so its own reason set never matches.
local p = rebuff.provider "spectrum"
p.name = "Charter / Spectrum / RoadRunner (Cloudmark gateway)"
p.domains = { "charter.net", "spectrum.net", "rr.com", "twc.com", "brighthouse.com" }
p.mx = { ".charter.net", ".rr.com" }
p.postmaster = "https://www.spectrumbusiness.net/support/internet/understanding-email-error-codes"
p.retry["rate-limited"] = { steps = { "5m", "1h", "24h" }, max = "24h" }
p.retry["ip-blocked"] = { steps = { "4h", "24h" }, max = "24h" }

-- IP blocked, expires by itself
p.replies:add {
	text = { "AUP#I", "-1000" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- sender blocked by policy
p.replies:add {
	text = { "AUP#I", "-1010" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "https://www.suped.com/knowledge/email-deliverability/troubleshooting/how-to-troubleshoot-email-delivery-issues-with-chartertwc-spectrumroadrunner-customers-including"
}
-- temporary fault
p.replies:add {
	text = { "AUP#I", "-1090" }, category = "system-error", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- reverse DNS missing
p.replies:add {
	text = { "AUP#I", "-1100" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- Cloudmark CSI listing
p.replies:add {
	text = { "AUP#I", "-1200" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- Spamhaus listing (1220-1250)
p.replies:add {
	text = { "AUP#I", "-1220" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- IPv6 not accepted
p.replies:add {
	text = { "AUP#I", "-1260" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- rate time-out tier 1
p.replies:add {
	text = { "AUP#I", "-1310" }, category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://www.spamresource.com/2019/10/charterroadrunner-bounces.html"
}
-- rate time-out tier 2
p.replies:add {
	text = { "AUP#I", "-1320" }, category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://www.spamresource.com/2019/10/charterroadrunner-bounces.html"
}
-- rate time-out tier 3
p.replies:add {
	text = { "AUP#I", "-1330" }, category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://www.spamresource.com/2019/10/charterroadrunner-bounces.html"
}
-- too many concurrent connections
p.replies:add {
	text = { "AUP#I", "-1340" }, category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://www.suped.com/knowledge/email-deliverability/troubleshooting/how-to-resolve-email-delivery-issues-to-charternet"
}
-- volume/recipient/invalid-recipient limit (1350-1490)
p.replies:add {
	text = { "AUP#I", "-1350" }, category = "rate-limited", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- >20 MB
p.replies:add {
	text = { "AUP#I", "-1530" }, category = "message-too-big", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- too many messages in session
p.replies:add {
	text = { "AUP#I", "-1540" }, category = "rate-limited", scope = "session", words = true,
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- too many recipients in message
p.replies:add {
	text = { "AUP#I", "-1550" }, category = "rate-limited", scope = "transaction", words = true,
	weight = 60, confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- too many invalid recipients
p.replies:add {
	text = { "AUP#I", "-1560" }, category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- too many recipients in short period
p.replies:add {
	text = { "AUP#I", "-1580" }, category = "rate-limited", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Spectrum.pm"
}
-- the rest of the ranges that their page names
local page = "https://www.spectrumbusiness.net/support/internet/understanding-email-error-codes"
local function range(first, last, category)
	for number = first, last, 10 do
		p.replies:add { text = { "AUP#I", "-" .. number }, category = category, weight = 60, confidence = 0.85,
			source = page }
	end
end
range(1230, 1250, "ip-blocked")
range(1360, 1490, "rate-limited")
