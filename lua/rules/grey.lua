-- Greylisting (RFC 6647): the same envelope from the same address again, a little later.
local rules = rebuff.rules

rules:add { category = "greylisted", confidence = 0.97, weight = 50, code = 4,
	source = "postgrey, sqlgrey, milter-greylist, policyd, rspamd", any = {
	"greylist", "graylist", "grey list", "gray list", "grey-list", "gray-list", "greylisted", "graylisted",
	"greylisting", "graylisting", "postgrey", "sqlgrey", "first-time delivery", "first attempt",
	"first time sender", "unknown triplet", "deferred for policy reasons, please retry",
	"not yet authorized to deliver", "not yet authorised to deliver", "please come back", "come back later",
	"come back in", "be patient", "temp.rejected. please try again later", "(tpc) temp.rejected",
	"temporarily rejected, please try again", "temporarily rejected. please try again",
	"temporarily rejected. try again", "temporarily deferred, please try again", "please retry in",
	"please resend in", "resend your message in", "early retry", "retrying too fast", "retry too soon",
	"too early to retry", "retry timeout not reached", "internal resources are temporarily unavailable",
	"internal resource temporarily unavailable", "delayed for spam prevention", "spam prevention delay",
	"anti-spam delay", "delay to prevent spam", "not seen before", "new sender. please", "we have not seen",
} }
-- A 5xx that says "greylisted" still asks for patience; the MTA has given up all the same.
rules:add { category = "greylisted", confidence = 0.8, code = 5, weight = 40,
	source = "met at misconfigured servers", any = { "greylisted", "greylisting", "graylisting", "graylisted" }
	}
rules:add { category = "greylisted", confidence = 0.75, code = 4, weight = 5, source = "met at many servers", any = {
	"policy rejection- please try later", "policy rejection - please try later", "please try again in",
	"try again in", "try again after", "retry in", "temporarily blocked because of previous errors",
	"please wait", "wait and try", "temporarily denied", "temporarily refused", "please retry later",
} }
rules:add { category = "greylisted", confidence = 0.6, code = 4, enhanced = "4.7.1",
	source = "rspamd and others", any = {
	"please try again later", "please try later", "service temporarily unavailable",
} }
-- postscreen defers every client that it has not tested.
rules:add { category = "greylisted", confidence = 0.65, code = 450, enhanced = "4.3.2", weight = 10,
	source = "Postfix, postscreen(8)", text = "service currently unavailable" }
-- More ways to say: the first time I say no.
rules:add { category = "greylisted", confidence = 0.7, code = 4,
	source = "postgrey, milter-greylist, policyd-weight, rspamd, cPanel", any = {
	"new to us", "seen for the first time", "for the first time", "first time we", "first time you",
	"have not seen", "not yet known", "not yet seen",
	"spam protection delay", "please resend later", "please retry shortly", "wait a few minutes",
	"wait a while", "will be accepted", "temporarily deferred", "temporary deferral",
	"initial connection", "initial delivery", "quarantine period", "deferred delivery",
} }
rules:add { category = "greylisted", confidence = 0.45, code = 4,
	source = "postgrey, milter-greylist, policyd-weight, rspamd, cPanel", any = {
	"first contact", "first seen", "never seen", "haven't seen", "triplet", "soft reject", "delayed",
	"postponed", "deferred for", "please resend", "wait for", "seconds before",
	"minutes before", "retry after", "again after", "again in", "initial attempt", "new sender",
	"greet pause", "greylst", "graylst", "gldelay", "tempfailed",
	"delay reason",
} }
-- A stated wait in a 4xx is mostly greylisting; what speaks of rates and connections is longer.
rules:add { category = "greylisted", confidence = 0.8, code = 4, weight = 40,
	source = "postgrey, milter-greylist and others", any = {
	"as anti-spam measure", "as an anti-spam measure", "for anti-spam reasons, please retry",
	{ "please wait", "seconds" }, { "please wait", "minutes" }, { "unknown sender", "wait" },
	{ "wait", "unknown sender" }, { "please retry", "seconds" }, { "again in", "seconds" },
	{ "again in", "minutes" }, { "come back", "seconds" }, { "come back", "minutes" },
} }
rules:add { category = "greylisted", confidence = 0.8, code = 4, weight = 10,
	source = "met at many servers", any = {
	"send again", "first-time host", "first-time sender", "test first", "new senders wait",

} }
rules:add { category = "greylisted", confidence = 0.46, code = 4, words = true, source = "met at many servers", any = {
	"first sight", "first try", "on first", "real mail servers", "real mail server", "test of your", "resend soon",
	"try again soon", "retry soon", "again shortly", "in a few minutes", "in some minutes", "after some minutes",
	"knock again", "you are new", "new here", "unknown combination", "unknown tuple", "unknown triple",
} }
-- A block list that holds mail back for a while only.
rules:add { category = "greylisted", confidence = 0.85, code = 4, weight = 90, source = "Postfix with a list of greylisting",
	any = { { "blocked using grey" }, { "blocked using", "greylist" } } }
rules:add { category = "greylisted", confidence = 0.75, code = 4, weight = 30, words = true, source = "greylisting milters", any = {
	{ "combination", "unseen" }, { "combination", "not seen" }, { "combination", "unknown" }, { "triplet", "unseen" },
	{ "combination", "new" }, "unseen so far", "hold back first", "holding back first", "first messages",
	"spam defence: ", "spam defense: ", "spam defence delay", "deliver once more", "put off", "after 5 min",
	"after 10 min", "after 15 min", { "try after", "min" }, { "retry after", "min" }, { "try in", "seconds" },
	{ "try in", "minutes" }, "gl -", "gl:",
} }
rules:add { category = "greylisted", confidence = 0.75, code = 4, weight = 35, words = true, source = "greylisting milters", any = {
	"unknown sender, please try", "unknown sender, try", "first contact, please retry",
	"first contact, try", "temporarily rejected, try again", "temporary reject, try again", "new sender, try", "new sender, retry",
} }
rules:add { category = "greylisted", confidence = 0.78, code = 4, weight = 60, words = true, source = "greylisting filters", any = {
	{ "delayed by", "anti-spam" }, { "delayed by", "antispam" }, { "delayed", "spam protection" },
	{ "delayed", "spam filter" }, { "deferred", "anti-spam" }, { "deferred", "antispam" },
} }
rules:add { category = "greylisted", confidence = 0.78, code = 4, weight = 45, words = true, source = "greylisting filters", any = {
	{ "unknown sender", "retry" }, { "unknown sender", "try again" }, { "retry", "whitelisted" }, { "retry", "to be accepted" },
	"sender/host pair", "sender/recipient pair", "host/sender pair",
} }
