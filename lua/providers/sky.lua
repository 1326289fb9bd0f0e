-- Sky UK.
-- Retrying: Hosted by Yahoo: inherits yahoo rules through MX roll-up.
local p = rebuff.provider "sky"
p.name = "Sky UK"
p.domains = { "sky.com", "skynet.sky" }
p.postmaster = "https://senders.yahooinc.com/"
p.retry["ip-blocked"] = { steps = { "2h", "4h" }, max = "8h" }

-- see yahoo
p.replies:add {
	text = "[TSS04]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/YahooInc.pm"
}
