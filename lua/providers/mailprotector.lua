-- Mailprotector.
local p = rebuff.provider "mailprotector"
p.name = "Mailprotector"
p.mx = { ".emailservice.io", ".emailservice.cc" }
p.postmaster = "https://support.mailprotector.com/hc/en-us/articles/360048244891-Common-Email-Bouncebacks"

-- rate
p.replies:add {
	text = "Message submission rate for this client has exceeded the configured limit",
	category = "rate-limited", confidence = 0.95,
	source = "https://support.mailprotector.com/hc/en-us/articles/360048244891-Common-Email-Bouncebacks"
}
-- greylist
p.replies:add {
	text = "Greylisted", category = "greylisted", only_here = true, confidence = 0.85,
	source = "https://support.mailprotector.com/hc/en-us/articles/360048244891-Common-Email-Bouncebacks"
}
