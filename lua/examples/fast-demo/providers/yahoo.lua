-- TSS04 means: you send too much. Shipped, Yahoo is left alone for hours; here for seconds.
rebuff.provider "yahoo".pace = { start = "240/min", floor = "120/min" }
rebuff.provider "yahoo".retry["ip-blocked"] = { steps = { "3s", "4s" }, max = "6s" }
rebuff.provider "yahoo".retry["rate-limited"] = { steps = { "3s", "4s" }, max = "6s" }
