-- Rediffmail.
local p = rebuff.provider "rediff"
p.name = "Rediffmail"
p.domains = { "rediffmail.com", "rediff.com" }
p.mx = { ".rediffmail.com", ".akadns.net" }
p.postmaster = "https://support.rediff.com/"

-- no such user
p.replies:add {
	text = "Requested mail action not taken: mailbox unavailable", category = "address-bad",
	only_here = true, confidence = 0.6, source = "unconfirmed"
}
-- full
p.replies:add {
	text = "mailbox full", category = "mailbox-full", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
