-- What is wrong and with whom, word by word, in the languages that servers answer in. The whole sentences
-- that are known stand in the language's own file and win over these; here stand the words that decide when
-- the sentence is new: the verdict, which means the recipient unless the sender, our address, the message or
-- a domain is named beside it, and those nouns, which weigh more. Stems, with and without accents. Only ASCII
-- is matched without regard to case, so Russian words stand without their first letter where a sentence may
-- begin with it.
local rules = rebuff.rules
local source

local function say(category, weight, any, more)
	rules:add { category = category, weight = weight, confidence = more and more.confidence or 0.78, source = source,
		code = more and more.code, any = any }
end

-- One of the first followed by one of the second.
local function with(firsts, seconds)
	local any = {}
	for _, first in ipairs(firsts) do
		for _, second in ipairs(seconds) do
			table.insert(any, { first, second })
		end
	end
	return any
end

source = "German servers"
say("address-bad", 0, { "nicht existent", "nicht existierend", "nicht vorhanden", "unbekannt",
	"nicht gefunden", "gibt es nicht", "gelöscht", "geloescht", "ist ungültig",
	"ist ungueltig", "nicht mehr vorhanden", "nicht mehr aktuell", "nicht mehr verwendet",
	"nicht mehr in gebrauch", "nicht zustellbar", "nicht eingerichtet", "nicht registriert", "keine gültige",
	"kein gültiger", "nicht zugeordnet", "konnte nicht ermittelt", "kein konto", "keinen benutzer", "kein empfänger",
	"keine mailbox", "ausgeschieden", "nicht mehr tätig", "nicht mehr beschäftigt", "falsch geschrieben" })
say("mailbox-full", 30, with({ "postfach", "mailbox", "konto", "posteingang", "speicher" }, { "voll", "überschritten",
	"ueberschritten", "überfüllt", "erschöpft", "erschoepft", "kein platz", "keinen platz", "ausgeschöpft",
	"limit erreicht" }))
say("mailbox-full", 25, { "speichergrenze", "speicherplatz", "speicherkontingent", "überfüllt", "ueberfuellt",
	"kein platz mehr", "postfachgröße", "kontingent erschöpft" })
say("mailbox-disabled", 12, { "deaktiviert", "stillgelegt", "abgeschaltet", "gekündigt", "gekuendigt", "eingefroren",
	"inaktiv", "nicht aktiv", "suspendiert", "konto abgelaufen", "postfach geschlossen", "konto geschlossen" })
say("mailbox-disabled", 12, with({ "postfach", "konto", "benutzer", "empfänger", "empfaenger" }, { "gesperrt",
	"geschlossen", "abgelaufen", "eingestellt" }))
say("sender-rejected", 30, { "absender", "versender" })
say("ip-blocked", 32, { "ihre ip", "ihrer ip", "ip-adresse", "ihr server", "ihr mailserver", "ihres servers",
	"ihrem server", "ihren server", "ihr netz", "ihrem netz", "rückwärtsauflösung", "dynamische", "schwarzen liste",
	"schwarze liste", "sendenden server", "sendende server" })
say("rate-limited", 25, { "zu viele", "zuviele", "zu schnell", "pro stunde", "pro minute", "pro tag", "gleichzeitige",
	"langsamer", "versandlimit", "sendelimit", "anzahl der verbindungen", "zu häufig" })
say("content-blocked", 25, { "anhang", "anhänge", "dateityp", "schadsoftware", "schadcode", "unerwünscht", "unerwuenscht",
	"inhalt der nachricht", "nachrichteninhalt", "betreff", "phishing-verdacht", "werbung", "infiziert" })
say("recipient-refused", 40, { "lehnt ihre", "lehnt nachrichten", "lehnt e-mails", "möchte keine", "moechte keine",
	"nur von bekannten", "nimmt keine", "nur interne", "nur intern", "nimmt nur", "akzeptiert nur", "vom benutzer abgelehnt",
	"vom nutzer abgelehnt", "nur für mitglieder" })
say("message-too-big", 35, { "zu groß", "zu gross", "zulässige größe", "zulaessige groesse", "maximale größe",
	"maximale nachrichtengröße", "maximalgröße", "größenbeschränkung", "größenlimit", "zu umfangreich" })
say("domain-bad", 15, with({ "domain", "domäne" }, { "existiert nicht", "unbekannt", "nicht gefunden", "nicht auflösbar",
	"abgelaufen" }))
say("greylisted", 30, { "graue liste", "erster zustellversuch", "bitte erneut versuchen", "bitte erneut zustellen",
	"versuchen sie es in", "versuchen sie es erneut", "minuten erneut", "minuten noch einmal", "erneuter zustellversuch" },
	{ code = 4 })
say("policy", 30, { "zuerst anmelden", "bitte anmelden", "authentifizierung", "nicht angemeldet", "verschlüsselung",
	"verschlüsselte verbindung", "verstößt gegen", "verstoesst gegen" })
say("relay-denied", 40, { "nicht zuständig", "kein weiterleiten", "weiterleiten nicht", "leitet keine",
	"domain wird hier nicht", "keine lokale domain" })
say("system-error", 5, { "vorübergehend", "voruebergehend", "temporär", "interner serverfehler", "überlastet", "wartung",
	"wartungsarbeiten", "technischen problem", "technische störung" })

source = "French servers"
say("address-bad", 0, { "inconnu", "introuvable", "inexistant", "non trouvé", "non trouve", "supprimé", "supprime", "erroné", "n'est pas connu",
	"n'est plus valide", "n'est pas valide", "n'est plus utilisé", "n'est plus en service", "non valide", "aucun compte",
	"aucun utilisateur", "aucune boîte", "aucune boite", "ne correspond à aucun", "pas été trouvé", "mal orthographi" })
say("mailbox-full", 30, with({ "boite", "boîte", "messagerie", "espace", "stockage" }, { "pleine", "plein", "saturé",
	"sature", "dépassé", "depasse", "atteint", "insuffisant", "épuisé", "epuise", "surchargé", "limite" }))
say("mailbox-full", 25, { "capacité maximale", "espace disque", "est pleine", "saturée" }, { code = 5 })
say("mailbox-disabled", 12, { "désactivé", "desactive", "suspendu", "inactif", "inactive.", "résilié", "resilie", "clôturé",
	"cloture", "archivé", "archivee", "verrouillé", "compte expiré", "n'est pas actif", "n'est plus actif" })
say("mailbox-disabled", 12, with({ "compte", "boite", "boîte", "utilisateur", "messagerie" }, { "bloqué", "bloque", "fermé",
	"ferme", "expiré" }))
say("sender-rejected", 30, { "expéditeur", "expediteur", "émetteur", "emetteur" })
say("ip-blocked", 32, { "adresse ip", "votre ip", "votre serveur", "serveur d'envoi", "connexion refusée", "connexion refusee",
	"liste de blocage", "mauvaise réputation", "réputation", "dns inverse", "résolution inverse", "plage dynamique" })
say("rate-limited", 25, { "trop de", "par heure", "par minute", "par jour", "simultané", "ralentir",
	"trop vite", "trop fréquent", "trop rapide", "débit", "limite d'envoi", "limite de messages" })
say("content-blocked", 25, { "pièce jointe", "piece jointe", "pièces jointes", "indésirable", "indesirable", "malveillant",
	"hameçonnage", "publicitaire", "infecté", "contenu du message", "contenu refus", "fichier joint" })
say("recipient-refused", 40, { "n'accepte que", "n'accepte pas", "ne souhaite pas", "refuse vos", "refuse de recevoir",
	"vous a bloqué", "par le destinataire", "réservé aux membres", "réservée aux membres", "interne uniquement" })
say("message-too-big", 40, { "trop gros", "trop volumineu", "trop lourd", "dépasse la taille", "depasse la taille",
	"taille maximale", "taille maximum", "taille autorisée", "taille du message", "trop grand" })
say("domain-bad", 15, with({ "domaine" }, { "inconnu", "inexistant", "introuvable", "n'existe pas", "n existe pas", "expiré" }))
say("greylisted", 30, { "liste grise", "listes grises", "réessayer dans", "reessayer dans", "réessayez dans", "reessayez dans",
	"première tentative" }, { code = 4 })
say("policy", 30, { "authentification", "s'authentifier", "connexion chiffrée", "chiffrement" })
say("relay-denied", 40, { "relais", "relayage", "relayer" })
say("system-error", 5, { "temporairement", "momentanément", "momentanement", "en maintenance", "erreur interne",
	"incident technique", "problème technique", "surcharge du serveur" })

source = "Spanish servers"
say("address-bad", 0, { "desconocid", "inexistente", "no encontrad", "no se encuentra", "no se encontró",
	"no se encontro", "inválid", "no válid", "no es válid", "no es valid", "no pertenece", "ya no está", "ya no esta",
	"ya no existe", "eliminad", "no registrad", "no es correcta", "dada de baja", "dado de baja", "mal escrit",
	"no está registrad", "ningún usuario", "ninguna cuenta", "no hay ningún" })
say("mailbox-full", 30, with({ "buzón", "buzon", "casilla", "cuenta", "bandeja", "almacenamiento", "cuota" }, { "llen", "exced",
	"superad", "agotad", "sin espacio", "no tiene espacio", "insuficiente", "sobrepas", "completo", "límite" }))
say("mailbox-full", 25, { "cuota de", "espacio insuficiente", "falta de espacio", "sin espacio" })
say("mailbox-disabled", 12, { "suspendid", "deshabilitad", "desactivad", "inactiv", "cancelad", "caducad", "inhabilitad",
	"dormida" })
say("mailbox-disabled", 12, with({ "cuenta", "buzón", "buzon", "usuario", "casilla" }, { "bloquead", "cerrad", "expirad" }))
say("sender-rejected", 30, { "remitente", "emisor" })
say("ip-blocked", 32, { "su ip", "dirección ip", "direccion ip", "su servidor", "servidor de origen", "la ip", "reputación",
	"reputacion", "resolución inversa", "conexión rechazada", "conexion rechazada", "registro ptr", "rango dinámico" })
say("rate-limited", 25, { "por hora", "por minuto", "por día", "demasiad", "simultáne", "más despacio", "mas despacio",
	"límite de", "limite de", "límite diario", "con frecuencia", "muy rápido" })
say("content-blocked", 25, { "adjunto", "archivo adjunto", "no deseado", "contenido", "malicios", "infectad", "publicidad" })
say("recipient-refused", 40, { "no acepta correo", "no acepta mensajes", "solo acepta", "sólo acepta", "ha bloqueado",
	"no desea recibir", "por el destinatario", "por el usuario", "solo para miembros", "únicamente de" })
say("message-too-big", 40, { "demasiado grande", "muy grande", "excede el tam", "supera el tam", "tamaño máximo",
	"tamano maximo", "tamaño permitido", "máximo permitido" })
say("domain-bad", 15, with({ "dominio" }, { "no existe", "desconocido", "inexistente", "no encontrado", "inválido", "caducado" }))
say("greylisted", 30, { "lista gris", "listas grises", "intente de nuevo en", "inténtelo de nuevo en", "vuelva a intentarlo en",
	"reintente en" }, { code = 4 })
say("policy", 30, { "autenticación", "autenticacion", "autenticarse", "conexión cifrada" })
say("relay-denied", 40, { "retransmisión", "retransmision", "reenvío" })
say("system-error", 5, { "temporalmente", "mantenimiento", "problemas técnicos", "sobrecargado" })

source = "Brazilian and Portuguese servers"
say("address-bad", 0, { "não encontrad", "nao encontrad", "não cadastrad",
	"nao cadastrad", "não localizad", "nao localizad", "excluíd", "excluid", "removid", "incorret", "não pertence",
	"não é válid", "não foi encontrad", "nao foi encontrad", "nenhum usuário", "nenhuma conta", "não está registad",
	"não registrad", "não há usuário" })
say("mailbox-full", 30, with({ "caixa", "cota ", "conta ", "espaço", "espaco", "armazenamento", "quota" }, { "cheia", "lotad",
	"exced", "ultrapassad", "esgotad", "insuficiente", "limite", "sem espaço", "sem espaco", "atingi" }))
say("mailbox-full", 25, { "sem espaço", "sem espaco", "limite de espaço", "limite de espaco", "cota de",  })
say("mailbox-disabled", 12, { "desativad", "inativ", "encerrad", "expirad", "desabilitad", "suspens",  })
say("mailbox-disabled", 12, with({ "conta ", "caixa", "usuário", "utilizador" }, { "bloquead" }))
say("sender-rejected", 30, { "remetente" })
say("ip-blocked", 32, { "seu ip", "endereço ip", "endereco ip", "seu servidor", "servidor de origem", "reputação",
	"reputacao", "conexão recusada", "conexão rejeitada", "dns reverso" })
say("rate-limited", 25, { "por dia", "muitas", "muitos", "excesso de", "limite diário",
	"simultâne", "mais devagar" })
say("content-blocked", 25, { "anexo", "conteúdo", "conteudo", "indesejad",  })
say("recipient-refused", 40, { "não aceita", "nao aceita", "só aceita", "bloqueou", "recusou", "não deseja", "pelo destinatário",
	"pelo usuário", "somente para membros" })
say("message-too-big", 40, { "muito grande", "grande demais", "excede o tam", "tamanho máximo", "tamanho maximo",
	"tamanho permitido" })
say("domain-bad", 15, with({ "domínio", "dominio" }, { "não existe", "nao existe", "desconhecido", "não encontrado", "expirado" }))
say("greylisted", 30, { "lista cinza", "tente novamente em", "tente de novo em" }, { code = 4 })
say("policy", 30, { "autenticação", "autenticacao", "autenticar", "conexão criptografada" })
say("system-error", 5, { "temporariamente", "manutenção", "sobrecarregado" })

source = "Italian servers"
say("address-bad", 0, { "sconosciut", "inesistente", "non trovat", "non valid", "non più", "non piu'", "errato",
	"eliminat", "nessun utente", "nessuna casella", "nessun account", "non presente", "non registrat", "non è valido",
	"non e' valido", "rimoss", "non risulta", "non corrisponde" })
say("mailbox-full", 30, with({ "casella", "spazio", "la quota" }, { "piena", "pieno", "superat", "esaurit", "insufficient",
	"limite", "quota", "non ha spazio" }))
say("mailbox-full", 25, { "spazio disponibile", "spazio su disco", "limite di spazio" })
say("mailbox-disabled", 12, { "disattivat", "disabilitat", "sospes", "scadut", "inattiv", "cessat", "congelat" })
say("mailbox-disabled", 12, with({ "casella", "utente", "utenza" }, { "bloccat", "chius" }))
say("sender-rejected", 30, { "mittente" })
say("ip-blocked", 32, { "indirizzo ip", "il tuo ip", "il vostro ip", "il suo ip", "tuo server", "vostro server", "suo server",
	"connessione rifiutata", "server mittente", "reputazione", "dns inverso", "lista nera" })
say("rate-limited", 35, { "troppi", "troppe", "all'ora", "al minuto", "al giorno", "rallenta", "simultane", "contemporane",
	"limite di invio", "limite giornaliero", "limite orario" })
say("content-blocked", 25, { "allegat", "indesiderat", "contenuto", "malevol", "infett" })
say("recipient-refused", 40, { "non accetta", "accetta solo", "ha bloccato", "non desidera", "dal destinatario", "dall'utente",
	"riservata ai membri" })
say("message-too-big", 40, { "troppo grande", "troppo pesante", "supera la dimensione", "dimensione massima",
	"dimensioni massime" })
say("domain-bad", 15, with({ "dominio" }, { "non esiste", "sconosciuto", "inesistente", "non trovato", "non valido", "scaduto" }))
say("greylisted", 30, { "lista grigia", "riprova tra", "riprovare tra", "riprovare fra" }, { code = 4 })
say("policy", 30, { "autenticazione", "autenticarsi", "connessione cifrata" })
say("system-error", 5, { "temporaneamente", "manutenzione", "problemi tecnici", "sovraccarico" })

source = "Polish servers"
say("address-bad", 0, { "nieznan", "nie znalezion", "nie ma takie", "brak takie", "nieprawidłow", "nieprawidlow",
	"niepoprawn", "błędny adres", "bledny adres", "usunięt", "usuniet", "nieistniejąc", "nieistniejac", "nie odnaleziono",
	"nie został znalezion" })
say("mailbox-full", 45, with({ "skrzynk", "konta", "miejsca", "pojemno" }, { "pełn", "pelna", "przepełnion",
	"przepelnion", "przekroczon", "brak miejsca", "limit", "wyczerpan", "zapełnion", "zapelnion" }))
say("mailbox-full", 45, with({ "przekroczon", "brak miejsca" }, { "skrzynk", "pojemno", "na koncie" }))
say("mailbox-disabled", 12, { "nieaktywn", "wyłączon", "wylaczon", "zawieszon", "wygasł", "wygasl", "dezaktywowan" })
say("mailbox-disabled", 12, with({ "konto", "skrzynk", "użytkownik", "uzytkownik" }, { "zablokowan", "zamknięt" }))
say("sender-rejected", 30, { "nadawc" })
say("ip-blocked", 32, { "adres ip", "adresu ip", "twój serwer", "twoj serwer", "serwer nadawc", "czarnej li", "czarna lista",
	"reputacj", "revdns", "liście rbl", "liscie rbl" })
say("rate-limited", 25, { "zbyt wiel", "zbyt duż", "zbyt duz", "za dużo", "za duzo", "na godzin", "na minut", "dzienny limit",
	"limit wysył", "limit wysyl", "zbyt częst", "jednoczesn" })
say("content-blocked", 25, { "załącznik", "zalacznik", "niechcian", "treść wiadomo", "tresc wiadomo", "niebezpieczn" })
say("recipient-refused", 40, { "nie przyjmuje wiadomo", "odrzucona przez odbiorc", "przez użytkownika", "przez uzytkownika",
	"przyjmuje tylko" })
say("message-too-big", 45, { "zbyt duża wiadom", "zbyt duza wiadom", "maksymalny rozmiar", "przekracza rozmiar", "rozmiar wiadomo",
	"przekracza limit rozmiaru", "jest zbyt duż", "jest za duż" })
say("domain-bad", 15, with({ "domen" }, { "nie istnieje", "nieznan", "nie znalezion", "wygas" }))
say("greylisted", 30, { "szara lista", "szarej liście", "spróbuj ponownie za", "sprobuj ponownie za", "ponownie za" },
	{ code = 4 })
say("policy", 30, { "uwierzytelni", "autoryzacj", "szyfrowan" })
say("system-error", 5, { "chwilowo", "tymczasowo", "awaria", "prace techniczne", "przeciążon" })

source = "Russian servers"
say("address-bad", 0, { "не существует", "не найден", "неизвестен", "неизвестный", "не зарегистрирован", "недействител",
	"неверный адрес", "отсутствует", "именем нет", "нет такого", "ет такого", "такого адреса нет", "удалён", "удален",
	"некорректн", "несуществу" })
say("mailbox-full", 45, with({ "щик", "вот", "объем", "объём", "мест" }, { "переполнен", "заполнен", "превышен", "исчерпан",
	"закончил", "недостаточно" }))
say("mailbox-full", 45, with({ "ревышен", "едостаточно", "закончилось" }, { "квот", "ящик", "объем", "объём", "мест" }))
say("mailbox-disabled", 12, { "отключен", "отключён", "неактив", "не актив", "приостановлен", "заморожен" })
say("mailbox-disabled", 12, with({ "щик", "ккаунт", "четная запись", "чётная запись", "ользовател" }, { "заблокирован", "закрыт" }))
say("sender-rejected", 45, { "тправител" })
say("ip-blocked", 40, { "ваш ip", "аш ip", "ip-адрес", "аш сервер", "вашего сервера", "оединение отклонено", "оединение запрещено",
	"черном списке", "чёрном списке", "репутаци", "спам-лист", "обратн" })
say("rate-limited", 40, { "лишком много", "лишком часто", "в час", "в минуту", "в сутки", "лимит отправ", "ревышен лимит",
	"граничение скорости", "частот" })
say("content-blocked", 25, { "вложени", "вирус", "вредонос", "фишинг", "нежелательн", "содержимое", "одержание письма" })
say("recipient-refused", 50, { "не принимает", "отказался", "получателем", "олучатель заблокировал", "олучатель запретил" })
say("message-too-big", 40, { "слишком больш", "лишком больш", "максимальный размер", "размер письма", "размер сообщения" })
say("domain-bad", 15, with({ "омен" }, { "не существует", "не найден", "неизвест" }))
say("greylisted", 40, { "ерый список", "ерые списки", "ером списке", "овторите через", "опробуйте через", "попытку через" },
	{ code = 4 })
say("policy", 35, { "аутентификац", "авторизац", "шифрован" })
say("system-error", 5, { "временно", "технические работы", "перегружен", "внутренняя ошибка" })

source = "Japanese servers"
say("address-bad", 0, { "存在しない", "見つかりません", "見つからない", "使われておりません", "使われていません",
	"使用されておりません", "使用されていません", "登録されていません", "宛先が不明", "アドレスは無効", "アドレスが無効", "無効なアドレス",
	"アドレスに誤り", "アドレスが間違", "ユーザーがいません", "該当するユーザ" })
say("mailbox-full", 30, { "空きがありません", "容量を", "容量が", "容量不足", "いっぱいです", "一杯です", "満杯", "保存容量" })
say("mailbox-disabled", 12, { "停止され", "停止中", "休止",  })
say("recipient-refused", 35, { "受信者の設定", "設定により", "受信拒否", "受信できません", "受信を許可", "ご利用者の設定",  })
say("rate-limited", 35, { "短時間", "大量", "送信数", "通数", "同時接続", "接続数", "制限を超え", "上限を超え", "しばらく時間", "送信規制" })
say("ip-blocked", 35, { "ipアドレス", "送信元サーバ", "送信元ip", "逆引き", "接続元", "評価が低い", "ブラックリスト" })
say("content-blocked", 30, { "迷惑メール", "スパム", "ウイルス", "ウィルス", "添付ファイル", "本文", "不審な" })
say("sender-rejected", 40, { "送信者", "差出人", "送信元アドレス", "送信ドメイン", "送信元ドメイン" })
say("domain-bad", 15, with({ "ドメイン" }, { "存在しません", "見つかりません", "無効" }))
say("auth-failed", 60, { "送信ドメイン認証", "認証に失敗したメール", "なりすまし" })
say("message-too-big", 30, { "サイズが", "サイズを", "サイズの" })
say("greylisted", 40, { "グレイリスト", "グレーリスト", "分後に再", "秒後に再" }, { code = 4 })

source = "Chinese servers"
say("address-bad", 0, { "查无此人", "查無此人", "没有这个", "沒有這個", "没有该用户", "无此邮箱", "无此账号", "查无此用户", "无此收件人",
	"找不到", "地址无效", "地址無效", "邮箱无效", "未注册", "已删除", "地址有误", "地址错误", "用户名错误", "未知的收件人" })
say("mailbox-full", 30, { "已满", "已滿", "已经满", "空间不足", "空間不足", "空间已用完", "配额已用", "超出配额", "超过配额", "容量已", "存储空间" })
say("mailbox-disabled", 15, { "被停用", "已禁用", "被禁用", "冻结", "凍結", "锁定", "鎖定", "注销", "已过期", "未激活", "已关闭", "暂停使用" })
say("sender-rejected", 45, { "发件人", "寄件人", "寄件者", "发信人", "发件域", "发信域", "发件服务器" })
say("ip-blocked", 35, { "ip地址", "ip位址", "服务器ip", "您的ip", "信誉", "信譽", "被封", "封锁", "封鎖", "反向解析", "黑名单", "黑名單", "拒绝连接" })
say("rate-limited", 40, { "频率", "頻率", "过于频繁", "過於頻繁", "次数", "次數", "并发", "連線數", "连接数", "当日", "当天", "每小时", "每分钟", "每天",
	"太快", "过多", "過多" })
say("content-blocked", 35, { "垃圾", "病毒", "违规", "違規", "敏感", "附件", "邮件内容", "郵件內容", "广告", "钓鱼" })
say("recipient-refused", 35, { "拒收", "收件人拒绝", "收件人设置", "只接收", "收件人的黑名单", "用户设置" })
say("message-too-big", 40, { "过大", "過大", "太大", "大小超", "超过大小" })
say("domain-bad", 15, with({ "域名", "网域", "網域" }, { "不存在", "无效", "未找到" }))
say("greylisted", 45, { "灰名单", "灰名單", "分钟后重试", "秒后重试", "稍后重新投递" }, { code = 4 })
