-- The words that decide, in further languages: Dutch, Swedish, Danish, Norwegian, Finnish, Czech, Slovak,
-- Hungarian, Romanian, Turkish, Ukrainian, Korean. As in languages.lua, the verdict means the recipient unless
-- a heavier noun is beside it.
local rules = rebuff.rules
local function say(category, weight, any, code)
	rules:add { category = category, weight = weight, confidence = 0.78, code = code, any = any,
		source = "Dutch, Nordic, Czech, Slovak, Hungarian, Romanian, Turkish, Ukrainian and Korean servers" }
end

say("address-bad", 0, { "bestaat niet", "niet gevonden", "onbekende gebruiker", "onbekende ontvanger", "gebruiker onbekend",
	"ontvanger onbekend", "is niet bekend", "niet geldig", "ongeldige ontvanger", "ongeldig adres", "finns inte",
	"hittades inte", "okänd mottagare", "okänd användare", "ogiltig mottagare", "ogiltig adress", "findes ikke",
	"ukendt modtager", "ukendt bruger", "ugyldig modtager", "finnes ikke", "ukjent mottaker", "ukjent bruker",
	"ei ole olemassa", "tuntematon vastaanottaja", "tuntematon käyttäjä", "ei löydy", "neexistuje", "neznámý uživatel",
	"neznámý příjemce", "nenalezen", "neznámy používateľ", "neznámy príjemca", "nem létezik", "nem található",
	"ismeretlen címzett", "ismeretlen felhasználó", "érvénytelen cím", "nu există", "nu exista", "utilizator necunoscut",
	"destinatar necunoscut", "adresă invalidă", "adresa invalida", "bulunamadı", "bulunamadi", "mevcut değil",
	"mevcut degil", "geçersiz alıcı", "bilinmeyen kullanıcı", "не існує", "не знайдено", "евідомий користувач",
	"евідомий одержувач", "존재하지 않는", "존재하지 않습니다", "찾을 수 없", "없는 사용자", "잘못된 주소", "수신자를 알 수 없" })
say("mailbox-full", 25, { "mailbox is vol", "postvak is vol", "postbus is vol", "mailbox vol", "opslaglimiet",
	"quotum overschreden", "brevlådan är full", "postlådan är full", "lagringsutrymme", "postkassen er fuld",
	"indbakken er fuld", "postkassen er full", "innboksen er full", "postilaatikko on täynnä", "schránka je plná",
	"schránka plná", "překročena kvóta", "prekročená kvóta", "postafiók megtelt", "tárhely megtelt", "kvóta túllép",
	"căsuța este plină", "casuta este plina", "cota depășită", "cota depasita", "kutusu dolu", "kota aşıldı",
	"kota asildi", "скринька переповнена", "квоту перевищено", "용량 초과", "용량이 초과", "가득 찼", "가득찼", "용량이 부족" })
say("mailbox-disabled", 12, { "uitgeschakeld", "gedeactiveerd", "geblokkeerd account", "opgeschort", "inaktiverad",
	"avstängd", "deaktiveret", "spærret", "deaktivert", "sperret", "poistettu käytöstä", "deaktivován", "zablokovaný účet",
	"felfüggesztett", "letiltott", "dezactivat", "suspendat", "devre dışı", "askıya alındı", "заблоковано", "вимкнено",
	"휴면", "정지된", "사용 중지" })
say("sender-rejected", 30, { "afzender", "avsändare", "afsender", "avsender", "lähettäjä", "odesílatel", "odosielateľ", "feladó",
	"expeditor", "gönderen", "відправник", "ідправник", "발신자", "보낸 사람" })
say("ip-blocked", 32, { "uw ip", "ip-adres", "uw server", "zwarte lijst", "din ip", "din server", "svartlist", "sortlist",
	"svarteliste", "musta lista", "vaše ip", "váš server", "černé listin", "tiltólist", "feketelist", "ip-ul dvs",
	"listă neagră", "lista neagra", "ip adresiniz", "sunucunuz", "kara liste", "ваша ip", "чорному списку",
	"чорний список", "차단된 ip", "ip가 차단", "ip 주소가", "블랙리스트" })
say("rate-limited", 25, { "te veel", "för många", "for mange", "liian monta", "příliš mnoho", "príliš veľa", "túl sok",
	"prea multe", "prea multi", "çok fazla", "занадто багато", "너무 많", "초과하였습니다", "전송 제한", "발송 제한", "per uur",
	"per minuut", "i timmen", "i timen", "za hodinu", "óránként", "pe oră" })
say("content-blocked", 20, { "bijlage", "ongewenste", "bifogad", "skräppost", "vedhæft", "vedlegg", "søppelpost",
	"liitetiedosto", "roskaposti", "příloha", "nevyžádan", "melléklet", "levélszemét", "kéretlen", "atașament", "nedorit",
	"istenmeyen", "вкладення", "небажан", "스팸", "첨부", "바이러스" })
say("message-too-big", 35, { "bericht is te groot", "te groot", "för stort", "for stor", "liian suuri", "příliš velk",
	"príliš veľk", "túl nagy", "prea mare", "çok büyük", "завеликий", "너무 큽니다", "크기 제한" })
say("recipient-refused", 40, { "accepteert geen", "weigert uw", "ontvanger weigert", "accepterar inte", "tar inte emot", "accepterer ikke",
	"nepřijímá", "neprijíma", "nem fogad", "nu acceptă", "kabul etmiyor", "не приймає", "수신 거부", "수신을 거부" })
say("greylisted", 30, { "probeer het over", "probeer opnieuw", "försök igen", "prøv igen", "prøv igjen", "yritä uudelleen",
	"zkuste to znovu", "skúste znova", "próbálja újra", "încercați din nou", "tekrar deneyin", "спробуйте", "다시 시도" }, 4)
