-- ImprovMX forwarding.
-- Retrying: Forwarder: verdicts often come from the final mailbox.
local p = rebuff.provider "improvmx"
p.name = "ImprovMX forwarding"
p.mx = { ".improvmx.com" }
p.postmaster = "https://improvmx.com/guides/"

-- try later
p.replies:add {
	text = "(#id-5.9.4)", category = "system-error", weight = 60, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- domain reputation
p.replies:add {
	text = "very low reputation of the sending domain", category = "content-blocked",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- domain not configured
p.replies:add {
	text = "(#id-5.9.2)", category = "domain-bad", weight = 60, confidence = 0.75,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- loop
p.replies:add {
	text = "(#id-5.9.0)", category = "network-error", weight = 60, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
