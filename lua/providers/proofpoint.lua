-- Proofpoint Protection Server / on Demand.
-- Retrying: Refused at banner with 554: postpone to 1 h+, keep for 48 h while delisting; never
-- suppress.
local p = rebuff.provider "proofpoint"
p.name = "Proofpoint Protection Server / on Demand"
p.mx = { ".pphosted.com", ".gslb.pphosted.com" }
p.postmaster = "https://ipcheck.proofpoint.com/"
p.delist = "https://ipcheck.proofpoint.com/"
p.retry["ip-blocked"] = { first = "1h", factor = 2, max = "8h" }
p.retry["rate-limited"] = { first = "30m", factor = 2, max = "4h" }

-- PDR listing, at connect
p.replies:add {
	text = "Blocked - see https://ipcheck.proofpoint.com", category = "ip-blocked",
	confidence = 0.95, source = "zone-mta config/bounces.txt"
}
-- back-off token found in PowerMTA pattern lists; origin (Cloudmark gateway) unconfirmed
p.replies:add {
	text = "PR(ct1)", category = "rate-limited", confidence = 0.95,
	source = "public PowerMTA configs (find_string hit); meaning unverified"
}
-- reputation
p.replies:add {
	text = "blocked using prs.proofpoint.com", category = "ip-blocked", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- CSI
p.replies:add {
	text = "blocked using Cloudmark Sender Intelligence", category = "ip-blocked",
	confidence = 0.95, source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- tenant policy
p.replies:add {
	text = "Local Policy Violation", category = "recipient-refused", only_here = true,
	confidence = 0.95, source = "zone-mta config/bounces.txt"
}
