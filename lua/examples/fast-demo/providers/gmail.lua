-- For one provider: its slow lane begins at 240 messages a minute and never falls below 120.
rebuff.provider "gmail".pace = { start = "240/min", floor = "120/min" }
rebuff.provider "gmail".retry["rate-limited"] = { steps = { "3s", "4s" }, max = "6s" }
