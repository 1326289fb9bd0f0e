-- QQ says 550 where it means "slow down". The message that it refuses bounces, nothing can stop that;
-- nobody is suppressed for it, and the next messages wait for an hour and then go slowly.
local qq = rebuff.provider "qq"
qq.pace = { start = "4/min", floor = "30/h" }

function qq.decide(event, decision)
	if event.failed and event.category == "rate-limited" then
		return decision:hold { lasts = "1h", reason = "QQ limits our frequency" }:slow()
	end
end
