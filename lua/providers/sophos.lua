-- Sophos Email / Reflexion.
local p = rebuff.provider "sophos"
p.name = "Sophos Email / Reflexion"
p.mx = { ".hydra.sophos.com", ".reflexion.net", ".sophos.com" }
p.postmaster = "https://support.sophos.com/"

-- greylist
p.replies:add {
	text = "Greylist", category = "greylisted", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- reputation
p.replies:add {
	text = "blocked", code = 5, category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "Mailbox does not exist", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
