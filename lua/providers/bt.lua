-- BT Internet.
-- Retrying: Cloudmark gateway: too-many-connections and CSI style answers.
local p = rebuff.provider "bt"
p.name = "BT Internet"
p.domains = { "btinternet.com", "btopenworld.com", "talk21.com", "btconnect.com" }
p.mx = { ".bt.com", ".cpcloud.co.uk", ".btconnect.com" }
p.postmaster = "https://www.bt.com/help/email"

-- odd header rule (btconnect)
p.replies:add {
	text = "No Resent-From field given", category = "content-blocked", confidence = 0.95,
	source = "https://github.com/sisimai/p5-sisimai/issues/68"
}
-- reputation
p.replies:add {
	text = "poor reputation", category = "ip-blocked", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- cap
p.replies:add {
	text = "Too many connections", category = "rate-limited", only_here = true, confidence = 0.6,
	source = "unconfirmed"
}
-- no such user
p.replies:add {
	text = "Recipient rejected", category = "address-bad", only_here = true,
	confidence = 0.6, source = "unconfirmed"
}
