-- Our IP address, or what it calls itself: block lists, reputation, reverse DNS, HELO.
local rules = rebuff.rules

rules:add { category = "ip-blocked", confidence = 0.95, weight = 25, source = "met at many servers", any = {
	"rejected using", "listed in spamhaus", "listed by spamhaus", "is sending spam",
	"listed at spamhaus", "listed on spamhaus", "listed in zen", "blocked by spamhaus",
	"rejected due to listing in", "rejected because it is listed", "due to listing in",
	"found on one or more dnsbls", "listed in dnsbl", "listed on dnsbl", "in an rbl", "in a rbl",
	"is in an rbl", "listed in an rbl", "listed on rbl", "listed in rbl", "rbl restriction", "blocked by rbl",
	"rejected by rbl", "rbl blocked", "rbl reject", "rbl deny", "rbl rejected", "blocked by dnsbl",
	"dnsbl blocked", "blocked by dns blacklist", "dns blacklist", "dns-based blacklist", "dnsbl:",
	"realtime blackhole", "real-time blackhole", "realtime blacklist", "real time blacklist", "multi-blacklist",
	"too many dnsbls", "removed from dnsbls",
	"banned sending ip", "banned ip", "blacklisted ip", "ip is blacklisted", "ip blacklisted",
	"ip address is blacklisted", "ip address blacklisted", "ip has been blacklisted",
	"ip address has been blacklisted", "ip is on our blacklist", "ip in blacklist", "ip in our blacklist",
	"ip is in blacklist", "ip is in a black list", "is in a black list", "is in our black list",
	"is in my black list", "host is blacklisted", "host blacklisted", "server is blacklisted",
	"your server is blacklisted", "mail server is blacklisted", "sending mta is blacklisted", "is blacklisted",
	"are blacklisted", "been blacklisted", "on our blacklist", "on a blacklist", "on our black list",
	"on our block list", "on our blocklist", "on a block list", "on block list", "in our blocklist",
	"block listed", "blocklisted", "black listed", "blacklisted", "temporary blacklisted",
	"temporarily blacklisted", "ip temporarily blacklisted", "network is temporary blacklisted",
	"network is on our block list", "black ip", "listed as abusive",
	"ip blocked", "blocked ip", "ip is blocked", "ip address is blocked", "ip address blocked",
	"ip has been blocked", "ip address has been blocked", "ip temporarily blocked", "your ip is blocked",
	"your ip has been", "your ip address has been", "your ip address is", "your ip was", "mail from your ip",
	"mail from your ip address", "messages from your ip", "spam from your ip", "spams from your ip",
	"email from your ip", "not accepting mail from your ip", "not accept mail from your ip",
	"connections from your ip", "connection from your ip", "access from your ip", "access from ip address",
	"not currently accepting mail from your ip", "host blocked", "host is blocked", "server is blocked",
	"your server has been blocked", "your host is", "your mail server is blocked", "your mail server has been",
	"mail server has been blocked", "mail server is blocked", "network blocked", "network is blocked",
	"subnet blocked",
	"client host blocked", "client rejected", "client denied",
	"host access denied", "host not allowed", "host network not allowed", "unresolvable relay host",
	"host refused",
	"poor reputation", "bad reputation", "low reputation", "reputation is too low", "reputation score",
	"reputation of the sending", "ip reputation", "ip/domain reputation", "reputation problems",
	"due to reputation", "sender reputation", "email reputation", "poor sender reputation", "reputation block",
	"no reputation", "senderbase", "senderscore", "sender score", "extreme bad ip profile", "bad ip profile",
	"ip profile", "poor ip",
	"dynamic ip", "dynamic/zombied", "dynamic address", "dynamically assigned", "dynamic or residential",
	"residential ip", "dynamic pool", "dial-up", "dialup", "hosts with dynamic", "consumer ip", "end-user ip",
	"home ip", "please use the smtp server of your isp", "use your isp", "use your provider's",
	"your provider's mail server", "open proxy", "open relay", "proxy server detected", "zombie", "botnet",
	"compromised host", "compromised server", "looks suspiciously like spammer", "suspiciously like spammer",
	"likely spammer", "known spammer", "spammer ip", "spam source", "source of spam", "spam origin",
	"sent by spammers", "have been sending spam", "currently sending spam", "too many unwanted messages",
	"unwanted messages have been sent", "too much spam", "too many spams", "spam incident", "abuse from your",
	"abuse detected from", "blocked for abuse", "blocked for spam", "user complaints", "due to complaints",
	"complaints about",
	"blocked - see http", "refused - see http", "rejected - see http", "blocked by spam statistics",
	"suspected spammer", "blocked for security reasons. your ip", "not accept connections from",
	"connections not accepted", "not accepting connections", "no access from mail server",
	"no smtp service here for you", "you are not welcome", "you are not allowed to connect",
	"you're not allowed to connect", "not allowed to connect", "not authorized to connect",
	"connection refused by policy", "connection rejected by policy", "connection rejected",
	"connection not allowed", "connection denied", "connection blocked", "smtp connection refused",
	"your access to this mail system", "your access to submit messages",
	"access to submit messages to this e-mail system has been rejected", "your server requires confirmation",
	"confirm this mail server", "not passed validation", "has not passed", "unverifyable sending",
	"from a public ip", "geolocation", "country is not", "country blocked",
	"geographic", "geoip", "geo-ip", "not in whitelist", "ip not in whitelist",
	"does not accept mail from this host", "mta is listed", "mta is not", "too many invalid recipients from",
	"too many unknown recipients", "too many bad recipients", "too many errors from your ip", "harvest",
	"directory attack", "dictionary attack", "too many nonexistent", "namespace mining",
} }
rules:add { category = "ip-blocked", confidence = 0.93, weight = 30, source = "met at many servers", any = {
	"cannot find your hostname", "cannot find your reverse hostname", "could not find your hostname",
	"can't find your hostname", "reverse dns", "reverse-dns", "rdns", "fcrdns", "reverse lookup",
	"reverse hostname", "reverse name", "reverse resolution", "ptr record", "ptr-record", "dns ptr", "no ptr",
	"missing ptr", "invalid ptr", "ptr lookup", "resolve ptr", "pointer record", "pointer (ptr)",
	"ip name lookup failed", "ip name possibly forged", "hostname lookup of your", "hostname does not resolve",
	"host name does not match", "unable to resolve your", "could not resolve your", "cannot resolve your",
	"does not resolve to your ip", "does not match the ip address", "does not match ip address",
	"name of your mail server", "generic hostname", "generic reverse", "custom reverse dns",
	"valid sender domain. fix", "without a valid sender domain", "resolve to the same", "forward confirmed",
	"dns a record of your", "bad dns ptr", "domain name does not match ip",
} }
-- What the connecting host calls itself.
rules:add { category = "ip-blocked", confidence = 0.85, fault = "us", weight = 30,
	source = "Postfix, Exim, Sendmail", any = {
	"helo command rejected", "helo rejected", "helo/ehlo argument", "bad helo", "invalid helo", "invalid ehlo",
	"ehlo argument", "helo argument", "helo name", "ehlo name", "your helo", "your ehlo", "helo mismatch",
	"helo does not", "helo hostname", "helo is", "helo forged", "forged helo", "host name specified in helo",
	"greeted us with", "not a valid helo", "helo host", "ehlo is not", "helo string", "helo keeps changing",
} }
rules:add { category = "ip-blocked", confidence = 0.7, words = true, source = "met at many servers", any = {
	"ipv6", "ip version 6",
} }
rules:add { category = "ip-blocked", confidence = 0.93, weight = 60, source = "Microsoft", any = {
	"access denied, banned sender", "access denied, spam abuse detected", "traffic not accepted from this ip",
} }
-- A relay that answers about our address with words in between.
rules:add { category = "ip-blocked", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "ip", "blocked" }, { "ip", "blacklist" }, { "ip", "listed" }, { "ip", "banned" },
	{ "ip", "rejected" }, { "ip", "denied" }, { "ip address", "not allowed" }, { "ip", "reputation" }, { "ip",
	"black list" }, { "blocked", "ip" }, { "server",
	"blocked" }, { "host", "blocked" }, { "listed", "rbl" }, { "listed", "dnsbl" }, { "listed on", "blacklist"
	}, { "rejected", "rbl" }, { "blocked", "rbl" }, { "blocked", "dnsbl" }, { "found in", "blacklist" }, {
	"you", "are blocked" }, { "unsolicited", "from your ip" },
} }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, source = "met at many servers", any = {
	"dnsbl.", "rbl.", "dnsrbl.", "spam abuse detected", "found in dnsbl", "blackhole site",
	"refused by blackhole", "is listed at", "is listed in", "is listed on", "rbl",
	"dnsbl", "dnsrbl", "spamhaus", "sorbs", "spamcop", "zen", "xbl", "drbl", "barracudacentral",
	"cloudmark sender intelligence", "cbl",
} }
-- The receiver cannot query the list: that says nothing about us.
rules:add { category = "system-error", fault = "receiver", confidence = 0.95, weight = 100,
	source = "https://github.com/simple-login/app/issues/2675", any = {
	"open resolver", "spamhaus.org/returnc/pub", "spamhaus.org/returnc/vol",
	"query refused. see http", "query refused", "127.255.255.254", "127.255.255.255", "127.255.255.252",
	"blocked using dnsbl error", "error: query limit", "exceeded the query limit",
	"excessive number of queries",
} }
-- It is not about us, but about a list of web or sender domains.
rules:add { category = "content-blocked", confidence = 0.85, scope = "url", weight = 35,
	source = "met at many servers", any = {
	"dbl.spamhaus", "spamhaus dbl", "present in the spamhaus dbl", "multi.surbl", "surbl.org", "multi.uribl",
	"uribl.com", "black.uribl", "url blacklist", "uri blacklist", "urlbl", "uribl black", "blacklisted url",
	"blacklisted link", "blocked url", "malicious url", "malicious link", "bad url", "spam url", "phishing url",
	"urlblack policy", "black uri", "domain listed at", "url listed", "url in message", "link in your message",
	"links within", "contains a url", "contains url", "contains a link",
} }
rules:add { category = "ip-blocked", confidence = 0.4, source = "met at many servers", any = {
	"blocked", "banned",
	"not welcome", "refused to talk", "go away",

} }
-- FEATURE(dnsbl): "Rejected: 192.0.2.7 listed at bl.example.org"
rules:add { category = "ip-blocked", confidence = 0.9, weight = 20, source = "Sendmail, cf/README", any = {
	{ "rejected:", "listed at" },
} }
-- More that is said about where the mail comes from.
rules:add { category = "ip-blocked", confidence = 0.8,
	source = "Postfix, Exim, Sendmail, qmail, rspamd, firewalls, hosters", any = {
	"denied by rbl", "denied by dnsbl", "rejected by dnsbl", "hosting provider", "data center range",
	"your server is compromised", "your server is infected", "you appear to be infected",
	"invalid dns for your", "hostname mismatch", "no host name", "has no name in dns",
	"no dns entry for your", "no dns name", "forward and reverse", "reverse and forward", "matching forward",
	"ptr does not", "end user line", "dynamic hostname", "direct to mx", "your isp's mail",
	"smarthost of your", "provider's smarthost", "through your provider", "via your provider",
	"through your isp", "via your isp", "hit our trap", "reputation service", "reputation filter",
	"reputation system", "reputation database", "reputation check", "reputation provider",
	"reputation-based", "error code: reputation", "too much junk", "spam from you", "spam from your",
	"spam received from", "spam has been received from", "spam seen from", "known source of",
	"flagged as a source", "source of unsolicited", "source of junk", "traffic from your", "traffic from this",
	"mail from this ip", "mail from this host", "mail from this server", "mail from this network",
	"messages from this ip", "messages from this host", "email from this ip", "connections from this",
	"connection from this", "connections from hosting", "connections from dynamic", "connections from your",
	"access from your", "access for your", "access denied for ip", "access denied to ip",
	"access from this ip", "region is blocked", "not from your region", "server is listed", "host is listed",
	"client is listed", "ip is listed", "ip address listed", "address is listed", "you are listed",
	"has been listed", "is currently listed", "currently listed", "permanently blocked", "permanently banned",
	"blocked permanently", "has been banned", "ip address was",
} }
rules:add { category = "ip-blocked", confidence = 0.45,
	source = "Postfix, Exim, Sendmail, qmail, rspamd, firewalls, hosters", any = {
	"deny list", "denylist", "deny-list", "local deny", "rbl match", "rbl hit", "rbl listing", "rbl listed",
	"dnsbl match", "dnsbl hit", "dnsbl listing", "dnsbl listed", "network range", "ip range", "ip block",
	"netblock", "net block", "ip subnet", "ip space", "address space", "hosting range", "hosting network",
	"datacenter", "cloud provider", "repeated abuse", "continued abuse",
	"bad score", "low score", "poor score", "bad karma", "poor network",
	"without proper", "dns mismatch", "no hostname", "reverse entry", "reverse address", "reverse pointer",
	"valid ptr", "ptr rr", "ptr name", "ptr is", "ptr not", "ptr missing", "whois",
	"end-user line", "end-user range", "dsl range", "cable range", "adsl", "dynamic range", "dynamic client",
	"dynamic host", "dynamic dns", "generic ptr", "direct-to-mx", "tor exit", "vpn exit", "anonymous proxy",
	"anonymizer", "honeypot", "honey pot", "trap hit",
	"reputation list", "reputation too", "reputation is", "junk seen", "junk from", "sends spam",
	"sending spam", "sent spam", "spammer", "spammers", "spam relay", "spam host", "spamming host",
	"spam server", "access blocked", "firewalled", "firewall", "blackholed", "null-routed", "country-based",
	"country block", "blocked country", "geo block", "geoblock", "servers without",
	"server listed", "host listed", "client listed", "ip listed", "address listed", "you're listed",
	"was listed", "listed at", "listed by", "listed in", "listed on", "blocklist",
	"block list", "black list", "black-list", "blacklist", "blacklisting", "blacklists", "on blacklist",
	"by blacklist", "in blacklist", "bl listed", "permblock",

} }
-- Lists and services by name.
rules:add { category = "ip-blocked", confidence = 0.75, words = true,
	source = "names of block lists and reputation services", any = {
	"spameatingmonkey", "backscatterer.org", "kundenserver rbl",
} }
rules:add { category = "ip-blocked", confidence = 0.45, words = true,
	source = "names of block lists and reputation services", any = {
	"uceprotect.net", "spamrats", "0spam", "s5h.net", "gbudb", "wpbl", "njabl", "ahbl", "dsbl", "psbl",
	"surriel", "nixspam", "ix.dnsbl", "swinog", "lashback", "ubl.unsubscore", "blocklist.de",
	"dronebl", "abuseat", "rfc-ignorant", "rfc-clueless", "spfbl", "anonmails", "justspam", "mail-abuse",
	"truncate.", "ivmsip", "ivmsip24", "nszones", "bogons.cymru", "fabel.dk",
	"blocked.hilli", "interserver", "tiopan", "woody.ch", "bsb.spamlookup", "0spam.org", "dnsbl-",
	"bl.", "sbl", "pbl", "css", "zen.spamhaus", "sbl-xbl", "talos", "trustedsource",
	"cyren", "commtouch", "fortiguard", "ip check", "rats-dyna", "rats-noptr", "rats-spam", "gweep", "manitu",
	"inps.de", "access.redhawk", "multirbl", "mxtoolbox",
} }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 60,
	source = "Postfix, Microsoft, filter appliances", any = {
	{ "client host", "customer block list" }, { "client host", "blocked by" },
	{ "service unavailable", "blocked by" }, { "service unavailable", "blocked using" },
	{ "service unavailable", "client host" }, { "service unavailable", "reputation" },
	{ "recipient", "your ip" }, { "rejected by recipients", "reputation" },
	{ "not accepting messages from", "ip" }, { "recipient not authorized, your ip" },
} }
rules:add { category = "ip-blocked", confidence = 0.85, weight = 30,
	source = "met at many servers", any = {
	"infected pc", "infected host", "infected computer", "infected machine", "infected system",
	"infected with a bot", "proper dns", "hosts without", "mail from hosts", "refused by blackhole site",
	"found on block list", "ip has been found on", "your ip has been found", "from your country",
	"from this country", "mail from your country", "ip-blacklist", "bad rdns", "not accepting messages from",
} }
rules:add { category = "ip-blocked", confidence = 0.92, weight = 55,
	source = "Facebook, Microsoft, Yahoo", any = {
	"will no longer accept mail from your", "no longer accept mail from your",
	"not accepting messages from your mail server", "not accepting mail from your mail server",
	"not accepting messages from your server", "mail server's ip address is listed",
	"mail server does not have a reverse", "part of their network is on our block list",
	"generally do not accept email from dynamic", "permanently deferred",
} }
-- Said of messages and mailboxes too: what these are named by goes first.
rules:add { category = "ip-blocked", confidence = 0.41, source = "met at many servers", any = {
	"been blocked", "is blocked", "are blocked", "was blocked", "is banned", "are banned",
} }
rules:add { category = "ip-blocked", confidence = 0.88, weight = 40,
	source = "met at many servers", any = {
	{ "rejected", "for reputation" }, { "rejected", "due to reputation" },
	{ "not available", "for reputation" }, { "temporarily rejected", "reputation" },
} }
-- Postfix's words before a reason of its postmaster's own: the reason goes first.
rules:add { category = "ip-blocked", confidence = 0.85, source = "Postfix, access(5)", text = "host rejected" }
-- A connector that names the addresses or the certificate of who may deliver.
rules:add { category = "ip-blocked", confidence = 0.85, weight = 20, source = "Exchange Online, 5.7.51",
	any = { "restrictdomainstoipaddresses", "restrict domains to ip addresses" } }
rules:add { category = "ip-blocked", confidence = 0.85, words = true, weight = 30, source = "met at many servers", any = {
	"sender ip", "sender's ip", "sending ip", "ip of the sender", "source ip", "origin ip", "originating ip",
	"remote ip", "peer ip", "machine you are sending from", "computer you are sending from",
	"host you are sending from", "server you are sending from", "sender is infected", "you are infected", "home users",
	"private customers", "residential users", "cloud hosters", "cloud servers", "cloud hosting",
	{ "netblock", "spam" }, { "network", "sends spam" }, { "address range", "spam" },
} }
rules:add { category = "ip-blocked", confidence = 0.43, words = true, source = "met at many servers", any = {
	"mail server at", "reported for abuse", "reported as", "not trust mail", "do not trust", "don't trust",
	"your greeting", "greeting name", "greeted", "real host name", "real hostname", "countries", "continent",
	"your region", "hosters", "hoster", "your mta", "your system", "your machine", "your computer",
	"provider's", "your carrier",
} }
rules:add { category = "ip-blocked", confidence = 0.82, words = true, weight = 30, source = "met at many servers", any = {
	"compromised system", "compromised machine", "compromised computer", "poor history", "bad history",
	"access map", "client name not verified", "client name does not", "name in the dns", "name in dns",
	"list of countries", "blocked countries", "allowed countries",
	"not talk to you", "won't talk to you", "not speak to you", "refuse to talk", "unlist your", "delist your",
	"delisting", "delist request", "our spam traps", "our spamtraps", "spam traps and", "spamtraps and",
	{ "score", "your address" }, { "reputation", "your address" }, { "host", "appears on" }, { "ip", "appears on" },
	{ "block on", "ends" }, { "block of", "ends" }, { "banned", "week" }, { "banned", "days" }, { "banned", "hours" },
	"your range", "for your range", "your subnet", "your net", "your ip range", "your address range",
} }
rules:add { category = "ip-blocked", confidence = 0.82, words = true, weight = 20, source = "GoDaddy, Gmail, lists by name", any = {
	"attack detected", "attacks from", "attacking", "drone bl", "spamauditor.org", "nature of the ip",
	"reputation of the ip", "reputation of your ip", { "suspicious", "reputation of the sending ip" },
	{ "suspicious", "nature of the ip" }, { "policy", "on drone bl" },
} }
rules:add { category = "ip-blocked", confidence = 0.7, weight = 8, source = "Charter, Cox", text = "aup#" }
rules:add { category = "ip-blocked", confidence = 0.88, weight = 20, source = "filter appliances, own servers", any = {
	"ip_blocked", "blocked_ip", "ip_blacklist", "bad_reputation", "ip_reputation", "no_ptr", "bad_ptr", "rbl_hit",
	"dnsbl_hit", "bad_helo", "invalid_helo",
} }
rules:add { category = "ip-blocked", confidence = 0.82, words = true, weight = 32, source = "met at many servers", any = {
	{ "network", "quarantine" }, "your ip's", "open proxies", "open relays", { "helo", "not acceptable" },
	{ "ehlo", "not acceptable" }, { "helo", "unacceptable" }, { "ehlo", "unacceptable" }, { "helo/ehlo", "acceptable" },
} }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 8, source = "met at many servers", any = {
	"sending server", "sending host", "sending mta", "sending mail server", "sending machine",
} }
rules:add { category = "ip-blocked", confidence = 0.8, words = true, weight = 20, source = "met at many servers", any = {
	"residential", "residential line", "residential network", "residential address", "consumer line", "consumer network",
	"dsl line", "cable modem", "home connection", "mobile network",
} }
rules:add { category = "ip-blocked", confidence = 0.85, words = true, weight = 40, source = "Telstra, Verizon and others", any = {
	"rejected connection from", { "refused", "sender score" }, { "mail from", "is currently blocked" },
	{ "email from", "is currently blocked" }, { "email from", "currently blocked by" },
} }
rules:add { category = "ip-blocked", confidence = 0.82, weight = 10, words = true, source = "met at many servers", any = {
	{ "connection refused", "reputation" }, { "reputation", "connection refused" }, { "refused", "reputation of your" },
} }
rules:add { category = "ip-blocked", confidence = 0.82, words = true, weight = 20, source = "met at many servers", any = {
	"list of spammers", "list of spam sources", "list of spam senders",
} }
