-- Amazon SES inbound / WorkMail.
local p = rebuff.provider "awsin"
p.name = "Amazon SES inbound / WorkMail"
p.mx = { ".amazonaws.com" }
p.postmaster = "https://docs.aws.amazon.com/ses/latest/dg/receiving-email.html"

-- no rule/mailbox
p.replies:add {
	text = "Requested action not taken: mailbox unavailable", category = "address-bad",
	only_here = true, confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no mailbox (feedback address)
p.replies:add {
	text = "Mailbox does not exist!", category = "address-bad", confidence = 0.95,
	source = "https://github.com/sisimai/p5-sisimai/issues/387"
}
