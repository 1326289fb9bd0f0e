-- Hornetsecurity / antispameurope.
-- Retrying: 4.5.5/4.5.6/4.5.7 are early-spam deferrals: 15-30 min.
local p = rebuff.provider "hornet"
p.name = "Hornetsecurity / antispameurope"
p.mx = { ".hornetsecurity.com", ".antispameurope.com" }
p.postmaster = "https://support.hornetsecurity.com/"
p.retry["greylisted"] = { steps = { "15m", "30m" }, max = "1h" }

-- early spam detection
p.replies:add {
	text = "early", code = 4, enhanced = "4.5.5", category = "greylisted", only_here = true,
	confidence = 0.85,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
-- please retry
p.replies:add {
	text = "Temporary", code = 4, enhanced = "4.5.6", category = "system-error",
	only_here = true, confidence = 0.85,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
-- negative IP reputation
p.replies:add {
	text = "IP", code = 5, enhanced = "5.5.4", category = "ip-blocked", only_here = true,
	confidence = 0.85,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
-- spam
p.replies:add {
	text = "Spam", code = 5, enhanced = "5.5.5", category = "content-blocked",
	only_here = true, confidence = 0.85,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
-- TLS demanded
p.replies:add {
	text = "TLS", code = 5, enhanced = "5.6.5", category = "policy", only_here = true,
	confidence = 0.85,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
-- no such user
p.replies:add {
	text = "unknown recipient", category = "address-bad", only_here = true,
	confidence = 0.95,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
-- null sender with many RCPT
p.replies:add {
	text = "multi-recipient bounce", category = "protocol-error", confidence = 0.95,
	source = "http://support.everycloudtech.com/support/solutions/articles/4000039509-workspace-reason-codes"
}
