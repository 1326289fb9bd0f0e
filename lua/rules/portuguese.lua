-- Portuguese, with and without accents.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Brazilian and Portuguese servers", any = {
	"usuário desconhecido", "usuario desconhecido", "usuário inexistente", "usuario inexistente",
	"usuário não existe", "usuario nao existe", "usuário não encontrado", "usuario nao encontrado",
	"usuário inválido", "usuario invalido", "utilizador desconhecido", "utilizador inexistente",
	"utilizador não existe", "destinatário desconhecido", "destinatario desconhecido",
	"destinatário inexistente", "destinatario inexistente", "destinatário inválido",
	"destinatário não encontrado", "destinatario nao encontrado", "destinatário não existe",
	"endereço inválido", "endereco invalido", "endereço inexistente", "endereco inexistente",
	"endereço desconhecido", "endereço não existe", "endereco nao existe", "conta inexistente",
	"conta não existe", "conta nao existe", "conta desconhecida", "caixa postal inexistente",
	"caixa inexistente", "caixa postal não existe", "caixa de correio inexistente", "não existe", "nao existe",
	"mailbox inexistente", "assinante desconhecido",
} }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20,
	source = "Brazilian and Portuguese servers", any = {
	"caixa de correio cheia", "caixa de entrada cheia",
	"excedeu a cota", "excedeu a quota",
	"excedeu sua cota", "limite de armazenamento", { "cota", "exced" },
} }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 10,
	source = "Brazilian and Portuguese servers", any = {
	"conta suspensa", "conta desativada", "conta desactivada", "conta inativa",
	"conta inactiva", "conta cancelada", "conta encerrada", "conta expirada", "usuário bloqueado",
	"usuario bloqueado", "usuário suspenso", "usuario suspenso", "usuário inativo", "usuario inativo",
	"usuário desativado", "usuario desativado", "caixa postal desativada", "caixa postal bloqueada",
	"caixa postal suspensa", "caixa postal inativa", "endereço desativado",
} }
rules:add { category = "domain-bad", confidence = 0.9, source = "Brazilian and Portuguese servers", any = {

	"dominio invalido",  } }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30,
	source = "Brazilian and Portuguese servers", any = { "remetente rejeitado", "remetente inválido",
	"remetente invalido", "remetente desconhecido", "remetente bloqueado", "remetente não autorizado",
	"remetente nao autorizado", "remetente recusado", "remetente inexistente", "domínio do remetente",
	"dominio do remetente", "endereço do remetente", "endereco do remetente" } }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 25,
	source = "Brazilian and Portuguese servers", any = { "lista negra", "ip bloqueado", "endereço ip bloqueado",
	"endereco ip bloqueado",
	"reverso inválido", "ip dinâmico", "ip dinamico" } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 25,
	source = "Brazilian and Portuguese servers", any = { "muitas conexões", "muitas conexoes",
	"muitas mensagens", "excesso de conexões", "excesso de conexoes", "excesso de mensagens",
	"limite de mensagens", "limite de envio", "limite excedido", "limite atingido", "muitos destinatários",
	"muitos destinatarios", "número máximo de" } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 10,
	source = "Brazilian and Portuguese servers", any = { "considerada spam",
	"identificada como spam", "identificado como spam", "detectada como spam", "classificada como spam",
	"conteúdo não permitido", "contém vírus",
	"contem virus", "vírus detectado", "virus detectado", "anexo não permitido",
	 } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 20,
	source = "Brazilian and Portuguese servers", any = {
	"tamanho da mensagem",  } }
rules:add { category = "system-error", confidence = 0.75, source = "Brazilian and Portuguese servers",
	any = { "erro interno", "erro temporário", "erro temporario", "erro no servidor", "serviço indisponível",
	"servico indisponivel", "temporariamente indisponível", "temporariamente indisponivel", "tente mais tarde",
	"tente novamente", "falha temporária", "falha temporaria" } }
rules:add { category = "policy", confidence = 0.75, source = "Brazilian and Portuguese servers", any = {
	"política de", "politica de",
	"não autorizado", "nao autorizado", "acesso negado", "não permitido", "nao permitido" } }
rules:add { category = "ip-blocked", confidence = 0.75, words = true, weight = 10,
	source = "Brazilian and Portuguese servers", any = {
	{ "ip", "bloqueado" }, { "ip", "bloqueada" }, { "ip", "rejeitado" }, { "ip", "recusado" },
} }
