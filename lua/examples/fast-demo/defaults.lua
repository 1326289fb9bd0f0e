-- The demo's policy, and an example of overriding: only what differs from the shipped one. Hours
-- become seconds, so that a story of days fits a minute. To try it:
--     rebuff policy diff --config /usr/share/rebuff/examples/fast-demo
local default = rebuff.default

default.mode = "act"                            -- the shipped mode only observes

-- A greylisting server wants to see the message again; a few seconds are enough for ours.
default.retry["greylisted"] = { steps = { "4s", "6s" }, max = "10s" }

-- A provider that asks for less is asked again soon, at the pace of its slow lane.
default.retry["rate-limited"] = { steps = { "3s", "4s" }, max = "6s" }
default.retry["ip-blocked"] = { steps = { "3s", "4s" }, max = "6s" }

-- What is not named here stays as shipped: a full mailbox is tried again after four hours, a server
-- that hangs up after a quarter of an hour.
