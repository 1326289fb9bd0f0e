-- Yahoo! Japan.
-- Retrying: VS98/TSS04: pause 1 h per IP.
-- Limits: KumoMTA community: 2 connections, 10 msg/s, 20 msgs/connection. Separate MX estate from
-- Yahoo Inc.
local p = rebuff.provider "yahoojp"
p.name = "Yahoo! Japan"
p.domains = { "yahoo.co.jp", "ybb.ne.jp" }
p.mx = { ".mail.yahoo.co.jp" }
p.postmaster = "https://support.yahoo-net.jp/PccMail/"
p.retry["ip-blocked"] = { first = "1h", factor = 2, max = "8h" }

-- IP not allowed for now (553 carrying "deferred")
p.replies:add {
	text = "VS98-IP0 deferred", category = "ip-blocked", confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- volume or complaints
p.replies:add {
	text = "[TSS04]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- volume or complaints
p.replies:add {
	text = "[IPTS04]", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- server dropped idle session
p.replies:add {
	text = "Timeout waiting for command", category = "rate-limited", scope = "session",
	only_here = true, confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
