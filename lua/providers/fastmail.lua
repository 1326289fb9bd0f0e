-- Fastmail.
-- Retrying: Greylists suspicious sources.
local p = rebuff.provider "fastmail"
p.name = "Fastmail"
p.domains = { "fastmail.com", "fastmail.fm", "messagingengine.com" }
p.mx = { ".messagingengine.com" }
p.postmaster = "https://www.fastmail.help/"

-- greylist
p.replies:add {
	text = "Greylist", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "Recipient address rejected: User unknown", category = "address-bad",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
