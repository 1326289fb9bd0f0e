-- Proofpoint Essentials.
-- Retrying: 421 4.1.1 verification replies clear in minutes.
local p = rebuff.provider "ppe"
p.name = "Proofpoint Essentials"
p.mx = { ".ppe-hosted.com" }
p.postmaster = "https://help.proofpoint.com/Proofpoint_Essentials"
p.retry["greylisted"] = { first = "5m", factor = 1.5, max = "1h" }

-- call-out pending: greylist-like
p.replies:add {
	text = "Address verification in progress", category = "greylisted", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- call-out to the real server failed
p.replies:add {
	text = "unverified address", category = "system-error", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "undeliverable address", category = "address-bad", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "User email address is marked as invalid", category = "address-bad",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- domain not a customer any more
p.replies:add {
	text = "Relaying denied", category = "domain-bad", only_here = true, confidence = 0.75,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DMARC
p.replies:add {
	text = "Email rejected per sender's DMARC policy", category = "auth-failed",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
