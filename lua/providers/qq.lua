-- Tencent QQ / Exmail / Foxmail.
-- Retrying: All rate limits come back as 550: never bounce or suppress on "frequency limited".
-- Minute-limit blocks for minutes, hour-limit for hours, day-limit for the rest of the day.
-- Limits: Limits are secret; KumoMTA: 4 connections, 8 msgs/connection, TLS.
-- Note: Sisimai maps "mailbox unavailable or access denined" (sic) - the typo means the real
-- string never matches there.
local p = rebuff.provider "qq"
p.name = "Tencent QQ / Exmail / Foxmail"
p.domains = { "qq.com", "foxmail.com", "vip.qq.com" }
p.mx = { ".qq.com" }
p.postmaster = "https://service.mail.qq.com/detail/122"
p.retry["rate-limited"] = { steps = { "1h", "4h", "12h" }, max = "24h" }

-- IP rate
p.replies:add {
	text = "Ip frequency limited", category = "rate-limited", confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- sender address rate
p.replies:add {
	text = "Sender frequency limited", category = "rate-limited", scope = "domain",
	confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- sender domain rate
p.replies:add {
	text = "Domain frequency limited", category = "rate-limited", scope = "domain",
	confidence = 0.95, source = "kumomta assets/community/shaping.toml"
}
-- connection rate
p.replies:add {
	text = "Connection frequency limited", category = "rate-limited", confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- recipient flooded - a temporary shield, not a dead box
p.replies:add {
	text = "Mailbox unavailable or access denied", category = "rate-limited",
	scope = "recipient", only_here = true, confidence = 0.95,
	source = "http://qiao.yimirj.com/article/detail/2261"
}
-- no such user
p.replies:add {
	text = "Mailbox not found", category = "address-bad", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- inactive
p.replies:add {
	text = "is a deactivated mailbox", category = "mailbox-disabled", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- content
p.replies:add {
	text = "Mail content denied", category = "content-blocked", confidence = 0.95,
	source = "kumomta assets/community/shaping.toml"
}
-- IP or sender verdict
p.replies:add {
	text = "Suspected spam", category = "ip-blocked", only_here = true, confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- null-sender volume
p.replies:add {
	text = "Suspected bounce attacks", category = "policy", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- user block
p.replies:add {
	text = "Mail is rejected by recipients", category = "recipient-refused",
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- SPF
p.replies:add {
	text = "SPF check failed", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- DMARC
p.replies:add {
	text = "DMARC check failed", category = "auth-failed", confidence = 0.95,
	source = "p5-sisimai lib/Sisimai/Rhost/Tencent.pm"
}
-- syntax
p.replies:add {
	text = "Bad address syntax", category = "address-bad", confidence = 0.95,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
