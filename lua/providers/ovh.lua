-- OVHcloud MX.
local p = rebuff.provider "ovh"
p.name = "OVHcloud MX"
p.domains = { "ovh.net" }
p.mx = { ".mail.ovh.net" }
p.postmaster = "https://help.ovhcloud.com/csm/"

-- no such user
p.replies:add {
	text = "Recipient address rejected: User unknown", category = "address-bad",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
-- PTR
p.replies:add {
	text = "Client host rejected: cannot find your hostname", category = "ip-blocked",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
-- greylist
p.replies:add {
	text = "Greylist", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
