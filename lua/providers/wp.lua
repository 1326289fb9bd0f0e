-- WP / o2 / tlen.
local p = rebuff.provider "wp"
p.name = "WP / o2 / tlen"
p.domains = { "wp.pl", "o2.pl", "tlen.pl", "go2.pl", "prokonto.pl" }
p.mx = { ".wp.pl", ".o2.pl", ".tlen.pl" }
p.postmaster = "https://pomoc.wp.pl/"

-- content
p.replies:add {
	text = "We can't accept this message because it is spam", category = "content-blocked",
	confidence = 0.95, source = "kumomta assets/community/bounces.toml"
}
-- no such user
p.replies:add {
	text = "No such user", category = "address-bad", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- cap
p.replies:add {
	text = "Too many connections", category = "rate-limited", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
