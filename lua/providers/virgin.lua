-- Virgin Media (Liberty Global).
local p = rebuff.provider "virgin"
p.name = "Virgin Media (Liberty Global)"
p.domains = { "virginmedia.com", "virgin.net", "ntlworld.com", "blueyonder.co.uk" }
p.mx = { ".virginmedia.com", ".as9143.net" }
p.postmaster = "https://www.virginmedia.com/help"

-- content
p.replies:add {
	text = "Message contains Spam Content", category = "content-blocked", confidence = 0.95,
	source = "kumomta assets/community/bounces.toml"
}
-- reputation
p.replies:add {
	text = "blocked", code = 5, category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "Invalid recipient", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
