-- hot.ee / mail.ee.
local p = rebuff.provider "ee"
p.name = "hot.ee / mail.ee"
p.domains = { "hot.ee", "mail.ee" }
p.mx = { ".hot.ee", ".mail.ee" }

-- expired
p.replies:add {
	text = "is expired account", category = "mailbox-disabled", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- full
p.replies:add {
	text = "Mailbox is full", category = "mailbox-full", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- disabled
p.replies:add {
	text = "Inactive user", category = "mailbox-disabled", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- unknown user hidden as 451
p.replies:add {
	text = "Server configuration problem", category = "address-bad", only_here = true,
	confidence = 0.75, source = "zone-mta config/bounces.txt"
}
