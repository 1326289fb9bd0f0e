-- What notices say to people, rather than servers to each other: Exchange's and Google's explanations,
-- mobile carriers, gateways, in the languages their users read.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, weight = 5,
	source = "Exchange, Microsoft 365, Google, AOL, Verizon, InterScan", any = {
	"address you entered couldn't be found", "address you entered could not be found",
	"because the address couldn't be found", "because the address could not be found",
	"recipient name is not recognized", "recipient name is not recognised", "wasn't found at", "was not found at",
	"couldn't be found at", "could not be found at", "unavailable to take delivery of the message",
	"not valid aol accounts", "no valid recipients for this mm", "check if address is correct",
	"check if the address is correct", "does not have a final email delivery point",
	"mobile number is not valid", "not a subscriber of this",
	"rejected your message to the following email addresses because they",
} }
rules:add { category = "domain-bad", confidence = 0.9, weight = 20, source = "Google, Microsoft 365", any = {
	"no mx or a records", { "because the domain", "couldn't be found" }, { "because the domain", "could not be found" },
} }
-- The lookup was answered: that the domain has no mail. Longer than "dns error" in the same sentence.
rules:add { category = "domain-bad", confidence = 0.95, weight = 40, source = "Google, RFC 7505", any = {
	{ "dns error", "null mx" }, { "dns error", "doesn't receive email" }, { "dns error", "nxdomain" },
	{ "dns error", "domain name not found" },
} }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 10, source = "Microsoft 365, Google Groups", any = {
	"delivery to this address is restricted",
	"on its allowed senders list",
	"set up to only receive", "permission to post messages to the group", "permission to post to the group",
} }
-- Google's notices of a group in any of its languages have this one place in common.
rules:add { category = "recipient-refused", confidence = 0.7, source = "Google Groups",
	text = "https://groups.google.com/support/" }
rules:add { category = "message-too-big", confidence = 0.85, weight = 50, source = "Exchange 5.5 to 2010", any = {
	"larger than the current system limit",
} }
rules:add { category = "policy", confidence = 0.8, weight = 20, source = "Microsoft 365", any = {
	"mail flow rule",
} }
rules:add { category = "content-blocked", confidence = 0.9, weight = 60, source = "Google Groups, SES and others", any = {
	"rejected due to spam classification", "duplicate header 'dkim-signature'",
} }
rules:add { category = "sender-rejected", confidence = 0.85, weight = 40, source = "Gmail, Microsoft 365", any = {
	"from a different address or alias", "send a message on behalf of this user", "p=customfromdenied",
} }
rules:add { category = "rate-limited", confidence = 0.85, weight = 10, scope = "domain", source = "Gmail", any = {
	"reached a limit for sending mail",
} }
rules:add { category = "expired", confidence = 0.9, weight = 30,
	source = "OpenSMTPD, Sendmail, Exchange, Domino, KDDI, X.400 gateways", any = {
	"envelope expired", "not delivered within", "could not be delivered within", "in the time limit specified",
	"within the time limit", "unable to route before expiration", "delivery time limit exceeded",
	"message will be deleted from queue", "was attempted for", "規定時間内に", "時間内に配信できません",
	{ "konnte nicht innerhalb von", "zugestellt werden" }, { "n'a pas pu être", "dans le délai" },
} }
rules:add { category = "expired", confidence = 0.85, weight = 10, source = "Sendmail 5 and 8", any = {
	{ "delivery failed", "attempts" }, { "could not be delivered for", "days" }, { "could not be delivered for", "hours" },
	{ "cannot send message for", "days" }, { "could not send message for past", "days" },
	{ "could not send message for past", "hours" },
} }
rules:add { category = "network-error", confidence = 0.8, weight = 20, source = "Gmail, Exchange", any = {
	"did not accept our requests to connect", "destination server was not responding",
	"destination server is not responding", "remote host is not responding", "remote server is not responding",
} }
rules:add { category = "network-error", confidence = 0.8, weight = -10, source = "Zoho and others", any = {
	"host not reachable", "host is not reachable",
} }

-- The same explanations in other languages.
rules:add { category = "address-bad", confidence = 0.88, source = "Exchange, Microsoft 365", any = {
	{ "e-mail-adresse", "nicht gefunden" }, { "empfänger", "nicht gefunden" }, { "empfänger", "nicht vorhanden" },
	{ "adresse", "introuvable" }, { "destinataire", "introuvable" }, "destinataire est inconnu",
	{ "dirección de correo", "no se encontró" }, { "no se encontró", "dirección de correo" },
	{ "no se encontró", "destinatario" }, { "destinatario", "no encontrado" },
	{ "indirizzo", "non è stato trovato" }, { "destinatario", "non è stato trovato" },
	{ "endereço", "não foi encontrado" }, { "destinatário", "não foi encontrado" },
	{ "e-mailadres", "niet gevonden" }, { "geadresseerde", "niet gevonden" }, { "ontvanger", "niet gevonden" },
	{ "mottagare", "hittades inte" }, { "modtager", "ikke fundet" }, { "mottaker", "ikke funnet" },
	{ "vastaanottaja", "ei löyt" }, { "příjemce", "nebyl nalezen" }, { "adres", "nie został znaleziony" },
} }
rules:add { category = "mailbox-full", confidence = 0.9, weight = 10, source = "Exchange, Microsoft 365", any = {
	{ "cassetta postale", "piena" }, { "postvak", "vol" }, { "postkasse", "fuld" },
	{ "postlåda", "full" }, { "postboks", "full" }, { "schránka", "plná" },
} }
