-- German.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "German servers", any = {
	"benutzer unbekannt", "unbekannter benutzer", "unbekannter empfänger", "unbekannter empfaenger",
	"empfänger unbekannt", "empfaenger unbekannt", "adresse unbekannt", "unbekannte adresse",
	"unbekannte empfängeradresse", "postfach unbekannt", "benutzer existiert nicht",
	"empfänger existiert nicht", "empfaenger existiert nicht", "adresse existiert nicht",
	"postfach existiert nicht", "konto existiert nicht", "existiert nicht", "nicht bekannt",
	"ungültiger empfänger", "ungueltiger empfaenger", "ungültige adresse", "ungueltige adresse",
	"kein solcher benutzer", "kein benutzer", "kein postfach", "postfach nicht gefunden",
	"empfänger nicht gefunden", "empfaenger nicht gefunden", "benutzer nicht gefunden", "nicht mehr gültig",
	"nicht mehr im unternehmen", "nicht mehr erreichbar",
} }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "German servers", any = {

	"quota überschritten", "quota ueberschritten", { "kontingent", "überschritten" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 10, source = "German servers", any = {
	"postfach ist gesperrt", "konto ist gesperrt", "konto deaktiviert",
	"postfach deaktiviert", "postfach inaktiv", "account gesperrt",
	"account deaktiviert", { "postfach", "deaktiviert" }, { "account", "gesperrt" },
} }
rules:add { category = "domain-bad", confidence = 0.9, source = "German servers", any = {
	"unbekannte domain", "ungültige domain",
} }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30, source = "German servers", any = {
	"absender abgelehnt", "absender unbekannt", "absender ungültig", "ungültiger absender",
	"absenderadresse abgelehnt", "absenderadresse ungültig", "absender gesperrt", "absender nicht erlaubt",
	"absenderdomain", { "absender", "existiert nicht" }, { "absender", "blockiert" },
} }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 20, source = "German servers", any = {
	"ip gesperrt", "ip-adresse ist gesperrt", "auf einer blacklist", "auf der blacklist",
	"auf unserer blacklist", "sperrliste", "schlechte reputation",
	"fehlender ptr",
} }
rules:add { category = "rate-limited", confidence = 0.9, weight = 20, source = "German servers", any = {
	"zu viele nachrichten", "zu viele mails", "zu viele e-mails",
	"limit überschritten", "limit ueberschritten", "zu viele empfänger", "zu viele empfaenger",
} }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10, source = "German servers", any = {
	"als spam erkannt", "als spam eingestuft", "als spam klassifiziert", "spamverdacht", "spam-verdacht",
	"spam verdacht", "spam abgelehnt", "virus gefunden", "virus erkannt", "enthält einen virus",
	"enthaelt einen virus", "wegen spam",
} }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 10, source = "German servers", any = {
	"vom empfänger abgelehnt", "vom empfaenger abgelehnt", "empfänger verweigert", "annahme verweigert",

} }
rules:add { category = "message-too-big", confidence = 0.9, weight = 10, source = "German servers", any = {

	{ "größe", "überschr" },

} }
rules:add { category = "greylisted", confidence = 0.8, code = 4, weight = 5, source = "German servers", any = {
	"bitte später erneut", "bitte spaeter erneut", "später noch einmal", "spaeter noch einmal",
	"versuchen sie es später", "versuchen sie es spaeter",
} }
rules:add { category = "system-error", confidence = 0.8, source = "German servers", any = {
	"interner fehler", "vorübergehender fehler", "voruebergehender fehler", "temporärer fehler",
	"temporaerer fehler", "dienst nicht verfügbar", "server überlastet", "nicht verfügbar",
} }
rules:add { category = "relay-denied", confidence = 0.9, weight = 20, source = "German servers", any = {
	"kein relay", "relaying nicht erlaubt", "relay nicht erlaubt", "weiterleitung nicht erlaubt" } }
rules:add { category = "policy", confidence = 0.7, source = "German servers", any = { "richtlinie",
	"richtlinien", "anmeldung erforderlich", "nicht berechtigt",
	"zugriff verweigert" } }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 10, source = "German servers", any = {
	{ "ip", "gesperrt" }, { "ip", "blockiert" }, { "ip", "abgelehnt" }, { "ip", "geblockt" },
} }
rules:add { category = "relay-denied", confidence = 0.85, weight = 20, source = "German servers", any = {
	"fremde domains", "fremde domain", "an fremde", "weiterleiten an", "keine weiterleitung",
	"nicht zustaendig",
} }
