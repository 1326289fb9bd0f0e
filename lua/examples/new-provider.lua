-- A provider that is not shipped, from nothing: how it is known, what its words mean, how to treat it.
local town = rebuff.provider "townnet"
town.name = "Townnet"
town.domains = { "townnet.example", "mail.townnet.example" }
town.mx = { ".mx.townnet.example" }
town.postmaster = "https://postmaster.townnet.example/"

town.replies:add { text = "TN-301", category = "rate-limited", scope = "ip", source = "its page for postmasters" }
town.replies:add { text = "TN-404", category = "address-bad", source = "its page for postmasters" }
town.replies:add { text = { "TN-5", "listed" }, category = "ip-blocked", action = "hold", source = "its page for postmasters" }

town.retry["rate-limited"] = { first = "20m", factor = 2, max = "4h" }
town.pace = { start = "30/h", floor = "6/h", ceiling = "10/min" }
town.hold = { lasts = "4h" }
