-- HEY.
-- Limits: Sender screening by the reader, invisible to SMTP.
local p = rebuff.provider "hey"
p.name = "HEY"
p.domains = { "hey.com" }
p.mx = { ".hey.com" }
p.postmaster = "https://www.hey.com/"

-- no such user
p.replies:add {
	text = "Recipient address rejected: User unknown", category = "address-bad",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
