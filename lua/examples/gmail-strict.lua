-- Gmail with a stricter back-off, more patience with full mailboxes, and a hold when it keeps saying that
-- we are too fast.
local gmail = rebuff.provider "gmail"

gmail.retry["rate-limited"] = { first = "30m", factor = 1.5, max = "6h", give_up = "72h" }
gmail.suppress["mailbox-full"] = { after = 5, within = "60d", lasts = "90d" }
gmail.pace = { start = "20/min", floor = "1/min", ceiling = "600/min" }

gmail.replies:add { code = 421, text = "our own phrase", category = "rate-limited" }

function gmail.decide(event, decision)          -- optional; nil keeps the decision
	if event.category == "rate-limited" and event.attempts > 3 then
		return decision:hold { lasts = "2h", reason = "gmail asks us to slow down" }
	end
end
