-- The dialogue went wrong.
local rules = rebuff.rules

rules:add { category = "protocol-error", confidence = 0.85, source = "RFC 5321, met at many servers", any = {
	"syntax error", "command not recognized", "command not recognised", "command unrecognized",
	"command unrecognised", "unrecognized command", "unrecognised command", "command not implemented",
	"not implemented", "unimplemented", "command not supported", "command unsupported", "unsupported command",
	"command not understood", "command unknown", "unknown command", "invalid command", "bad command",
	"command rejected", "data command rejected", "command not allowed", "bad command sequence",
	"out of sequence", "command out of", "wrong sequence", "protocol error", "protocol synchronization",
	"synchronization error", "smtp protocol error", "smtp protocol synchronization", "improper use of smtp command pipelining", "command pipelining",
	"pipelining", "need mail", "need helo", "need ehlo", "mail first", "send helo", "send ehlo", "ehlo first",
	"helo first", "helo/ehlo first", "ehlo/helo first", "polite people say", "say hello", "helo required",
	"ehlo required", "ehlo not supported", "helo not supported", "no helo", "no ehlo", "no data after bdat",
	"bdat", "optional argument not permitted", "invalid argument", "invalid parameter", "invalid parameters",
	"bad parameter", "parameter not", "parameters not recognized", "unrecognized parameter",
	"unsupported parameter", "unsupported option", "option not supported", "unrecognized authentication type",
	"authentication type not", "xoauth", "line too long", "lines too long", "command line too long",
	"line is too long", "line length exceeded", "input line too long", "too many unrecognized commands",
	"too many unknown commands", "too many bad commands", "too many errors", "too many syntax",
	"too many failed", "too many protocol errors", "nested mail", "sender already specified",
	"sender already given", "duplicate mail", "no sender", "lost input", "unexpected input", "unexpected data",
	"unexpected command", "smtputf8", "8bitmime", "data format error", "remote protocol error",
	"dsn not supported", "unsupported", "invalid rcpt to", "invalid mail command",
} }
rules:add { category = "network-error", confidence = 0.8, enhanced = "5.4.4",
	source = "Exchange, no route to the next hop", text = "invalid arguments" }
-- What follows when every recipient was refused: the refusal before it counts.
rules:add { category = "protocol-error", confidence = 0.6, weight = -20, source = "met at many servers", any = {
	"no valid recipient", "valid rcpt command must precede", "need rcpt", "rcpt first",
	"no recipients specified", "need recipient", "start afresh from mail", "bad sequence of commands",
} }
-- More that is said about the dialogue.
rules:add { category = "protocol-error", confidence = 0.65, words = true, weight = -2,
	source = "RFC 5321, RFC 6531, RFC 3030", any = {
	"identity changes", "no identity changes", "invalid sequence", "order of commands",
	"missing argument", "argument missing", "unknown parameter", "internationalized",
	"starttls may not", "transaction already", "out of order command", "too many commands",
	"unauthenticated commands",
} }
rules:add { category = "protocol-error", confidence = 0.45, words = true,
	source = "RFC 5321, RFC 6531, RFC 3030", any = {
	"smtp violation", "not recognized", "command error",
	"cannot decode", "decode response", "syntax:", "syntax", "ehlo/helo", "helo/ehlo",
	"data first", "use helo", "use ehlo", "expected helo", "expected mail", "expected rcpt",
	"unexpected", "bad sequence", "sequence error", "wrong order", "command order", "arguments", "parameter",
	"parameters", "unknown option", "unknown esmtp", "esmtp option", "esmtp parameter", "extension not",
	"not advertised", "not offered", "utf-8 address", "utf8 address", "eai", "invalid utf", "line terminator",
	"crlf", "bare", "pipelin", "already", "mail already", "session already", "helo already",
	"noop", "vrfy", "expn", "etrn", "turn", "chunking",
} }
rules:add { category = "protocol-error", confidence = 0.88, weight = 45,
	source = "Gmail, RFC 5321", any = {
	"smtp protocol violation", "protocol violation, visit", "too many unauthenticated commands",
	"no identity changes permitted",
} }
rules:add { category = "protocol-error", confidence = 0.75, code = 500, weight = 30,
	source = "RFC 5321 4.5.3", any = {
	"line exceeded", "line exceeds", "line too", "command line",
} }
rules:add { category = "protocol-error", confidence = 0.8, weight = 10,
	source = "Exim, Sendmail, RFC 5321", any = {
	"not yet given", "sender not yet", "no mail command", "no rcpt command", "before mail", "before rcpt",
	"command expected",
} }
rules:add { category = "protocol-error", confidence = 0.7, weight = 20, words = true, source = "Postfix, Exim", any = {
	"nonsense", "too much nonsense", "gibberish", "junk commands", "junk command", "too many junk",
} }
rules:add { category = "protocol-error", confidence = 0.8, weight = 30, words = true, source = "met at many servers", any = {
	"too many wrong commands", "wrong command", "wrong commands", "too many invalid commands", "too many unknown",
} }
rules:add { category = "protocol-error", confidence = 0.75, code = 5, weight = 20, words = true, source = "RFC 5321", any = {
	"send mail from first", "mail from first", "mail from before", "mail from required", "need mail from",
} }
