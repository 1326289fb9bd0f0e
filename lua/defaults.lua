-- The policy that holds everywhere unless a provider's file or the operator's folder says otherwise.
-- What is not said here is as in schema.lua.
local all = rebuff.default

-- When to come back.
all.retry["greylisted"] = { steps = { "5m", "10m", "15m", "30m", "1h" }, max = "1h" }
all.retry["rate-limited"] = { steps = { "15m", "30m", "1h", "2h", "4h" }, max = "4h", jitter = 0.2 }
all.retry["mailbox-full"] = { steps = { "4h", "8h", "12h", "24h" }, max = "24h" }
all.retry["network-error"] = { steps = { "15m", "30m", "1h", "2h" }, max = "2h" }
all.retry["domain-bad"] = { steps = { "15m", "30m", "1h", "2h" }, max = "2h" }
-- Refused for what we are or what we send: that does not change in minutes.
local about_us = { steps = { "1h", "2h", "4h", "8h", "12h" }, max = "12h" }
all.retry["ip-blocked"] = about_us
all.retry["sender-rejected"] = about_us
all.retry["content-blocked"] = about_us
all.retry["policy"] = about_us
all.retry["auth-failed"] = about_us
all.retry["relay-denied"] = about_us

-- When to stop mailing an address. All else that counts against one is soft: 3 messages in 30 days.
all.suppress["address-bad"] = { after = 1, lasts = "180d" }
all.suppress["mailbox-disabled"] = { after = 1, lasts = "90d" }
all.suppress["domain-bad"] = { after = 3, within = "14d", over = "3d", lasts = "180d" }
all.bare = { after = 1, lasts = "180d" }
