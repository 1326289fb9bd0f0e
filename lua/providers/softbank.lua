-- SoftBank.
-- Retrying: High unknown-user ratio triggers control.
-- Limits: 1 MB message cap.
local p = rebuff.provider "softbank"
p.name = "SoftBank"
p.domains = { "softbank.ne.jp", "i.softbank.jp", "vodafone.ne.jp", "ymobile.ne.jp" }
p.mx = { ".softbank.ne.jp", ".softbank.jp" }
p.postmaster = "https://www.softbank.jp/mobile/support/antispam/wrestle/"

-- no such user
p.replies:add {
	text = "Invalid recipient", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- congestion
p.replies:add {
	text = "try again", code = 4, category = "rate-limited", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
