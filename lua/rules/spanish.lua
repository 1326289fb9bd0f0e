-- Spanish, with and without accents.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Spanish servers", any = {
	"usuario desconocido", "usuario no existe", "usuario no encontrado",
	"usuario no valido", "usuario no válido", "usuario inválido", "el usuario no existe",
	"no existe el usuario", "no existe ese usuario", "destinatario desconocido",
	"destinatario no existe", "destinatario no encontrado", "destinatario invalido",
	"destinatario inválido", "destinatario no valido", "destinatario no válido", "dirección desconocida",
	"direccion desconocida", "dirección no válida", "direccion no valida", "dirección inexistente",
	"direccion inexistente", "dirección no existe", "direccion no existe", "buzón no existe", "buzon no existe",
	"buzón inexistente", "buzon inexistente", "no existe el buzon", "no existe el buzón",
	"no existe esa cuenta", "no existe la cuenta", "cuenta inexistente", "cuenta no existe",
	"la cuenta no existe", "cuenta desconocida", "casilla inexistente", "casilla no existe",
	"no se encuentra el usuario", "no existe en este servidor", "no existe",
} }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "Spanish servers", any = {

	"excede la cuota", "excedido la cuota", "excedida la cuota",
	"supera la cuota", "superado la cuota", "sobre cuota",
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 10, source = "Spanish servers", any = {
	"cuenta suspendida", "cuenta deshabilitada", "cuenta desactivada", "cuenta bloqueada", "cuenta inactiva",
	"cuenta cancelada", "cuenta cerrada", "cuenta caducada", "usuario suspendido",
	"usuario deshabilitado", "usuario desactivado", "usuario inactivo", "buzón deshabilitado",
	"buzon deshabilitado", "buzón bloqueado", "buzon bloqueado", "buzón suspendido", "buzon suspendido",
	"dirección desactivada", "casilla suspendida",
} }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30, source = "Spanish servers", any = {
	"remitente rechazado", "remitente invalido", "remitente inválido", "remitente desconocido",
	"remitente bloqueado", "remitente no autorizado", "remitente no permitido", "remitente no válido",
	"remitente no valido", "remitente no existe", "dominio del remitente", "dirección del remitente",
	"direccion del remitente", "remitente en lista negra",
} }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 25, source = "Spanish servers", any = {
	"listas negras", "ip bloqueada", "ip rechazada", "dirección ip bloqueada",
	"direccion ip bloqueada",
	"dns inversa", "resolucion inversa",
} }
rules:add { category = "rate-limited", confidence = 0.9, weight = 25, source = "Spanish servers", any = {
	"demasiadas conexiones", "demasiados mensajes", "demasiados correos", "demasiados destinatarios",
	"límite excedido", "límite superado", "limite superado",
	"límite de envío" } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10, source = "Spanish servers", any = {
	"considerado como spam",
	"detectado como spam", "clasificado como spam",

	"adjuntos no permitidos",  } }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 10, source = "Spanish servers",
	any = { "destinatario rechazado",
	 } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 20, source = "Spanish servers", any = {
	"tamaño del mensaje",
	 } }
rules:add { category = "system-error", confidence = 0.75, source = "Spanish servers", any = {
	"error interno", "error temporal", "error del sistema", "servicio no disponible",
	"temporalmente no disponible", "inténtelo más tarde", "intentelo mas tarde", "intente más tarde",
	"intente mas tarde", "intente nuevamente", "problema temporal", "fallo temporal" } }
rules:add { category = "policy", confidence = 0.75, source = "Spanish servers", any = {
	"política de seguridad", "politica de seguridad", "políticas", "politicas",
	"no autorizado",
	"acceso denegado", "no permitido" } }
rules:add { category = "relay-denied", confidence = 0.9, weight = 20, source = "Spanish servers", any = {
	"relay no permitido", "relay denegado",
	"no se permite relay" } }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 10, source = "Spanish servers", any = {
	{ "ip", "rechazada" }, { "ip", "rechazado" },
} }
rules:add { category = "content-blocked", confidence = 0.85, weight = 12, source = "Spanish servers", any = {
	"correo basura", "correo no solicitado", "catalogado como",
	"clasificado como", "considerado spam", "considerado como",
} }
