-- T-Online / Telekom.
-- Retrying: Unknown IPs are refused until Telekom whitelists them: hold, do not bounce.
-- Limits: Blocks senders with unknown reputation; asks for a reachable imprint on the sending
-- host name.
local p = rebuff.provider "tonline"
p.name = "T-Online / Telekom"
p.domains = { "t-online.de", "magenta.de" }
p.mx = { ".t-online.de" }
p.postmaster = "https://postmaster.t-online.de/index.en.html"
p.delist = "mailto:tosa@rx.t-online.de"
p.retry["ip-blocked"] = { steps = { "4h", "12h" }, max = "12h", give_up = "5d" }

-- IP unknown or bad; "(BL)" suffix = listed
p.replies:add {
	text = "A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de",
	category = "ip-blocked", action = "hold", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- content
p.replies:add {
	text = "message has been rejected due to spam or virus classification",
	category = "content-blocked", confidence = 0.95,
	source = "kumomta assets/community/bounces.toml"
}
-- no reputation
p.replies:add {
	text = "None/bad reputation", category = "ip-blocked", only_here = true,
	confidence = 0.95, source = "p5-sisimai lib/Sisimai/Reason/*.pm"
}
-- no such user
p.replies:add {
	text = "user unknown", category = "address-bad", only_here = true, confidence = 0.85,
	source = "http://www.sitepackage.de/service/dokumentation/auswertung/typische-fehlermeldungen-bei-unzustellbarkeit.html"
}
-- full
p.replies:add {
	text = "Over STORAGE quota", category = "mailbox-full", confidence = 0.95,
	source = "http://www.sitepackage.de/service/dokumentation/auswertung/typische-fehlermeldungen-bei-unzustellbarkeit.html"
}
-- the same, however the sentence around it is punctuated
p.replies:add {
	text = "tosa@rx.t-online.de", category = "ip-blocked", action = "hold", confidence = 0.85, weight = 20,
	source = "https://github.com/mailcow/mailcow-dockerized/issues/2532"
}
