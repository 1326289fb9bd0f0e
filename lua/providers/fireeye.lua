-- Trellix / FireEye ETP.
local p = rebuff.provider "fireeye"
p.name = "Trellix / FireEye ETP"
p.mx = { ".fireeyecloud.com" }

-- IP on Invaluement
p.replies:add {
	text = "ETP208", category = "ip-blocked", words = true, weight = 60, confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- DMARC
p.replies:add {
	text = "ETP205", category = "auth-failed", words = true, weight = 60, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
