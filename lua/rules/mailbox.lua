-- The mailbox is full, or switched off.
local rules = rebuff.rules

rules:add { category = "mailbox-full", confidence = 0.95, weight = 35, source = "met at many servers", any = {
	"mailbox full", "mailbox are full", "mailbox has been full", "full mailbox",
	"mail box full", "mail box is full", "mailboxfull", "mailbox for user is full", "inbox full",
	"inbox is full", "mail folder is full", "mailfolder is full", "account is full", "maildir full",
	"mail spool full",
	"recipient's mailbox is full", "destination mailbox is full", "final recipient mailbox is full",
	"recipient mailbox is full", "mailbox exceeds", "exceeds mailbox", "mailbox has exceeded",
	"mailbox size exceeded", "mailbox storage exceeded", "mailbox size limit exceeded",
	"over quota", "overquota", "over-quota", "is over its quota", "is over disk quota", "over disk quota",
	"over storage quota", "over the quota", "over its quota", "over their quota", "over the allowed quota",
	"over the storage limit", "over maximum quota", "above quota", "out of quota", "out of storage space",
	"out of storage", "out of disk space for user", "beyond its quota",
	"quota exceeded", "quota exceed", "quota has been exceeded", "quota is exceeded", "exceeded quota",
	"exceeded its quota", "exceeded their quota", "exceeded his quota", "exceeded the quota", "exceeds quota",
	"exceeds the quota", "exceeding quota", "exceeding its quota", "exceeding their quota",
	"exceeding its mailbox quota", "exceed the quota", "exceed quota", "would exceed quota",
	"has exceeded its disk", "has exceeded its storage", "has exceeded the storage", "has exceeded storage",
	"exceeded storage limit",
	"disk quota", "disc quota", "diskspace quota", "mail quota", "mailbox quota", "email quota", "user quota",
	"storage quota", "quota violation", "quota full", "quota reached", "quota limit", "quotaexceeded",
	"extended quota violation",
	"exceeded storage allocation", "exceeded allocated storage", "mailbox would exceed maximum allowed storage",
	"storage limit exceeded", "storage space exceeded", "reached its storage limit", "reached disk quota",
	"mailbox limit", "no space left in mailbox", "not enough space in mailbox", "not enough storage space in",
	"insufficient mailbox", "insufficient space in mailbox", "does not have enough space", "has no space",
	"no space for", "user's space has been used up", "the user's space", "space limit", "no more space",
	"not enough free space for user", "mailbox space", "size of mailbox", "too much mail data for mailbox",
	"storedrv.deliver; mailbox full", "mapiexceptionshutoffquotaexceeded", "mapiexceptionquotaexceeded",
	"shutoffquotaexceeded", "blocks limit exceeded in directory", "inode limit exceeded", "maildir over quota",
	"maildir delivery failed: the user you are trying to reach", "inbox is out of storage space",
	"bouncing mail: user has exceeded", "mailbox temporarily full", "recipient storage full",
	"recipient's storage is full", "recipient over quota", "user over quota", "account over quota",
	"user is overquota", "account disabled temporarily for exceeding receiving limits",
	"account disabled temporarly for exceeding receiving limits", "database disk quota exceeded",
	"the recipient's inbox", "mailbox message count limit", "message count limit exceeded for mailbox",
	"too many messages in mailbox", "too many messages in the mailbox",
	"requested mail action aborted: exceeded storage allocation", "overdrawn quota", "over limit. please clear",
	"box is full", "mailbox exceeded",
} }
rules:add { category = "mailbox-full", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "mailbox", "full" }, { "quota", "exceeded" }, { "mailbox", "quota" }, { "exceeded", "quota" }, {
	"exceeds", "quota" }, { "storage", "full" }, { "account", "quota" }, { "insufficient", "space", "mailbox" },
	{ "mailbox", "size", "exceed" }, { "mailbox", "exceed" }, { "mailbox", "limit" }, { "user", "quota" }, {
	"over", "quota" },
} }
rules:add { category = "mailbox-full", confidence = 0.9, code = 452, source = "Cyrus, Dovecot",
	text = "mailbox", weight = -5 }

-- It is there, and takes nothing any more.
rules:add { category = "mailbox-disabled", confidence = 0.95, weight = 20, source = "met at many servers", any = {
	"account disabled", "account is disabled", "account has been disabled", "account was disabled",
	"account temporarily disabled", "account is temporarily disabled", "disabled account", "disabled mailbox",
	"disabled recipient", "disabled user", "mailbox disabled", "mailbox is disabled",
	"mailbox has been disabled", "mailbox for this user is disabled", "user disabled", "user is disabled",
	"user has been disabled", "recipient disabled", "recipient is disabled", "address disabled",
	"address is disabled", "email address is disabled", "user account disabled", "user account is disabled",
	"email disabled", "email account disabled", "account is not enabled", "mail is disabled for",
	"is disabled for receiving", "disabled for this user", "alias disabled", "disabled or discontinued",
	"has been disabled or discontinued", "delivery disabled",
	"account suspended", "account is suspended", "account has been suspended", "account temporarily suspended",
	"account is temporarily suspended", "mailbox suspended", "mailbox is suspended",
	"mailbox currently suspended", "user suspended", "user is suspended", "suspended user", "suspended account",
	"is currently suspended", "has been suspended", "recipient suspended", "suspend the service",
	"service suspended", "email suspended", "suspended mailbox", "domain suspended", "domain is suspended",
	"domain has been suspended",
	"account inactive", "account is inactive", "inactive account", "inactive mailbox", "inactive user",
	"inactive recipient", "mailbox inactive", "mailbox is inactive", "user inactive", "user is inactive",
	"user is not active", "user not active", "recipient inactive", "recipient is inactive",
	"temporarily inactive", "is not active", "not an active address", "not an active mailbox",
	"not an active account", "account not active", "account is not active", "address is inactive",
	"inactive email", "inactive for a long time", "due to inactivity", "due to extended inactivity",
	"extended inactivity", "inactivity new mail is not currently being accepted", "has been inactive",
	"not been used for", "has not been used", "not poped for", "has not logged in", "unused mailbox", "dormant",
	"inactive mbox", "invalid/inactive user", "no longer active", "is no longer active",
	"account closed", "account is closed", "account has been closed", "account was closed", "closed account",
	"mailbox closed", "mailbox is closed", "mailbox has been closed", "account terminated",
	"account has been terminated", "user is terminated", "account cancelled", "account canceled",
	"account has been cancelled", "account has been canceled", "account discontinued", "has been discontinued",
	"account expired", "account has expired", "account is expired", "expired account", "mailbox expired",
	"mailbox has expired", "user expired", "subscription expired", "account deactivated",
	"account is deactivated", "account has been deactivated", "deactivated account", "deactivated mailbox",
	"deactivated user", "mailbox deactivated", "user deactivated", "address deactivated",
	"has been deactivated", "account blocked", "account is blocked", "account has been blocked",
	"account banned", "account is banned", "mailbox blocked", "mailbox is blocked", "mailbox has been blocked",
	"user blocked", "user is blocked", "user is banned", "account locked", "account is locked",
	"account has been locked", "account is temporarily locked", "user is locked", "user locked",
	"temporary locked", "temporarily locked", "account frozen", "mailbox is frozen", "mailbox frozen",
	"has been frozen", "user account is frozen", "account on hold", "account is on hold",
	"archived recipient", "recipient archived", "mailbox archived", "account archived", "user retired",
	"mailbox unavailable: user is terminated", "this mailbox has been blocked due to inactivity",
	"zimbra account status is closed", "account status is closed", "account status is locked",
	"account status is maintenance", "account under maintenance", "not accepting mail for this user",
	"is not accepting any mail", "not currently accepting mail", "is not accepting mail",
	"not accepting messages for", "no longer accepts mail", "no longer accepting mail", "no longer accept mail",
	"no longer receives mail", "does not accept mail at this time", "not authorised to receive mail",
	"not authorized to receive mail", "not allowed to receive mail", "cannot receive mail",
	"can not receive mail", "cannot accept mail", "not permitted to receive", "recipient may not receive",
	"not enabled for mail", "not licensed to receive", "storedrv.deliver; disabled mailbox",
	"disabled mailbox; not accepting messages", "mailbox is not accepting messages", "blank mailhost",
	"vdelivermail: account is locked", "account ... is not active", "has blocked all mail",
	"mailbox unavailable: inactive", "recipient address rejected: inactive",
	"recipient address rejected: blocked", "recipient address rejected: account disabled",
	"user has been blocked", "is a deactivated mailbox", "user is not allowed to receive",
	"recipient is suspended", "user has been suspended", "is deactivated", "was deactivated",
	"account is under", "access to account is restricted", "out of service", "not in service",
} }
rules:add { category = "mailbox-disabled", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "account", "disabled" }, { "account", "suspended" }, { "account", "deactivated" }, { "account", "closed" }, { "account", "expired" }, { "account", "terminated" }, { "account", "locked" },
	{ "account", "blocked" }, { "account", "not active" }, { "mailbox", "disabled" },
	{ "mailbox", "suspended" }, { "mailbox", "deactivated" }, { "mailbox", "locked" }, { "mailbox", "blocked" },
	{ "mailbox", "expired" }, { "mailbox", "closed" }, { "user", "disabled" }, { "user", "suspended" }, { "user", "locked" }, { "user", "deactivated" }, { "recipient", "disabled" }, {
	"recipient", "suspended" }, { "address", "disabled" }, { "address",
	"deactivated" }, { "address", "suspended" }, { "address", "expired" }, { "email", "deactivated" },
} }
-- Our own account at a smarthost is no recipient.
rules:add { category = "sender-rejected", confidence = 0.85, weight = 25, source = "cPanel, hosters", any = {
	{ "sender", "suspended" }, { "sender", "disabled" }, { "your account", "suspended" }, { "your account",
	"disabled" }, { "outgoing mail", "suspended" }, { "sending", "suspended"
	}, { "sender", "account", "locked" },
} }
-- More ways to say that it is full.
rules:add { category = "mailbox-full", confidence = 0.9, weight = 20,
	source = "Dovecot, Cyrus, Courier, Exchange, Zimbra, hosters", any = {
	"no room left", "no room for", "no room in", "no space left for", "no space available",
	"no space in mailbox", "no free space in", "not enough space", "not enough room", "not enough free space",
	"insufficient space", "storage exceeded", "storage is full",
	"storage is exhausted", "storage exhausted", "space is exhausted", "mailbox is at capacity",
	"reached its capacity", "reached capacity", "at maximum capacity", "exceeds capacity", "exceeded capacity",
	"capacity exceeded", "mailbox capacity", "quota used up", "quota is used up", "quota is full",
	"quota is exhausted", "quota has been reached", "quota was exceeded", "reached its quota",
	"reached his quota", "reached the quota", "reached their quota", "hit its quota",
	"too many messages on the server", "has too much mail", "too much mail stored",
	"over the storage", "exceeded its maximum size", "exceeded its size", "exceeds its size",
	"mailbox has grown", "mailbox too large", "mailbox too big", "mailbox is over", "mailbox has reached",
	"inbox has reached", "account has reached its", "user has cleaned", "clean up the mailbox",
	"empty the mailbox", "empty their mailbox", "empty his mailbox", "free up space", "free up some space",
	"delete some messages", "delete some mail", "is out of space", "out of space", "has run out of",
	"ran out of space", "over its limit", "over their limit", "message would put", "would exceed mailbox",
	"would exceed the", "would put the recipient", "would put recipient", "mailbox overflow",
	"mailbox is overfull", "folder is full",
} }
rules:add { category = "mailbox-full", confidence = 0.45,
	source = "Dovecot, Cyrus, Courier, Exchange, Zimbra, hosters", any = {
	"storage limit", "space exhausted", "quota exhausted", "100% full", "at 100%",
	"full (100%)", "over capacity", "mailbox storage", "inbox storage", "hit quota", "at quota", "past quota",
	"beyond quota", "account quota", "over storage", "over allocated", "mailbox size",
	"mailbox over", "mailbox reached", "clean out", "delete messages", "make room", "quota policy",
	"would overflow", "overfull", "crammed", "stuffed", "full up", "box full",
	"account full", "folder full", "mailbox_full", "quota_exceeded", "mailboxisfull", "quota-exceeded",
} }
-- More ways to say that it takes nothing, though it exists.
rules:add { category = "mailbox-disabled", confidence = 0.85, weight = 4,
	source = "Exchange, Zimbra, MDaemon, hosters", any = {
	"closed by its owner", "closed by the owner", "closed by the user", "closed by owner", "is a retired",
	"has been archived", "can't receive mail", "cannot receive email", "can't receive email",
	"cannot receive messages", "can't receive messages", "unable to receive mail", "unable to receive email",
	"unable to receive messages", "not able to receive", "not able to accept mail", "not enabled to receive",
	"not set up to receive", "mailbox is paused", "account is paused", "account has been revoked",
	"account is cancelled", "account is canceled", "has been terminated",
	"not been accessed", "not been used", "not in active use", "temporarily suspended",
	"is blocked for incoming", "incoming mail is blocked", "incoming mail disabled",
	"incoming mail is disabled", "receiving disabled", "reception disabled", "delivery is disabled",
	"delivery to this mailbox is", "mail service disabled",
	"mail service is suspended", "service for this account",
	"account is temporarily", "account temporarily blocked", "account is frozen",
	"user is on hold", "user has been terminated",
	"no longer enabled", "not currently enabled", "not currently active",
	"currently not active", "currently disabled", "currently inactive",
	"currently suspended", "mailbox status is", "account status is",
	"has been shut down", "shut down by", "shutdown mailbox",
} }
rules:add { category = "mailbox-disabled", confidence = 0.45,
	source = "Exchange, Zimbra, MDaemon, hosters", any = {
	"turned off", "switched off", "locked out", "has lapsed", "on hold", "retired account", "retired mailbox",
	"is archived", "was archived", "account paused", "is paused", "barred", "revoked", "is terminated",
	"was terminated", "stale account", "abandoned", "unused for", "without use",
	"is disabled", "was disabled", "been disabled", "is suspended", "was suspended", "been suspended",
	"is expired", "has expired", "login disabled",
	"accountdisabled", "payment overdue", "for non-payment", "nonpayment", "unpaid", "for violating",
	"closed mailbox",
} }
rules:add { category = "mailbox-full", confidence = 0.9, weight = 45,
	source = "met at many servers", any = {
	"mailbox is full: maximum number of messages", "maximum number of messages in mailbox",
	"maximum number of messages reached in", { "mailbox", "maximum number of messages" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 30,
	source = "Facebook", any = {
	"address is currently deactivated", "currently deactivated", "may or may not reactivate",
} }
rules:add { category = "mailbox-disabled", confidence = 0.85, weight = 20,
	source = "met at many servers", any = {
	{ "mailbox", "shut" }, { "account", "shut" }, { "by request of", "owner" },
	{ "at the request of", "owner" },
} }
-- Exchange 2003 says both in one sentence; its code says which.
rules:add { category = "mailbox-full", confidence = 0.9, enhanced = "*.2.2", weight = 90, source = "Exchange 2003", any = {
	"or the recipient's mailbox is full",
} }
-- Half sentences about a box that takes no more.
rules:add { category = "mailbox-full", confidence = 0.47, source = "met at many servers", any = {
	"mail drop is full", "maildrop is full", "drop is full", "take any more", "no more messages", "no more mail",
	"any more messages", "any more mail", "accept more mail", "accept more messages", "used up all",
	"deletes some", "deletes messages", "delete old", "allotted",
	"allotment used", "allocated space", "allocated storage", "storage allowance", "storage used up",
	"space used up", "no room", "no more room", "no more storage", "is filled", "filled up", "is stuffed",
	"has overflowed", "overflowing", "at capacity", "of capacity", "capacity reached", "full capacity",
	"is full", "used up its", "limit exeeded", "quota exeeded", } }
rules:add { category = "mailbox-full", confidence = 0.85, weight = 45, words = true, source = "met at many servers", any = {
	"holds too many", "contains too many", "has too many messages", "has too many mails", "too many mails in",
	"too many messages stored", "too many messages in your", "stores too many", "too many stored",
} }
-- Half sentences about an account that sleeps; they yield as those of address.lua do.
rules:add { category = "mailbox-disabled", confidence = 0.397, code = 5, words = true,
	source = "met at many servers", any = {
	"put to sleep", "asleep", "is sleeping", "shut off", "cut off", "lack of payment", "not paid", "not been paid",
	"nobody signed in", "not logged in", "not logged on", "has been cancelled",
	"has been canceled", "was cancelled", "was canceled", "has been stopped", "was stopped", "has been closed",
	"was closed", "been locked", "was locked", "is locked", "is frozen",
	"was frozen", "decommissioned", "mothballed",
	"not active", "isn't active", "deactivated", "disabled", "suspended",
} }
rules:add { category = "mailbox-full", confidence = 0.85, weight = 30, words = true, source = "met at many servers", any = {
	{ "user", "exceeded the number of messages" }, { "mailbox", "exceeded the number of messages" },
	{ "messages", "may be held" }, { "messages", "may be stored" }, { "disk space of", "recipient" },
	{ "disk space of", "user" }, { "disk space", "used up" }, { "storage", "used up" }, { "storage", "its maximum" },
	{ "storage", "reached" }, { "quota", "passed" }, { "quota", "is spent" }, { "mailbox", "bursting" },
	{ "mailbox", "of", "used" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.85, code = 5, weight = 45, words = true, source = "hosters", any = {
	"for non-payment", "for nonpayment", "because of non-payment", "due to non-payment", "for lack of payment",
	"bill was not paid", "bill has not been paid", "unpaid bill", "unpaid invoice", "overdue invoice",
	{ "contract", "terminated" }, { "contract", "ended" }, { "contract", "expired" }, { "contract", "cancelled" },
	{ "subscription", "ended" }, { "subscription", "cancelled" }, { "membership", "expired" },
	"mailbox is parked", "cold storage",
} }
rules:add { category = "recipient-refused", confidence = 0.85, code = 5, weight = 40, words = true, source = "Exchange", any = {
	"external mail is disabled", "external email is disabled", "mail from outside is disabled", "internet mail is disabled",
	"external delivery is disabled", "outside mail is disabled",
} }
rules:add { category = "mailbox-full", confidence = 0.88, weight = 30, words = true, source = "met at many servers", any = {
	"quota of recipient", "quota of the recipient", "quota of user", "quota of the user", "recipient's quota",
	"user's quota", "quota for recipient", "quota for user", { "recipient", "quota reached" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, code = 5, weight = 45, words = true, source = "LDAP front ends", any = {
	"accountstatus=disabled", "accountstatus=locked", "accountstatus=closed", "accountstatus=inactive",
	"accountstatus=suspended", "account status=disabled", "mailboxstatus=disabled",
	{ "mailbox not available", "disabled" }, { "mailbox unavailable", "disabled" },
	{ "mailbox unavailable", "suspended" }, { "mailbox unavailable", "locked" },
	{ "mailbox not available", "suspended" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.41, code = 5, source = "hosters", text = "due to abuse" }
rules:add { category = "mailbox-full", confidence = 0.88, weight = 20, source = "filter appliances, own servers", any = {
	"over_quota", "mailbox_quota", "user_over_quota", "mailbox_over_quota", "recipient_full",
} }
rules:add { category = "mailbox-disabled", confidence = 0.8, code = 5, weight = 30, words = true, source = "hosters", any = {
	{ "user", "terms of service" }, { "account", "terms of service" }, { "user", "terms of use" },
	{ "account", "terms of use" }, { "user", "kicked out" }, { "account", "abuse" }, { "user", "out of service" },
	{ "mailbox", "out of service" }, { "account", "out of service" },
} }
rules:add { category = "mailbox-full", confidence = 0.8, code = 5, weight = 30, words = true, source = "met at many servers", any = {
	{ "recipient", "too much mail" }, { "mailbox", "too much mail" }, { "user", "too much mail" },
	{ "user", "is out of space" }, { "user", "is out of storage" }, { "user", "is out of quota" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.8, code = 5, weight = 10, words = true, source = "hosters", any = {
	{ "user", "ended" }, "service of this user", { "mailbox", "ended" }, "suspended state",
	"deactivation phase", { "user", "contract" }, { "mailbox", "contract" },
} }
rules:add { category = "mailbox-full", confidence = 0.85, weight = 20, words = true, source = "GMX and other German servers",
	any = {
	{ "zu viele", "auf dem server" }, { "zuviele", "auf dem server" }, { "zu viele nachrichten", "postfach" },
} }
rules:add { category = "mailbox-full", confidence = 0.85, weight = 40, words = true, source = "met at many servers", any = {
	{ "no", "space", "mailbox" }, { "no", "room", "mailbox" }, { "no", "space", "inbox" }, { "no", "room", "inbox" },
	{ "mailbox", "no", "space" }, { "mailbox", "no", "room" }, { "no more", "fits", "mailbox" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.8, weight = 20, source = "Spanish servers", any = {
	{ "cuenta", "dada de baja" }, { "usuario", "dado de baja" }, { "buzón", "dado de baja" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.85, weight = 25, code = 5, words = true, source = "met at many servers", any = {
	{ "account", "has been locked" }, { "mailbox", "has been locked" }, { "user", "has been locked" },
	{ "account", "has been suspended" }, { "account", "was locked" }, { "account", "was suspended" },
} }
rules:add { category = "mailbox-full", confidence = 0.85, weight = 10, words = true, source = "met at many servers", any = {
	"0 bytes left", "no bytes left", "0 bytes free", { "bytes left", "for mail" },
} }
rules:add { category = "mailbox-full", confidence = 0.85, weight = 40, source = "German servers", any = {
	{ "postfach", "größenbeschr" }, { "postfach", "größenlimit" }, { "postfach", "maximale größe" },
	{ "konto", "größenbeschr" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.82, weight = 25, code = 5, words = true, source = "met at many servers", any = {
	{ "mailbox", "not in use since" }, { "account", "not in use since" }, { "mailbox", "not been used since" },
	{ "account", "not been used since" },
} }
