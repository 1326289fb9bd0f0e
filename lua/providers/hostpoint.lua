-- Hostpoint.
local p = rebuff.provider "hostpoint"
p.name = "Hostpoint"
p.mx = { ".hostpoint.ch" }
p.postmaster = "https://support.hostpoint.ch/"

-- SPF
p.replies:add {
	text = "SPF-check failed", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
