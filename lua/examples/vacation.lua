-- In summer mailboxes fill up and are emptied in September: wait longer, and let a full one come back soon.
-- OpenSMTPD gives up by itself at the ttl of smtpd.conf, four days if nothing is set: write "queue ttl 7d" there.
rebuff.default.retry["mailbox-full"] = { steps = { "12h", "24h" }, max = "48h", give_up = "7d" }
rebuff.default.suppress["mailbox-full"] = { after = 6, within = "60d", lasts = "14d", growth = 1 }
