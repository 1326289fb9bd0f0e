-- ZEROSPAM (Hornetsecurity Canada).
-- Retrying: States the greylist seconds.
local p = rebuff.provider "zerospam"
p.name = "ZEROSPAM (Hornetsecurity Canada)"
p.mx = { ".zerospam.ca" }
p.postmaster = "https://help.cumulussmtp.com/"

-- greylist; text has the number of seconds
p.replies:add {
	text = "greylisted for", category = "greylisted", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "Not in recipient list", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
