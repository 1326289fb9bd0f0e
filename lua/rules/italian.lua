-- Italian.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Italian servers", any = {
	"utente sconosciuto", "utente inesistente", "utente non trovato", "utente non esiste", "utente non valido",
	"destinatario sconosciuto", "destinatario inesistente", "destinatario non trovato",
	"destinatario non valido", "destinatario non esiste", "indirizzo sconosciuto", "indirizzo inesistente",
	"indirizzo non valido", "indirizzo errato", "indirizzo non esiste", "casella inesistente",
	"casella sconosciuta", "casella non esiste", "casella non trovata", "casella di posta inesistente",
	"account inesistente", "account non esiste", "non esiste",
} }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "Italian servers", any = {
	"casella di posta piena", "mailbox piena", "quota superata",
	"superata la quota", { "quota", "superat"
	},
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 10, source = "Italian servers", any = {
	"casella disattivata", "casella disabilitata", "casella sospesa", "casella bloccata", "casella scaduta",
	"casella chiusa", "account disabilitato", "account sospeso", "account disattivato", "account bloccato",
	"account scaduto", "utente disabilitato", "utente sospeso", "utente bloccato", "utente disattivato",
	"utente scaduto" } }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30, source = "Italian servers", any = {
	"mittente rifiutato", "mittente non valido", "mittente sconosciuto", "mittente bloccato",
	"mittente non autorizzato", "mittente inesistente", "dominio del mittente", "indirizzo del mittente" } }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 25, source = "Italian servers", any = {
	"indirizzo ip bloccato", "ip bloccato",
	"cattiva reputazione",  } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 25, source = "Italian servers", any = {
	"troppe connessioni", "troppi destinatari",
	"limite superato", "limite raggiunto", "superato il limite" } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10, source = "Italian servers", any = {
	"considerato spam", "riconosciuto come spam", "identificato come spam", "classificato come spam",
	"contenuto non consentito", "contiene un virus",
	"contiene virus", "virus rilevato", "allegato non consentito",  } }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 10, source = "Italian servers",
	any = { "destinatario rifiuta", "destinatario rifiutato",
	 } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 20, source = "Italian servers", any = {
	"messaggio troppo lungo", "dimensione del messaggio",
	"dimensioni del messaggio" } }
rules:add { category = "system-error", confidence = 0.75, source = "Italian servers", any = {
	"errore interno", "errore temporaneo", "errore di sistema", "servizio non disponibile",
	"temporaneamente non disponibile", "riprovare più tardi", "riprovare piu tardi", "riprova più tardi",
	"problema temporaneo" } }
rules:add { category = "policy", confidence = 0.75, source = "Italian servers", any = {
	"non autorizzato", "accesso negato",
	"non consentito", "violazione" } }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 10, source = "Italian servers", any = {
	{ "ip", "bloccato" }, { "ip", "rifiutato" }, { "ip", "bloccata" },
} }
