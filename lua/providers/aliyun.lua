-- Alibaba / Aliyun mail.
-- Retrying: Behaviour rejects clear when frequency drops.
local p = rebuff.provider "aliyun"
p.name = "Alibaba / Aliyun mail"
p.domains = { "aliyun.com" }
p.mx = { ".mail.aliyun.com", ".mxhichina.com", ".aliyun-inc.com" }
p.postmaster = "https://help.aliyun.com/"
p.retry["rate-limited"] = { first = "1h", factor = 2, max = "8h" }

-- frequency or bad IP reputation
p.replies:add {
	text = "Reject by behaviour spam", category = "rate-limited", confidence = 0.95,
	source = "http://bestwisewords.com/document_detail/36612.html"
}
-- content
p.replies:add {
	text = "Reject by content spam", category = "content-blocked", confidence = 0.95,
	source = "http://cryptsofthecoliseum.com/article-show-50-294.html"
}
-- no such user
p.replies:add {
	text = "Rcptto account isn't a local account", category = "address-bad",
	confidence = 0.75, source = "http://bestwisewords.com/document_detail/36612.html"
}
-- address in invalid list
p.replies:add {
	text = "Invalid rcptto", category = "address-bad", confidence = 0.95,
	source = "http://cryptsofthecoliseum.com/article-show-50-294.html"
}
-- rate
p.replies:add {
	text = "the total of RCPTs is achieved the maximum threshold", category = "rate-limited",
	confidence = 0.95, source = "http://bestwisewords.com/document_detail/36612.html"
}
