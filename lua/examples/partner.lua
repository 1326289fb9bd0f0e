-- A partner whose orders are worth nothing tomorrow: try often, and tell the sender within six hours.
local partner = rebuff.provider "partner"
partner.name = "Partner Ltd"
partner.domains = { "partner.example" }
partner.mx = { ".partner.example" }

local order = { steps = { "2m", "5m", "10m" }, max = "30m", give_up = "6h", attempts = 3 }
for _, category in ipairs { "unclassified", "system-error", "network-error", "greylisted", "rate-limited" } do
	partner.retry[category] = order
end
