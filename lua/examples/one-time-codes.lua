-- A one-time code is worth nothing after a quarter of an hour; bulk mail may wait for days.
rebuff.streams:add { name = "codes", sender = { "code@*", "login@*" } }

local codes = rebuff.stream "codes"
codes.lifetime = "15m"
for _, category in ipairs { "greylisted", "rate-limited", "system-error", "network-error", "unclassified" } do
	codes.retry[category] = { steps = { "1m", "2m", "5m" }, max = "5m", jitter = 0 }
end
