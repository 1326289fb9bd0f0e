-- The receiver is broken, overloaded or out of disk.
local rules = rebuff.rules

rules:add { category = "system-error", confidence = 0.9,
	source = "Postfix, Exim, Sendmail, qmail, Exchange, Dovecot and others", any = {
	"queue file write error", "insufficient system storage", "insufficient system resources",
	"insufficient disk space", "insufficient storage", "insufficient resources",
	"not enough disk space", "no space left on device", "disk full", "file system full", "filesystem full",
	"system full", "mail system full", "system storage", "out of memory", "out of disk", "low on disk",
	"server full", "spool full", "server out of", "system is full",
	"internal error", "internal server error", "internal system error", "internal failure", "system error",
	"server error", "local error in processing", "local error", "local problem", "temporary local problem",
	"temporary system", "temporary system error", "temporary server error", "temporary internal",
	"temporary service", "temporary authentication", "temporary condition", "temporary fault",
	"temporary backend", "temporary lookup", "unexpected error", "unexpected failure", "unknown mailer error",
	"mailer error", "unknown mail transport error", "mail transport unavailable",
	"mail system configuration error", "system config error", "system configuration",
	"system incorrectly configured", "configuration error", "configuration problem", "server configuration",
	"misconfigured", "misconfiguration", "config error", "command died with status", "command failed",
	"command time limit exceeded", "child process", "child terminated", "script failed", "pipe to",
	"delivery failed: x-unix", "x-unix; exit", "exit value", "exit status", "procmail",
	"can't create user output file", "can't create output", "cannot create", "cannot open", "can't open",
	"cannot write", "cannot append", "cannot update mailbox", "unable to open mailbox", "unable to create",
	"unable to write", "i/o error", "input/output error", "read-only file system", "file exists",
	"operating system error", "interrupted system call", "maildir delivery failed", "mailbox lock", "lock file",
	"database error", "database failure", "database is down", "database unavailable", "sql error", "ldap error",
	"ldap server", "directory server", "directory service", "temporary lookup failure", "lookup failure",
	"lookup failed", "backend error", "backend unavailable", "backend server", "backend failure", "milter",
	"lmtp", "proxy error", "cluster", "no healthy secondary", "recipient deferred because there is no mdb",
	"no mdb", "mapiexception", "storedrv", "could not load drd", "message failed to be replicated", "shadow",
	"overloaded", "server busy", "server is busy", "server too busy", "system busy", "system is busy",
	"system too busy", "too busy", "is busy", "host busy", "load average", "system load", "high load",
	"load too high", "under maintenance", "maintenance", "upgrading", "out of order", "shutting down",
	"server shutdown", "going down", "is down", "not responding", "resources temporarily unavailable",
	"resource temporarily unavailable", "resources unavailable", "resources not available",
	"not enough resources", "service not available", "service unavailable", "service is unavailable",
	"service currently unavailable", "service is currently unavailable", "service temporarily unavailable",
	"service is temporarily unavailable", "service temporary unavailable", "service not active",
	"service not ready", "service closed", "service stopped", "server unavailable", "server not available",
	"server temporarily unavailable", "host unavailable", "temporarily unavailable",
	"temporarily not available", "currently unavailable", "system not accepting network messages",
	"not accepting network messages", "system not accepting", "unable to accept", "cannot accept",
	"cannot process", "unable to process", "could not process", "processing error", "error in processing",
	"transaction error", "aborted", "scan failed", "unable to scan",
	"message could not be processed", "message could not be accepted at this time",
	"message temporarily", "temporarily rejected message", "mail temporarily rejected",
	"recipient temporarily unavailable", "account service is temporarily unavailable", "mailbox service",
	"account temporarily unavailable", "user temporarily unavailable", "account is temporarily unavailable",
	"not available at this time", "cannot be accepted at this time", "unable to deliver at this time",
	"delivery temporarily suspended", "temporarily suspended by administrator", "queue unavailable",
	"queue full", "queue is full", "mail queue", "no free", "unknown error", "unspecified error",
	"unknown failure", "unknown problem", "error occurred", "an error has occurred", "failed to process",
	"insufficient disk", "disk space low",
} }
rules:add { category = "system-error", confidence = 0.6, words = true, source = "met at many servers", any = {
	{ "try", "later" }, "try again later", "try later", "please retry", "temporarily",
} }
rules:add { category = "system-error", confidence = 0.9, weight = 45, source = "Exchange, amavis", any = {
	"queue quota exceeded", "content filter failed", "filter failed", "virus scanner failure", "scanner failed",
} }
-- That it is temporary, the code says already.
rules:add { category = "system-error", confidence = 0.45, source = "met at many servers", any = {
	"temporary failure", "temporary error", "temporary problem", "transient error", "transient failure",
} }
-- RFC 5321 4.2.3 again: storage of the system, said of a mailbox by some.
rules:add { category = "mailbox-full", confidence = 0.75, code = 5, weight = 10, source = "RFC 5321 4.2.3",
	any = { "insufficient system storage for user", "insufficient storage in mailbox" } }
-- More ways to say: broken here. Half of it is said beside a better reason, so it yields.
rules:add { category = "system-error", confidence = 0.62,
	source = "Postfix, Exim, Sendmail, Exchange, Domino, Courier and others", any = {
	"resources exhausted", "resource exhausted", "out of resources", "low on resources", "low on memory",
	"memory exhausted", "memory allocation", "internal database", "database problem", "directory is down",
	"directory lookup failed", "directory unavailable", "write to disk", "writing to disk", "unable to queue",
	"could not queue", "failed to queue", "unable to store", "could not store", "failed to store",
	"unable to spool", "antivirus daemon", "connect to antivirus", "connect to spam", "connect to backend",
	"connect to database", "connect to policy", "downstream server", "load is too", "unable to fork",
	"misconfigured milter", "filter unavailable", "permission problem", "unable to lock", "try again when",
	"at the moment", "temporarily closed", "temporarily offline", "out of operation", "not accepting mail at",
	"not accepting messages at", "not accepting new", "service is down", "server is down", "system is down",
	"technical problem", "technical difficulties", "technical failure", "technical reasons",
	"configuration failure", "delivery program", "delivery command",
	"cannot find mailbox server", "mailbox database", "store unavailable",
} }
rules:add { category = "system-error", confidence = 0.45,
	source = "Postfix, Exim, Sendmail, Exchange, Domino, Courier and others", any = {
	"resource limit", "malloc", "cannot allocate", "db error", "database", "sql", "directory error", "ldap",
	"ldap failure",  "lookup error",  "lookup table", "write message",
	"writing message", "write error", "write failed", "read error", "read failed", "disk error",
	"disk failure", "disk problem", "i/o", "cannot queue", "can't queue", "queue error", "queuing error",
	"queueing", "queue disk", "cannot store", "storage error", "storage failure", "storage backend",
	"spooling", "virus daemon", "clamd", "spamd", "policy server", "policy service", "policy daemon",
	"auth server", "backend", "upstream",  "gateway error", "proxy", "congested",
	"congestion", "overload", "over load", "high cpu", "cpu load", "heavy load", "under load",
	"under heavy", "cannot fork", "fork failed", "can't fork", "crashed", "crash", "panic", "bug", "exception",
	"corrupt", "corruption", "corruptdata", "fatal error", "fatal:", "failure in", "fault", "malfunction",
	"broken", "filter error",  "program failure", "exit code",
	"returned error", "exec format", "quota file", "lock failed", "locking", "stale nfs", "nfs",
	"home directory", "mail directory", "mail spool", "in progress", "restarting", "rebooting", "starting up",
	"startup", "shutting", "stopping", "closing down", "is closed", "temporarily out", "offline",
	"unavailable", "not available", "service down", "server down", "system down", "system failure",
	"system problem", "system fault", "server problem", "server failure", "server fault", "technical error",
	"software error", "config problem", "setup error", "delivery agent", "delivery failed", "mailer",
	"no_server", "mailbox server", "message store",
} }
rules:add { category = "system-error", confidence = 0.85, code = 4, weight = 60,
	source = "Sendmail, amavis and others", any = {
	"connection rejected: system load", "connection refused: system load", "connect to antivirus",
	"connect to spam", "connect to clam", "connect to virus", "connect to policy", "connect to database",
	"connect to ldap", "connect to backend", "connect to milter", "connect to filter",
	{ "rejected", "load too high" }, { "refused", "load" }, { "connection", "load average" },
} }
rules:add { category = "system-error", confidence = 0.85, weight = 30,
	source = "Facebook", any = {
	"due to an internal system issue", "internal system issue", "this is a temporary condition",
} }
rules:add { category = "system-error", confidence = 0.8, source = "Sendmail", text = "local configuration error" }
-- A time-out of theirs, not of the way there.
rules:add { category = "system-error", confidence = 0.8, source = "Postfix, Exim, milters", any = {
	"ldap timeout", "lookup timeout", "gateway timeout", "filter timeout", "policy server timeout",
} }
rules:add { category = "system-error", confidence = 0.85, code = 4, weight = 40,
	source = "met at many servers", any = {
	{ "partition", "no space" }, { "disk", "no space" }, { "queue", "no space" }, { "no space", "partition" },
	{ "no space", "on disk" }, { "no space", "device" },
} }
rules:add { category = "system-error", confidence = 0.8, weight = 15, code = 4, words = true,
	source = "amavis, Exim, MailScanner", any = {
	{ "antivirus", "not answer" }, { "antivirus", "not respond" }, { "scanner", "not answer" },
	{ "scanner", "not respond" }, { "filter", "not answer" }, { "filter", "not respond" },
	{ "antivirus", "not running" }, { "scanner", "not running" }, { "virus scanner", "unavailable" },
	{ "antivirus", "unavailable" }, { "clamd", "not" }, { "antivirus", "down" }, { "scanner", "down" },
} }
rules:add { category = "system-error", confidence = 0.82, code = 4, weight = 30, words = true, source = "met at many servers", any = {
	{ "disk", "nearly full" }, { "disk", "almost full" }, { "disk", "is full" }, "disk nearly full", "disk almost full",
	{ "scan", "timed out" }, { "scanner", "timed out" }, { "scanning", "timed out" }, { "filter", "timed out" },
	{ "lookup", "timed out" }, { "database", "timed out" }, { "backend", "timed out" }, { "query", "our directory" },
	{ "reach", "our directory" }, { "query", "our database" }, { "reach", "our database" }, { "query", "ldap" },
} }
rules:add { category = "system-error", confidence = 0.85, code = 4, weight = 40, words = true, source = "RFC 4954, hosters", any = {
	"temporary authentication failure", "temporary authentication error", "temporary auth failure",
	"is being moved", "is being migrated", "being migrated", "being relocated", "migration", "is being restored",
	"being upgraded", "being rebuilt",
} }
rules:add { category = "system-error", confidence = 0.82, code = 4, weight = 30, words = true, source = "met at many servers", any = {
	{ "spamd", "not answering" }, { "spamd", "not respond" }, { "daemon", "not answering" }, { "daemon", "not respond" },
	{ "backend", "not answering" }, { "backend", "unreachable" }, { "database", "not answering" }, { "ldap", "not answering" },
} }
-- A part of theirs, named for now; for good it is what the part found.
rules:add { category = "system-error", confidence = 0.6, code = 4, words = true, source = "met at many servers", any = {
	"scanner",
} }
rules:add { category = "system-error", confidence = 0.8, words = true, source = "met at many servers", any = {
	"resources low", "resources are low", "low resources", "low on resources", "low on memory",
} }
rules:add { category = "system-error", confidence = 0.8, code = 4, weight = 20, source = "German servers", any = {
	"interner fehler", "internen fehler", "interner serverfehler",
} }
-- What opens a sentence, whatever the reason is.
rules:add { category = "system-error", confidence = 0.7, weight = -12, source = "met at many servers", any = {
	"requested action aborted", "requested mail action aborted", "transaction failed", "delivery error",
	"mail delivery failed",
} }
rules:add { category = "system-error", confidence = 0.82, code = 4, weight = 20, words = true, source = "met at many servers", any = {
	"rebooting", "is rebooted", "could not run the", "cannot run the", "could not start the",
} }
