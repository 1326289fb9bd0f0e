-- Zoho.
local p = rebuff.provider "zoho"
p.name = "Zoho"
p.domains = { "zoho.com", "zohomail.com", "zoho.eu", "zoho.in" }
p.mx = { ".zoho.com", ".zoho.eu", ".zoho.in", ".zohomail.com" }
p.postmaster = "https://www.zoho.com/mail/help/spam-reason.html"

-- content
p.replies:add {
	text = "Email cannot be delivered. Reason: Email flagged as Spam",
	category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- policy
p.replies:add {
	text = "Email policy violation", category = "policy", confidence = 0.95,
	source = "sisimai/set-of-emails maildir"
}
-- DMARC
p.replies:add {
	text = "Email rejected per DMARC policy", category = "auth-failed", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- tenant rule (541)
p.replies:add {
	text = "Mail rejected by destination domain", category = "recipient-refused",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- tenant policy; 4xx that rarely clears
p.replies:add {
	text = "Mailbox delivery restricted by policy error", category = "recipient-refused",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- policy, not quota
p.replies:add {
	text = "Mailbox delivery failure policy error", category = "recipient-refused",
	confidence = 0.75, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "User unknown", category = "address-bad", only_here = true, confidence = 0.85,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- domain not (any more) hosted
p.replies:add {
	text = "Relaying disallowed", category = "domain-bad", only_here = true,
	confidence = 0.75, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- virus
p.replies:add {
	text = "detected by Zoho Mail", category = "content-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- system
p.replies:add {
	text = "Temporary System Error", category = "system-error", only_here = true,
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- policy
p.replies:add {
	text = "MailPolicy violation", category = "recipient-refused", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
