-- Generic software replies (Postfix, Exim, Exchange, Sendmail, cPanel, rspamd, postgrey).
-- Retrying: Fallback rules after provider rules.
-- postgrey
rebuff.rules:add {
	text = "Greylisted", category = "greylisted", confidence = 0.85,
	source = "https://www.bytecamp.net/de/faq/email/zustellen.html"
}
-- states mm:ss or seconds
rebuff.rules:add {
	text = "Greylisting in action, please come back", category = "greylisted",
	confidence = 0.9, source = "https://github.com/mailcow/mailcow-dockerized/issues/4443"
}
-- Exim greylist
rebuff.rules:add {
	text = "grey listed", category = "greylisted", confidence = 0.6, source = "unconfirmed"
}
-- greylist/rspamd soft reject
rebuff.rules:add {
	text = "Try again later", code = 4, enhanced = "4.7.1", category = "greylisted", confidence = 0.9,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- Postfix address verification pending
rebuff.rules:add {
	text = "unverified address", category = "greylisted", confidence = 0.9,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- PTR
rebuff.rules:add {
	text = "Client host rejected: cannot find your hostname", weight = 30, category = "ip-blocked",
	confidence = 0.93, source = "https://support.onesystems.ch/722126"
}
-- Postfix
rebuff.rules:add {
	text = "User unknown in virtual mailbox table", category = "address-bad",
	confidence = 0.97, source = "kumomta assets/community/bounces.toml"
}
-- Postfix
rebuff.rules:add {
	text = "User unknown in local recipient table", category = "address-bad",
	confidence = 0.97,
	source = "https://support.titan.email/hc/en-us/articles/35175377981977"
}
-- cPanel Exim
rebuff.rules:add {
	text = "No Such User Here", category = "address-bad", confidence = 0.97,
	source = "https://github.com/postalserver/postal/issues/786"
}
-- Exim: no route - address or domain
rebuff.rules:add {
	text = "Unrouteable address", category = "address-bad", confidence = 0.92,
	source = "kumomta assets/community/bounces.toml"
}
-- MX points at a server that no longer hosts the domain
rebuff.rules:add {
	text = "Relay access denied", weight = 60, category = "relay-denied", confidence = 0.95,
	source = "https://support.titan.email/hc/en-us/articles/35175377981977"
}
-- RFC 7505
rebuff.rules:add {
	text = "null MX", weight = 20, action = "suppress", category = "domain-bad", confidence = 0.97,
	source = "kumomta assets/community/bounces.toml"
}
-- OUR MAIL FROM has null MX
rebuff.rules:add {
	text = "nullMX", enhanced = "5.7.27", weight = 60, category = "sender-rejected", confidence = 0.85,
	source = "https://support.titan.email/hc/en-us/articles/35175377981977"
}
-- full
rebuff.rules:add {
	text = "Mailbox is full", weight = 35, category = "mailbox-full", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- full with 550
rebuff.rules:add {
	text = "account is overquota", weight = 35, category = "mailbox-full", confidence = 0.95,
	source = "kumomta assets/community/bounces.toml"
}
-- Postfix anvil
rebuff.rules:add {
	text = "too many connections", weight = 25, category = "rate-limited", confidence = 0.93,
	source = "https://www.bytecamp.net/de/faq/email/zustellen.html"
}
-- disk
rebuff.rules:add {
	text = "Insufficient system", category = "system-error", confidence = 0.9,
	source = "ActiveCampaign/smtp-field-manual data/codes (MIT)"
}
-- DNSBL
rebuff.rules:add {
	text = "blocked using", weight = 25, category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- SPF
rebuff.rules:add {
	text = "SPF", code = 5, category = "auth-failed", confidence = 0.85,
	source = "zone-mta config/bounces.txt"
}
-- cPanel/ASSP RBL
rebuff.rules:add {
	text = "JunkMail rejected", weight = 25, category = "ip-blocked", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- reader block
rebuff.rules:add {
	text = "blacklisted by recipient", weight = 45, category = "recipient-refused", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- IP cut after bad RCPTs
rebuff.rules:add {
	text = "Too many invalid recipients", category = "ip-blocked", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
-- inactive
rebuff.rules:add {
	text = "Inactive MailBox, not poped for more than", category = "mailbox-disabled",
	confidence = 0.9,
	source = "https://github.com/ActiveCampaign/smtp-field-manual/issues/11"
}
-- loop
rebuff.rules:add {
	text = "Too many hops", weight = 45, category = "network-error", confidence = 0.95,
	source = "zone-mta config/bounces.txt"
}
-- TLS
rebuff.rules:add {
	text = "Encryption needed", weight = 25, category = "policy", confidence = 0.9,
	source = "zone-mta config/bounces.txt"
}
