-- French, as it is written with and without accents.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "French servers", any = {
	"utilisateur inconnu", "utilisateur non trouvé", "utilisateur introuvable", "utilisateur inexistant",
	"destinataire inconnu", "destinataire invalide", "destinataire introuvable", "destinataire inexistant",
	"adresse inconnue", "adresse invalide", "adresse inexistante", "adresse destinataire invalide",
	"adresse d au moins un destinataire invalide", "adresse introuvable", "adresse incorrecte",
	"boite inconnue", "boîte inconnue", "boite inexistante", "compte inconnu", "compte inexistant",
	"compte introuvable", "n'existe pas", "n existe pas", "n'existe plus", "n existe plus",
	"cette adresse n'est plus", "abonne inconnu", "abonné inconnu",
} }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "French servers", any = {
	"boite aux lettres pleine", "boîte aux lettres pleine",
	"boite du destinataire pleine", "boîte du destinataire pleine", "quota depasse", "quota dépassé",
	"quota atteint", "espace de stockage", {
	"quota", "dépass" }, { "quota", "depass" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 10, source = "French servers", any = {
	"boite du destinataire archivee", "boîte du destinataire archivée", "boite archivee", "boite desactivee",
	"boîte désactivée", "boite bloquee", "boîte bloquée", "compte desactive", "compte désactivé",
	"compte suspendu", "compte cloture", "compte clôturé",
	"compte inactif", "adresse desactivee", "adresse désactivée",
	"compte expire",
} }
rules:add { category = "domain-bad", confidence = 0.9, source = "French servers", any = {
	"domaine invalide",   } }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30, source = "French servers", any = {
	"emetteur invalide", "émetteur invalide", "expediteur invalide", "expéditeur invalide",
	"expediteur inconnu", "expéditeur inconnu", "expediteur refuse", "expéditeur refusé", "expéditeur rejeté",
	"adresse expediteur", "adresse de l'expéditeur", "adresse emetteur", "expediteur bloque",
	"expéditeur bloqué", { "domaine", "expediteur" }, { "domaine", "expéditeur" },
} }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 30, source = "French servers", any = {
	"adresse ip source bloquee", "adresse ip bloquée", "adresse ip bloquee", "ip bloquée", "ip bloquee",
	"bloquee pour incident de spam", "bloquée pour incident de spam", "ont ete bloques par nos services",
	"ont été bloqués par nos services", "liste noire", "abus detecte", "abus détecté", "abus detecte gu",
	"votre adresse ip", "mauvaise reputation",
} }
rules:add { category = "rate-limited", confidence = 0.9, weight = 30, source = "French servers", any = {
	"trop de connexions", "trop de connections", "trop de messages", "trop de mails", "trop de sessions",
	"trop de requetes", "trop de requêtes", "limite atteinte", "limite depassee", "limite dépassée",
	"nombre maximum", "debit trop", "trop rapidement",
} }
rules:add { category = "rate-limited", confidence = 0.9, scope = "transaction", weight = 30,
	source = "French servers", any = { "trop de destinataires" } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10, source = "French servers", any = {
	"spam détecté", "spam detecte", "considéré comme spam", "considere comme spam", "identifié comme spam",
	"identifie comme spam",
	"mail rejete. mail rejected",
	"contenu interdit", "virus détecté", "virus detecte", "contient un virus",

} }
rules:add { category = "policy", confidence = 0.9, weight = 10, source = "French servers", any = {

	"politique", "non autorisé", "non autorise",
	"acces refuse", "accès refusé", "interdit",
} }
rules:add { category = "auth-failed", confidence = 0.9, weight = 60, source = "French servers", any = {
	"verifier la configuration spf", "vérifier la configuration spf", { "spf", "echec" }, { "spf", "échec" } } }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 10, source = "French servers",
	any = { "le destinataire refuse",
	"destinataire refuse", "destinataire rejeté" } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 20, source = "French servers", any = {
	"taille limite du message atteinte",
	 } }
rules:add { category = "system-error", confidence = 0.75, source = "French servers", any = {
	"service refuse. veuillez essayer plus tard", "veuillez essayer plus tard", "veuillez réessayer plus tard",
	"veuillez reessayer plus tard", "erreur temporaire", "erreur systeme", "erreur système",
	"service indisponible", "service temporairement indisponible", "temporairement indisponible",
	"problème temporaire", "probleme temporaire", "momentanément indisponible", "service refuse",
} }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 10, source = "French servers", any = {
	{ "ip", "bloquée" }, { "ip", "bloquee" }, { "ip", "bloqué" }, { "ip", "bloque" }, { "ip", "refusée" }, {
	"ip", "refusee" }, { "ip", "refusé" }, { "ip", "refuse" }, { "ip", "rejetée" }, { "ip", "rejetee" },
	"blackliste", "blacklisté", "blacklistée",
} }
