-- Seznam (email.cz).
-- Retrying: Slow large mails: a third party relay limits itself to about 30 messages >1 MB per 3
-- min towards Seznam.
local p = rebuff.provider "seznam"
p.name = "Seznam (email.cz)"
p.domains = { "seznam.cz", "email.cz", "post.cz", "spoluzaci.cz" }
p.mx = { ".seznam.cz" }
p.postmaster = "https://o-seznam.cz/napoveda/email/"

-- no such user
p.replies:add {
	text = "No such user", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- greylist
p.replies:add {
	text = "Greylist", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- reputation
p.replies:add {
	text = "rejected", code = 5, category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
