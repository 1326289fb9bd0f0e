-- TalkTalk.
local p = rebuff.provider "talktalk"
p.name = "TalkTalk"
p.domains = { "talktalk.net", "tiscali.co.uk", "lineone.net" }
p.mx = { ".talktalk.net" }
p.postmaster = "https://community.talktalk.co.uk/"

-- no such user
p.replies:add {
	text = "User unknown", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- cap
p.replies:add {
	text = "Too many concurrent SMTP connections", category = "rate-limited",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
