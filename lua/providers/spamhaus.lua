-- Spamhaus replies (any receiver).
-- Retrying: XBL/CSS clear within hours to days once fixed, PBL self-service, SBL by ticket, DBL
-- by form. Key on the list name, not on the receiver.
-- Limits: Lookup codes: 127.0.0.2 SBL, .3 CSS, .4 XBL, .9 DROP, .10/.11 PBL, .30 BCL; 127.0.1.x
-- DBL; 127.255.255.252-255 = query error, NOT a listing.
-- listed, sub-list unknown: look up return code
rebuff.rules:add {
	text = "zen.spamhaus.org", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- SBL
rebuff.rules:add {
	text = "sbl.spamhaus.org", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- XBL (infected host / open proxy)
rebuff.rules:add {
	text = "xbl.spamhaus.org", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- PBL (end-user range)
rebuff.rules:add {
	text = "pbl.spamhaus.org", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- CSS (snowshoe heuristics)
rebuff.rules:add {
	text = "css.spamhaus.org", category = "ip-blocked", confidence = 0.6,
	source = "unconfirmed"
}
-- domain/URL in message or sender
rebuff.rules:add {
	text = "dbl.spamhaus.org", weight = 35, category = "content-blocked", scope = "url", confidence = 0.85,
	source = "zone-mta config/bounces.txt"
}
-- reference URL
rebuff.rules:add {
	text = "www.spamhaus.org/query", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- Microsoft's Spamhaus tag
rebuff.rules:add {
	text = "AS16012611", category = "ip-blocked", words = true, confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- receiver misconfigured its DNSBL: 554 means nothing about us
rebuff.rules:add {
	text = "Error: open resolver", category = "system-error", fault = "receiver", weight = 100,
	confidence = 0.95, source = "https://github.com/simple-login/app/issues/2675"
}
