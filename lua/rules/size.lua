-- The message is too big, or has too many parts.
local rules = rebuff.rules

rules:add { category = "message-too-big", confidence = 0.95, weight = 30,
	source = "RFC 1870, met at many servers", any = {
	"message too large", "message too big", "message is too large", "message is too big",
	"message was too large", "message too long", "message is too long", "mail too large", "mail too big",
	"mail is too large", "mail is too big", "email too large", "email too big", "email is too large",
	"data too large", "data too big", "too large for", "too big for", "too large message",
	"message file too big", "file too big", "body too large", "message body too", "message size exceeds",
	"message size exceeded", "message size limit", "message size", "mail size exceeds", "mail size",
	"email size", "size of your message", "size of message", "size of the message", "message exceeds",
	"message exceeded", "exceeds maximum size", "exceeds size limit", "exceeds the maximum message",
	"exceeds the maximum size", "exceeds maximum message", "exceeds fixed", "exceeds the size",
	"exceeded the size limit", "exceeded maximum size", "exceeds my databytes", "databytes limit",
	"size limit exceeded", "size limit", "size exceeds", "size exceeded", "maximum size",
	"maximum message size", "maximum allowed size", "max message size", "maximum email size",
	"fixed maximum message size", "message length exceeds", "message length", "declared message size",
	"line limit exceeded", "message header size", "header size limits", "header too large", "header too big",
	"headers too large", "too many headers", "number of attachments", "limit attachments",
	"individual header size", "too many attachments", "resolver.rst.recipsizelimit",
	"resolver.rst.sendsizelimit", "recipsizelimit", "sendsizelimit", "exceeds administrative limit",
	"larger than the", "is larger than", "bigger than",
} }
rules:add { category = "message-too-big", confidence = 0.7, words = true, source = "met at many servers", any = {
	{ "message", "too large" }, { "message", "too big" }, { "message", "exceeds", "size" }, { "size", "exceeds"
	}, { "exceeds", "maximum", "size" }, "too large", "too big",
} }
-- More ways to say: too big.
rules:add { category = "message-too-big", confidence = 0.85, weight = 16,
	source = "RFC 1870, Exchange, Domino, appliances", any = {
	"mb, the limit", "limit of mb", "the limit is", "exceeds recipient's size", "exceeds the recipient's",
	"recipient's size", "too much data", "too long for",
	"attachment too large", "attachments too large", "attachment too big", "attachment is too",
	"attachment exceeds", "attachments exceed", "message of this size", "of that size", "exceeds allowed size",
	"exceeds permitted", "size restriction", "size constraints", "size of mail", "size of email",
	"size of the mail", "exceeds maximum permitted", "messagesizelimit", "routing.sizelimit", "mail is larger",
	"message is larger", "exceeded maximum message", "exceeds maximum allowed",
} }
rules:add { category = "message-too-big", confidence = 0.45,
	source = "RFC 1870, Exchange, Domino, appliances", any = {
	"maximum is", "mail exceeds", "email exceeds", "e-mail exceeds", "larger than", "data size",
	"attachment size", "oversize", "oversized", "over size", "over-size", "permitted size", "allowed size",
	"size allowed", "size permitted", "max size", "max. size", "bytes exceeds", "bytes exceeded", "sizelimit",
	"message-size", "too voluminous", "messages larger", "message larger", "body size", "file size",
	"fixed limit",
} }
rules:add { category = "message-too-big", confidence = 0.9, weight = 40,
	source = "met at many servers", any = {
	"messages larger than", "messages bigger than", "mails larger than", "mail larger than",
} }
rules:add { category = "message-too-big", confidence = 0.85, words = true, weight = 30,
	source = "met at many servers", any = {
	{ "attachments over", "mb" }, { "attachment over", "mb" }, { "larger than", "mb" },
	{ "bytes", "more than" }, { "over", "megabytes" },
} }
rules:add { category = "message-too-big", confidence = 0.82, words = true, weight = 15, code = 5,
	source = "met at many servers", any = {
	"too many bytes", "too many kilobytes", "too many megabytes", "too heavy", "heavier than",
	"permitted size", "allowed size", "size is limited", "size permitted", "size allowed", "total size",
	{ "attachments", "than permitted" }, { "attachment", "than permitted" }, { "attachments", "mb" },
} }
rules:add { category = "message-too-big", confidence = 0.8, weight = 20, words = true, source = "met at many servers", any = {
	"header part too long", "header part is too long", "header too long", "headers too long", "header is too long",
	"headers are too long",
} }
rules:add { category = "message-too-big", confidence = 0.82, weight = 20, words = true, source = "met at many servers", any = {
	"attachment size", "attachments size", "size of attachments", "size of the attachment",
} }
rules:add { category = "message-too-big", confidence = 0.82, weight = 20, words = true, source = "met at many servers", any = {
	{ "more than", "octets" }, { "more than", "bytes" }, { "more than", "kb" }, { "more than", "mb" },
	{ "exceeds", "octets" }, { "exceeds", "bytes" },
} }
