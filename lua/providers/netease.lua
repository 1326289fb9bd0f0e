-- NetEase 163/126/yeah.
-- Retrying: 421 HL:* clear after the behaviour stops; 451 DT:SPM asks for a retry about two
-- minutes later.
-- Limits: KumoMTA: 4 connections, 7 msgs/connection.
local p = rebuff.provider "netease"
p.name = "NetEase 163/126/yeah"
p.domains = { "163.com", "126.com", "yeah.net", "vip.163.com", "188.com" }
p.mx = { ".netease.com" }
p.postmaster = "https://qiye.163.com/help/af988e.html"
p.retry["greylisted"] = { steps = { "2m", "5m", "15m", "30m" }, max = "1h" }
p.retry["rate-limited"] = { steps = { "15m", "1h", "4h" }, max = "12h" }

-- too many unknown recipients
p.replies:add {
	text = "HL:REP", category = "ip-blocked", action = "slow", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- too many parallel connections
p.replies:add {
	text = "HL:ICC", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- too many messages in short time
p.replies:add {
	text = "HL:IFC", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- forged sender domains
p.replies:add {
	text = "HL:MEP", category = "sender-rejected", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- messages per connection cap
p.replies:add {
	text = "MI:DMC", category = "rate-limited", scope = "session", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- recipients per connection cap
p.replies:add {
	text = "RP:DRC", category = "rate-limited", scope = "transaction", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- sender over 15-minute quota
p.replies:add {
	text = "MI:SFQ", category = "rate-limited", scope = "domain", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- IP on DNSBL
p.replies:add {
	text = "DT:RBL", category = "ip-blocked", weight = 60, confidence = 0.95,
	source = "https://biecuoliao.com/pa/MBRrwEM.html"
}
-- content suspicion, retry in 2 min
p.replies:add {
	text = "DT:SPM", code = 4, category = "greylisted", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- content refused
p.replies:add {
	text = "DT:SPM", code = 5, category = "content-blocked", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- daily limit
p.replies:add {
	text = "RP:ORQ", category = "rate-limited", scope = "ip", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- daily limit
p.replies:add {
	text = "HL:ITC", category = "rate-limited", weight = 60, confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- suspended
p.replies:add {
	text = "user suspended", category = "mailbox-disabled", confidence = 0.75,
	source = "p5-sisimai lib/Sisimai/Reason/*.pm"
}
-- parallel cap
p.replies:add {
	text = "Too many connections", category = "rate-limited", confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- the rest of NetEase's published table
local page = "http://mail.163.com/help/help_spam_16.htm"
for _, rule in ipairs {
	{ "MI:CEL", "protocol-error" }, { "MI:CCL", "protocol-error" }, { "RP:CEL", "protocol-error" },
	{ "RP:CCL", "protocol-error" }, { "MI:NHD", "protocol-error" }, { "WM:BLI", "ip-blocked" },
	{ "HL:IHU", "ip-blocked" }, { "HL:IPB", "ip-blocked" }, { "WM:BLU", "sender-rejected" },
	{ "MI:SPB", "sender-rejected" }, { "MI:IMF", "sender-rejected" }, { "MI:SPF", "auth-failed" },
	{ "MI:DMA", "auth-failed" }, { "RP:FRL", "relay-denied" }, { "DT:SUM", "sender-rejected" },
	{ "DT:SPF", "auth-failed" }, { "DT:ERR", "content-blocked" }, { "RP:QRC", "rate-limited", "domain" },
	{ "RP:TRC", "rate-limited", "domain" }, { "MI:STC", "rate-limited", "domain" },
	{ "RP:RCL", "rate-limited", "transaction" },
} do
	p.replies:add { text = rule[1], category = rule[2], scope = rule[3], weight = 60, confidence = 0.85,
		source = page }
end
p.replies:add { text = "Invalid User", category = "address-bad", confidence = 0.85, source = page }
p.replies:add { text = "User in blacklist", category = "sender-rejected", confidence = 0.85, source = page }
p.replies:add { text = "too much recipient", category = "rate-limited", scope = "transaction", confidence = 0.85,
	source = page }
p.replies:add { text = "too much fail authentication", category = "policy", confidence = 0.85, source = page }
