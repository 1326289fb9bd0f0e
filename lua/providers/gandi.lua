-- Gandi.
-- Retrying: Greylists.
local p = rebuff.provider "gandi"
p.name = "Gandi"
p.mx = { ".mail.gandi.net" }
p.postmaster = "https://docs.gandi.net/en/gandimail/"

-- greylist
p.replies:add {
	text = "Greylist", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "User unknown", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
