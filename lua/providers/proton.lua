-- Proton Mail.
local p = rebuff.provider "proton"
p.name = "Proton Mail"
p.domains = { "proton.me", "protonmail.com", "pm.me" }
p.mx = { ".protonmail.ch" }
p.postmaster = "https://proton.me/support"

-- content
p.replies:add {
	text = "Rejected by spam filter", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "Recipient address rejected", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- greylist
p.replies:add {
	text = "Greylisting in action", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
