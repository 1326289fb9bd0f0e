-- The way there: no connection, loops, time run out. Mostly our own MTA's words.
local rules = rebuff.rules

rules:add { category = "network-error", confidence = 0.93, weight = 15,
	source = "Exim, Postfix, Sendmail, qmail, OpenSMTPD", any = {
	"connection refused", "connection reset", "connection closed", "connection lost", "connection dropped",
	"connection died", "connection aborted", "connection broken", "connection failed", "connection error",
	"connection attempt", "lost connection", "no connection", "bad connection", "broken pipe",
	"network unreachable", "network is unreachable", "network error", "network problem",
	"other network problem", "host unreachable", "host is unreachable", "no route to host", "no route",
	"unable to connect", "could not connect", "cannot connect", "can't connect", "couldn't connect",
	"failed to connect", "unable to contact", "not able to establish an smtp connection",
	"wasn't able to establish an smtp connection", "unable to establish", "connect timeout",
	"remote host closed", "remote host said nothing", "remote server disconnected", "unexpected disconnect",
	"unexpectedly closed", "socket error", "host did not respond", "did not respond", "no answer from host",
	"no response", "server did not respond", "network error on destination mxs", "no mx reachable",
	"malformed response", "unable to resolve route",
} }
rules:add { category = "network-error", confidence = 0.95, weight = 45, source = "met at many servers", any = {
	"hop count exceeded", "maximum hop count", "maximum hops", "exceeded 50 hops",
	"too many received", "too many received headers", "mail loop", "mail loops back", "loops back to",
	"loops back to myself", "loops back to me", "mail loop detected", "message loop", "message is looping",
	"this message is looping", "message looping", "routing loop", "loop detected", "loop was found", "looping",
	"looping mail", "forwarding loop", "maximum forwarding loop count exceeded", "maximum forwarding",
	"possible mail loop", "probably in a routing loop", "aliasing loop", "infinite loop", "delivered-to line",
	"lowest numbered mx record points to local host", "points back to", "remote host is self",
	"already has my delivered-to",
} }
rules:add { category = "expired", confidence = 0.9, weight = -5, source = "Exim, Postfix, qmail, Exchange", any = {
	"delivery time expired", "delivery expired", "message expired", "queue.expired", "queue expired",
	"message timed out", "retry timeout exceeded",
	"retry time not reached for any host after a long failure period", "after a long failure period",
	"retry limit exceeded", "maximum retries", "too many retries", "after multiple retries",
	"unable to deliver message after", "numerous attempts to deliver", "could not be delivered for more than",
	"not been delivered for", "could not be delivered after", "undelivered after", "expired after",
	"message has expired", "message too old", "too old", "bounced after", "giving up after",
	"it has not been collected after", "allowed queue period", "queue lifetime", "queue time",
	"failed to deliver to domain after trying for", "have been failing for a long time",
	"all hosts have been failing", "delivery timed out", "delivery timeout", "was not reachable within",
	"connection timed out after", "timeout - closing connection", "undeliverable for too long",
	"deadline exceeded", "no longer be attempted",
} }
-- Said by nearly every failing delivery, beside the cause.
rules:add { category = "network-error", confidence = 0.6, weight = -10, source = "met at many servers", any = {
	"timeout", "timed out", "time out", "connection to", "conversation with", "all hosts",
} }
-- qmail's last line after a real answer, and what relays add to every notice.
rules:add { category = "expired", confidence = 0.45, source = "qmail, sendmail", any = {
	"giving up on", "been in the queue too long", "delivery attempts will continue", "message still undelivered",
} }
-- More ways to say: no way there.
rules:add { category = "network-error", confidence = 0.72, words = true,
	source = "Exim, Postfix, Sendmail, qmail, OpenSMTPD, Exchange", any = {
	"is not answering", "no reply from", "connection could not", "connection has been",
	"connection terminated", "connection interrupted", "connection unexpectedly", "closed connection",
	"closed the connection", "dropped connection", "dropped the connection", "timeout exceeded",
	"timed out while", "timed out waiting", "connection problem", "network is down", "host is down",
	"going in circles", "message routed to myself",
	"routed to myself", "routed to itself", "back to itself",
	"end of file", "broken connection", "closed prematurely", "incomplete reply", "invalid response from",
	"bad response from", "unexpected response from", "unexpected reply", "protocol timeout",
} }
rules:add { category = "network-error", confidence = 0.45, words = true,
	source = "Exim, Postfix, Sendmail, qmail, OpenSMTPD, Exchange", any = {
	"not answering", "no answer", "no banner", "connection was", "unexpectedly", "disconnected", "peer",
	"by peer", "econnrefused", "econnreset", "etimedout", "ehostunreach", "enetunreach", "unreachable",

	"ssl connect", "tcp connect",
	"tcp connection", "connect error", "network failure", "network down", "link down", "host down",
	"routing error", "routing problem", "no path", "bad route", "circles", "circular", "loops",
	"loop", "to myself", "received lines", "received: ", "hop limit", "hop count",
	"exceeded hop", "eof", "prematurely", "premature", "garbage reply",
} }
-- More ways to say: I gave up.
rules:add { category = "expired", confidence = 0.7, weight = -4, words = true,
	source = "qmail, Sendmail, Exchange, OpenSMTPD, MDaemon, InterMail, SmarterMail", any = {
	"not be delivered within",
	"been in the queue for", "in the queue too long", "in queue too long",
	"days in the queue", "hours in the queue", "unable to deliver message for", "undeliverable for",
	"for days, giving up", "no more attempts", "no further attempts", "will not be tried again",
	"won't be tried again", "attempts have been exhausted", "attempts exhausted", "retries exhausted",
	"too long in queue", "queued too long", "delivery deadline",
	"for 3 days",
} }
rules:add { category = "expired", confidence = 0.45, words = true,
	source = "qmail, Sendmail, Exchange, OpenSMTPD, MDaemon, InterMail, SmarterMail", any = {
	"is returned", "giving up", "gave up", "given up", "stop trying", "stopped trying", "all attempts",
	"retry count", "retry expired", "maximum retry", "max retries", "retry period", "lifetime", "life time",
	"expired", "expiration", "time-to-live", "ttl", "queue limit", "max queue", "maximum queue",
	"maximum time", "4 days", "5 days",
} }
rules:add { category = "expired", confidence = 0.9, weight = 45,
	source = "Exchange Online, 5.4.300", any = {
	"message expired ->", "message expired,", "message expired;", "message expired: ",
} }
rules:add { category = "network-error", confidence = 0.82, weight = 10,
	source = "met at many servers", any = {
	"hung up", "not reach any of", "could not reach", "cannot reach", "unable to reach", "can't reach",
	"went round in a loop",
} }
rules:add { category = "expired", confidence = 0.8, weight = 15,
	source = "met at many servers", any = {
	{ "retry limit", "passed" }, { "retry", "hours passed" }, { "limit of", "hours passed" },
} }
rules:add { category = "network-error", confidence = 0.8, weight = 10, words = true, source = "met at many servers", any = {
	{ "passed through", "servers" }, { "passed through", "hosts" }, { "passed through", "hops" },
	{ "too many", "hops" }, { "been here", "before" }, { "seen this message", "before" },
} }
rules:add { category = "network-error", confidence = 0.82, weight = 45, words = true, source = "RFC 5321 6.3", any = {
	{ "received headers", "more than" }, { "received lines", "more than" }, { "received headers", "too many" },
} }
rules:add { category = "network-error", confidence = 0.8, weight = 15, source = "Exim", any = {
	"host address is the local host", "address is the local host", "points to this host", "points to ourselves",
} }
-- "26 hops (25 max)"
rules:add { category = "network-error", confidence = 0.9, weight = 30, words = true, source = "Sendmail", any = {
	{ "hops", "max" }, { "hops", "maximum" },
} }
