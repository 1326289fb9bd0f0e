-- Trend Micro Email Security / HES.
-- Retrying: 450 = dynamic (QIL) listing, clears by itself; 550 = RBL+ needs removal.
local p = rebuff.provider "trendmicro"
p.name = "Trend Micro Email Security / HES"
p.mx = { ".trendmicro.com", ".trendmicro.eu", ".trendmicro.co.jp" }
p.postmaster = "https://servicecentral.trendmicro.com/ers/"
p.delist = "https://www.ers.trendmicro.com/reputations/index"

-- dynamic reputation hit
p.replies:add {
	text = "Email Reputation", category = "ip-blocked", action = "slow", only_here = true,
	confidence = 0.95,
	source = "https://docs.trendmicro.com/en-us/documentation/article/deep-discovery-email-inspector-51-online-help-smtp-error-codes"
}
-- static list
p.replies:add {
	text = "blocked using Trend Micro RBL+", category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- tenant list
p.replies:add {
	text = "ERS-Customized-Block", category = "recipient-refused", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- tenant blocks sender
p.replies:add {
	text = "BLOCK-SEND-ER", category = "recipient-refused", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- recipient blocked
p.replies:add {
	text = "BLOCK-RCPT", category = "recipient-refused", confidence = 0.75,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- no such user
p.replies:add {
	text = "Invalid-Recipient", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- domain not served
p.replies:add {
	text = "NO-DOMAIN", category = "domain-bad", only_here = true, confidence = 0.75,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- sender filtering
p.replies:add {
	text = "Block permanently", category = "policy", only_here = true, confidence = 0.95,
	source = "https://docs.trendmicro.com/en-us/documentation/article/deep-discovery-email-inspector-51-online-help-smtp-error-codes"
}
