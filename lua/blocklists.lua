-- Block lists that `rebuff check` asks about our sending IPs. A list is asked only if it answers as
-- RFC 5782 section 5 wants: 127.0.0.2 is listed, 127.0.0.1 is not; one that does not is dead or answers
-- everything, and is left out. Answers outside 127.0.0.0/8 are no listing, and 127.255.255.252, .254 and
-- .255 are errors (wrong name, open resolver, too many queries), not listings
-- (https://www.spamhaus.org/faqs/dnsbl-usage/, read 2026-11).
--
-- A list of your own goes into /etc/rebuff/watch.lua, in the same words; the same zone with use = false
-- takes one away.
blocklist {
	zone = "zen.spamhaus.org", name = "Spamhaus ZEN", ipv4 = true, ipv6 = true,
	delist = "https://check.spamhaus.org/", source = "https://www.spamhaus.org/blocklists/zen-blocklist/"
}
blocklist {
	zone = "bl.spamcop.net", name = "SpamCop", ipv4 = true, ipv6 = true,
	delist = "https://www.spamcop.net/bl.shtml", source = "https://www.spamcop.net/fom-serve/cache/291.html"
}
blocklist {
	zone = "b.barracudacentral.org", name = "Barracuda", ipv4 = true,
	delist = "https://www.barracudacentral.org/rbl/removal-request",
	source = "https://www.barracudacentral.org/rbl/how-to-use"
}
blocklist {
	zone = "psbl.surriel.com", name = "PSBL", ipv4 = true, ipv6 = true,
	delist = "https://psbl.org/remove", source = "https://psbl.org/howto/"
}
blocklist {
	zone = "bl.mailspike.net", name = "Mailspike", ipv4 = true,
	delist = "https://mailspike.io/ip_verify", source = "https://mailspike.io/usage"
}
blocklist {
	zone = "dnsbl-1.uceprotect.net", name = "UCEPROTECT level 1", ipv4 = true,
	delist = "https://www.uceprotect.net/en/rblcheck.php",
	source = "https://www.uceprotect.net/en/index.php?m=6&s=0"
}
