-- Every word of the policy files: type, range, default, where it may stand, and what it means. What a
-- file says is held against this list, the messages about mistakes come from it, and so does
-- docs/policy-reference.md (make reference).
--
-- type     time "30m"; lasts: a time or "forever"; rate "20/min"; number; count: a whole number; flag:
--          true or false; steps: a list of times; choice: one of `of`; text; names: a list of texts;
--          hook: a function; phrase: a text, or a list of texts that follow one another
-- where    default: rebuff.default; provider: rebuff.provider "x"; stream: rebuff.stream "x", or
--          .stream "x" of a provider; source: rebuff.source "192.0.2.1", or .source of a provider
-- elsewhere  why the words of its group cannot be said in other places, for the message
local everywhere = { "default", "provider", "stream", "source" }
local by_stream = { "default", "provider", "stream" }
local by_provider = { "default", "provider" }
local by_source = { "default", "provider", "source" }
local of_provider = { "provider" }
local of_stream = { "default", "stream" }

return {
	-- retry["category"] = { ... }: when to come back after a 4xx
	{ key = "retry.first", type = "time", min = "1s", max = "14d", where = everywhere,
		text = "The first wait; later ones grow by factor. In place of steps." },
	{ key = "retry.steps", type = "steps", min = "1s", max = "14d", where = everywhere,
		default = { "15m", "30m", "1h", "2h", "4h", "6h" },
		text = "The waits one after the other, at most 12; after the last one they grow by factor." },
	{ key = "retry.factor", type = "number", min = 1, max = 10, default = 1.5, where = everywhere,
		text = "How many times longer each wait is after the steps are used up." },
	{ key = "retry.max", type = "time", min = "1s", max = "14d", default = "6h", where = everywhere,
		text = "The longest wait; longer steps are cut to it." },
	{ key = "retry.jitter", type = "number", min = 0, max = 0.5, default = 0.1, where = everywhere,
		text = "The share of a wait that is added or taken at random, so that messages do not come back together." },
	{ key = "retry.give_up", type = "time", min = "1m", max = "14d", default = "72h", where = everywhere,
		text = "Give up so long after the first failure; time under a hold does not count." },
	{ key = "retry.attempts", type = "count", min = 1, max = 1000, default = 4, where = everywhere,
		text = "Do not give up before so many real attempts." },

	-- suppress["category"] = { ... } or false: when to stop mailing an address. soft: what holds for
	-- categories that have no rule of their own, when a message was given up on or a full mailbox
	-- refused it. bare: a 5xx at RCPT that nothing explains.
	{ key = "suppress.on", type = "flag", default = true, where = everywhere,
		text = "false (or suppress[...] = false): nothing of this category suppresses an address." },
	{ key = "suppress.after", type = "count", min = 1, max = 1000, default = 3, where = everywhere,
		text = "So many messages have to end this way." },
	{ key = "suppress.within", type = "time", min = "1m", max = "60d", default = "30d", where = everywhere,
		text = "Only findings of this time are counted." },
	{ key = "suppress.over", type = "time", min = "0s", max = "60d", default = "0s", where = everywhere,
		text = "The first and the last finding lie at least so far apart." },
	{ key = "suppress.lasts", type = "lasts", min = "1m", max = "3650d", default = "30d", where = everywhere,
		text = "How long the address is not mailed; the next message after that is the probe." },
	{ key = "suppress.growth", type = "number", min = 1, max = 10, default = 2, where = everywhere,
		text = "The next suppression of the same address lasts so many times longer." },
	{ key = "suppress.scope", type = "choice", of = { "all", "domain", "stream" }, default = "all", where = everywhere,
		text = "Whose mail to the address is stopped: all, that of the sending domain, or that of the stream." },
	{ key = "suppress.probe", type = "flag", default = true, where = everywhere,
		text = "A refused probe renews the suppression at once; false: after its end the address begins anew." },

	-- pace = { ... }: the slow lane of a provider that asks for it
	{ key = "pace.start", type = "rate", min = "1/d", max = "100000/min", default = "20/min", where = by_source,
		text = "Messages at the first rate-limit reply, at most the ceiling; each further one halves the rate.",
		elsewhere = "a provider counts what comes from an address, whoever sent it; say it of the provider or of a source address" },
	{ key = "pace.floor", type = "rate", min = "1/d", max = "100000/min", default = "1/min", where = by_source,
		text = "It does not get slower than this." },
	{ key = "pace.ceiling", type = "rate", min = "1/d", max = "100000/min", default = "600/min", where = by_source,
		text = "Where the slow lane ends after it has grown back." },
	{ key = "pace.growth", type = "number", min = 1, max = 10, default = 1.5, where = by_source,
		text = "How many times faster it gets in a minute of successes." },

	-- breaker = { ... }: too many answers of one provider would suppress
	{ key = "breaker.share", type = "number", min = 0, max = 1, default = 0.05, where = by_provider,
		text = "The share of a provider's final answers over which nobody is suppressed there.",
		elsewhere = "it looks at all answers of a provider together; say it of rebuff.default or of the provider" },
	{ key = "breaker.at_least", type = "count", min = 1, max = 1000000, default = 50, where = by_provider,
		text = "And at least so many such answers." },
	{ key = "breaker.within", type = "time", min = "5m", max = "1d", default = "15m", where = by_provider,
		text = "The time that is looked at." },

	-- alarm = { ... }: when a provider has blocked us, or a stream fails, and what is held for it
	{ key = "alarm.hold", type = "flag", default = true, where = by_stream,
		text = "false: an alarm tells, and holds nothing." },
	{ key = "alarm.blocked", type = "count", min = 3, max = 1000, default = 10, where = by_provider,
		text = "So many refusals for what we are, far more than usual there, and the provider has blocked us." },
	{ key = "alarm.share", type = "number", min = 0.01, max = 1, default = 0.2, where = by_provider,
		text = "Or twice so many in ten minutes, when they are this share of its final answers." },
	{ key = "alarm.lasts", type = "time", min = "1m", max = "14d", default = "2h", where = by_provider,
		text = "How long the provider is held then; each refused probe doubles it." },
	{ key = "alarm.longest", type = "time", min = "1m", max = "14d", default = "24h", where = by_provider,
		text = "It is not held for longer in one go." },
	{ key = "alarm.hard", type = "number", min = 0, max = 1, default = 0.02, where = of_stream,
		text = "The share of dead addresses among a stream's final outcomes in 24 hours from which on it is held." },
	{ key = "alarm.failed", type = "number", min = 0, max = 1, default = 0.05, where = of_stream,
		text = "Or this share of failures of any kind." },
	{ key = "alarm.volume", type = "count", min = 20, max = 1000000, default = 200, where = of_stream,
		text = "From so many final outcomes on. Of a stream, at all providers together." },

	-- wait = { ... }: a wait that a reply states ("try again in 300 seconds"), believed once a message
	{ key = "wait.min", type = "time", min = "1s", max = "14d", default = "30s", where = everywhere,
		text = "A shorter stated wait is raised to this." },
	{ key = "wait.max", type = "time", min = "1s", max = "14d", default = "12h", where = everywhere,
		text = "A longer stated wait is cut to this." },
	{ key = "wait.jitter", type = "number", min = 0, max = 0.5, default = 0.1, where = everywhere,
		text = "The share that is added at random." },

	-- hold = { ... }: what a rule's action = "hold" does
	{ key = "hold.lasts", type = "time", min = "1m", max = "14d", default = "2h", where = everywhere,
		text = "How long a provider is held when a reply asks for it (a rule with action \"hold\")." },

	{ key = "lifetime", type = "time", min = "1m", max = "14d", default = "14d", where = everywhere,
		text = "A message that is older is given up on, whatever its ladder says, held or not." },
	{ key = "mode", type = "choice", of = { "act", "observe" }, default = "act", where = everywhere,
		text = "act: do it; observe: decide and record, and do nothing." },
	{ key = "backscatter", type = "choice", of = { "count", "refuse" }, default = "count", where = { "default" },
		text = "Bounces of mail that this host did not send: count them, or refuse them as well." },

	-- what a provider is
	{ key = "domains", type = "names", max = 255, where = of_provider,
		text = "Its recipient domains, matched whole, where the MX is not known." },
	{ key = "mx", type = "names", max = 255, where = of_provider,
		text = "The ends of its MX host names (\".google.com\"); they count before the domain." },
	{ key = "name", type = "text", max = 63, where = of_provider, text = "Its name for people." },
	{ key = "postmaster", type = "text", max = 255, where = of_provider, text = "Its page for postmasters." },
	{ key = "delist", type = "text", max = 255, where = of_provider, text = "Where to ask it to lift a block." },

	-- functions
	{ key = "classify", type = "hook", where = everywhere,
		text = "function (event): the category as a text, or a table of classification.*; nil keeps what the rules say." },
	{ key = "decide", type = "hook", where = everywhere,
		text = "function (event, decision): what decision:retry, :hold, :bounce, :suppress or :slow return; nil keeps the decision." },
	{ key = "suppress", type = "hook", where = everywhere,
		text = "function (event, suppression): what suppression:change or :skip return; nil keeps the suppression." },

	-- replies:add { ... } of a provider, rebuff.rules:add { ... } for all
	{ key = "rule.text", type = "phrase", max = 256, text = "Words of the reply, in any case; a list: one after the other." },
	{ key = "rule.any", type = "phrase", max = 256, text = "A list of texts, each a rule of its own. In place of text." },
	{ key = "rule.words", type = "flag", default = false, text = "The texts begin and end at the borders of words." },
	{ key = "rule.code", type = "count", min = 4, max = 599, text = "The reply's code, or 4 or 5 for the class." },
	{ key = "rule.enhanced", type = "text", max = 15, text = "The enhanced code, \"5.1.1\", \"5.1.*\" or \"*.1.1\"." },
	{ key = "rule.stage", type = "choice", text = "Only at this point of the dialogue." },
	{ key = "rule.category", type = "choice", text = "What it means. Must be there." },
	{ key = "rule.fault", type = "choice", text = "Who is at fault, when it is not whom the category usually blames." },
	{ key = "rule.action", type = "choice", text = "What to do, when it is not what category and code give." },
	{ key = "rule.scope", type = "choice", text = "What a limit or block is about." },
	{ key = "rule.confidence", type = "number", min = 0.01, max = 1, default = 0.9, text = "How sure it is; below 0.5 it yields to a better code." },
	{ key = "rule.weight", type = "number", min = -100, max = 100, default = 0, text = "Added to its strength against other rules." },
	{ key = "rule.source", type = "text", max = 256, text = "Where the fact comes from; rebuff explain shows it." },
	{ key = "rule.only_here", type = "flag", default = false, text = "A provider's rule that says nothing at other providers." },
	{ key = "rule.note", type = "text", max = 400, text = "For people; rebuff explain shows it." },

	-- rebuff.streams:add { ... }
	{ key = "stream.name", type = "text", max = 63, text = "What the stream is called." },
	{ key = "stream.sender", type = "names", max = 320, text = "Patterns of the envelope sender, * for any run; the first that matches counts. Without one, a stream is the sender's domain." },

	-- what hooks may return
	{ key = "classification.category", type = "choice", text = "What the reply means." },
	{ key = "classification.fault", type = "choice", text = "Who is at fault." },
	{ key = "classification.action", type = "choice", text = "What to do." },
	{ key = "classification.scope", type = "choice", text = "What a limit or block is about." },
	{ key = "classification.wait", type = "time", min = "0s", max = "14d", text = "The wait that the reply states." },
	{ key = "decision.retry.after", type = "time", min = "1s", max = "14d", text = "Try again so long from now. Only for a message that was deferred." },
	{ key = "decision.hold.lasts", type = "time", min = "1m", max = "14d", text = "Send nothing to this provider for so long; hold.lasts when it is not said." },
	{ key = "decision.suppress.lasts", type = "lasts", min = "1m", max = "3650d", text = "Stop mailing the address for so long; else as its category says. Only where the recipient is at fault." },
	{ key = "decision.suppress.scope", type = "choice", of = { "all", "domain", "stream" }, text = "Whose mail is stopped." },
	{ key = "decision.reason", type = "text", max = 200, text = "Of each of them: for log, report and bounce." },
	{ key = "suppression.change.lasts", type = "lasts", min = "1m", max = "3650d", text = "How long the address is not mailed." },
	{ key = "suppression.change.scope", type = "choice", of = { "all", "domain", "stream" }, text = "Whose mail is stopped." },
	{ key = "suppression.skip.reason", type = "text", max = 200, text = "suppression:skip { ... } does not suppress; why." },

	-- cases of rebuff policy test: test "what" { recipient = ..., { step }, { step } }
	{ key = "case.recipient", type = "text", max = 320, text = "To whom, in every step that does not say it; also sender, mx, source and stage." },
	{ key = "case.sender", type = "text", max = 320, text = "The envelope sender." },
	{ key = "case.mx", type = "text", max = 255, text = "The host that answers." },
	{ key = "case.source", type = "text", max = 63, text = "The source address." },
	{ key = "case.stage", type = "choice", text = "The point of the dialogue; rcpt when it is not said." },
	{ key = "step.after", type = "time", min = "0s", max = "3650d", text = "So long after the step before; the clock is the test's own." },
	{ key = "step.reply", type = "text", max = 8192, text = "What the server answers: 2xx, 4xx or 5xx. Without it time passes, and expectations are looked at." },
	{ key = "step.recipient", type = "text", max = 320, text = "As of the case." },
	{ key = "step.sender", type = "text", max = 320, text = "As of the case." },
	{ key = "step.mx", type = "text", max = 255, text = "As of the case." },
	{ key = "step.source", type = "text", max = 63, text = "As of the case." },
	{ key = "step.stage", type = "choice", text = "As of the case." },
	{ key = "step.message", type = "text", max = 63, text = "Which message it is about; the steps of a case are about one." },
	{ key = "step.times", type = "count", min = 1, max = 10000, text = "So many messages, each to a recipient of its own, get this answer." },
	{ key = "expect.gate", type = "choice", of = { "go", "wait", "fail" }, text = "What the mail server is told when it asks before the attempt." },
	{ key = "expect.category", type = "choice", text = "What the reply means." },
	{ key = "expect.fault", type = "choice", text = "Who is at fault." },
	{ key = "expect.action", type = "choice", text = "What the reply asks for, without history." },
	{ key = "expect.provider", type = "text", max = 63, text = "Whose server it is." },
	{ key = "expect.stream", type = "text", max = 63, text = "Which stream the mail is of." },
	{ key = "expect.what", type = "choice", of = { "retry", "give-up", "bounce", "accepted" }, text = "What becomes of the message." },
	{ key = "expect.next", type = "time", min = "0s", max = "14d", text = "When it is tried again, from now; without jitter." },
	{ key = "expect.suppressed", type = "flag", text = "Whether the sender's next mail to the recipient is refused." },
	{ key = "expect.lasts", type = "lasts", min = "1s", max = "3650d", text = "For how long from now." },
	{ key = "expect.held", type = "flag", text = "Whether mail to this provider, or of this stream, is held." },
	{ key = "expect.slowed", type = "flag", text = "Whether the provider is in the slow lane." },
}
