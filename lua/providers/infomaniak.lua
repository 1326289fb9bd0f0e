-- Infomaniak.
local p = rebuff.provider "infomaniak"
p.name = "Infomaniak"
p.domains = { "ik.me", "etik.com" }
p.mx = { ".infomaniak.ch", ".infomaniak.com" }
p.postmaster = "https://www.infomaniak.com/en/support/faq"

-- sender domain DNS
p.replies:add {
	text = "Sender address rejected: Domain not found", category = "sender-rejected",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DMARC
p.replies:add {
	text = "rejected by DMARC policy for", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
