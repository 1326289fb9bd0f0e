-- Sina.
local p = rebuff.provider "sina"
p.name = "Sina"
p.domains = { "sina.com", "sina.cn", "vip.sina.com" }
p.mx = { ".sina.com.cn" }
p.postmaster = "https://help.sina.com.cn/"
p.retry["rate-limited"] = { first = "1h", factor = 2, max = "8h" }

-- no such user
p.replies:add {
	text = "mailbox unavailable", category = "address-bad", only_here = true,
	confidence = 0.95, source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- locked
p.replies:add {
	text = "user is locked", category = "mailbox-disabled", confidence = 0.75,
	source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- IP banned
p.replies:add {
	text = "black ip", category = "ip-blocked", confidence = 0.95,
	source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- content (552 is not quota here)
p.replies:add {
	text = "message rejected by anti-spam engine", category = "content-blocked",
	confidence = 0.95, source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- bulk fingerprint
p.replies:add {
	text = "too many same size mails", category = "rate-limited", confidence = 0.95,
	source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- DNSBL
p.replies:add {
	text = "rbl deny", category = "ip-blocked", confidence = 0.95,
	source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- busy
p.replies:add {
	text = "queue unavailable", category = "system-error", only_here = true,
	confidence = 0.95, source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- rcpt cap
p.replies:add {
	text = "out of allow RCPT numbers", category = "rate-limited", scope = "transaction",
	confidence = 0.95, source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
-- IP vs MAIL FROM mismatch
p.replies:add {
	text = "remote ip check error", category = "auth-failed", confidence = 0.95,
	source = "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html"
}
