-- Orange takes two or three connections at a time and answers the next ones with OFR004_104. That is
-- about us, not about the recipient: go slowly, come back in minutes, and do not give up early.
local orange = rebuff.provider "orange"

orange.pace = { start = "6/min", floor = "1/min", ceiling = "60/min" }
orange.retry["rate-limited"] = { steps = { "10m", "20m", "1h", "2h" }, max = "2h", give_up = "4d" }
