-- Other DNSBL replies (any receiver).
-- Retrying: Never suppress a recipient on a DNSBL reply. Defer and alert.
-- SpamCop - expires in about 24 h
rebuff.rules:add {
	text = "spamcop.net", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- BRBL
rebuff.rules:add {
	text = "barracudacentral.org", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- Cloudmark CSI - reset request, one business day
rebuff.rules:add {
	text = "csi.cloudmark.com", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- SORBS - service shut down June 2024: reply comes from stale config
rebuff.rules:add {
	text = "dnsbl.sorbs.net", category = "ip-blocked", fault = "receiver", weight = 60,
	confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- ix.dnsbl NiX Spam - discontinued 2025
rebuff.rules:add {
	text = "manitu.net", category = "ip-blocked", fault = "receiver", weight = 60,
	confidence = 0.6,
	source = "unconfirmed"
}
-- UCEPROTECT L1 expires 7 days; L2/L3 are neighbour listings
rebuff.rules:add {
	text = "uceprotect", category = "ip-blocked", words = true, confidence = 0.6,
	source = "unconfirmed"
}
-- Mailspike Z/BL
rebuff.rules:add {
	text = "mailspike", category = "ip-blocked", words = true, confidence = 0.85,
	source = "https://www.dnsbl.info/dnsbl-details.php?dnsbl=z.mailspike.net"
}
-- ivmSIP/ivmURI
rebuff.rules:add {
	text = "invaluement", category = "ip-blocked", words = true, confidence = 0.85,
	source = "zone-mta config/bounces.txt"
}
-- Abusix Mail Intelligence
rebuff.rules:add {
	text = "abusix", category = "ip-blocked", words = true, confidence = 0.85,
	source = "https://docs.abusix.com/lookup-and-delisting/"
}
-- HostKarma
rebuff.rules:add {
	text = "hostkarma", category = "ip-blocked", words = true, confidence = 0.85,
	source = "zone-mta config/bounces.txt"
}
-- SpamRL
rebuff.rules:add {
	text = "spamrl.com", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- Validity
rebuff.rules:add {
	text = "senderscore.org", category = "ip-blocked", confidence = 0.9,
	source = "p5-sisimai lib/Sisimai/Rhost/FrancePTT.pm"
}
-- URL list
rebuff.rules:add {
	text = "surbl", category = "content-blocked", scope = "url", words = true,
	confidence = 0.85, source = "p5-sisimai lib/Sisimai/Rhost/Cox.pm"
}
-- URL list; "Query Refused" text = receiver fault
rebuff.rules:add {
	text = "uribl", category = "content-blocked", scope = "url", words = true,
	confidence = 0.85, source = "zone-mta config/bounces.txt"
}
-- backscatterer.org - we send bounces/call-outs
rebuff.rules:add {
	text = "backscatterer", category = "ip-blocked", confidence = 0.6,
	source = "unconfirmed"
}
