-- Japanese (UTF-8).
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Japanese servers", any = { "ユーザーが見つかりません",
	"ユーザが見つかりません", "ユーザーは存在しません", "ユーザは存在しません", "ユーザーが存在しません", "ユーザが存在しません", "ユーザー不明", "ユーザ不明", "宛先不明",
	"宛先が見つかりません", "宛先が存在しません", "宛先アドレスが存在しません", "アドレスは存在しません", "アドレスが存在しません", "アドレスが見つかりません", "メールアドレスは存在しません",
	"メールアドレスが存在しません", "メールボックスが存在しません", "メールボックスは存在しません", "メールボックスが見つかりません", "アカウントが存在しません", "アカウントは存在しません",
	"受信者が見つかりません", "受信者が存在しません", "存在しないアドレス", "存在しないメールアドレス", "存在しません" } }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "Japanese servers", any = {
	"メールボックスがいっぱい", "メールボックスが一杯", "メールボックスの容量", "メールボックスが満杯", "受信箱がいっぱい", "容量オーバー", "容量超過", "容量制限" } }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 20, source = "Japanese servers",
	any = { "アカウントは停止", "アカウントが停止", "利用停止", "アカウントは無効", "アカウントが無効", "サービス停止中", "解約" } }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 20, source = "Japanese servers",
	any = { "受信を拒否", "受信者により拒否" } }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 20, source = "Japanese servers", any = {
	"送信者アドレスが拒否",  } }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 20, source = "Japanese servers", any = {
	"ipアドレスはブロック", "接続を拒否", "接続が拒否" } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 20, source = "Japanese servers", any = {
	"送信制限", "宛先数が" } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 20, source = "Japanese servers", any = {
	"メッセージサイズ", "メールサイズ", "サイズが大きすぎ", "サイズ制限" } }
rules:add { category = "system-error", confidence = 0.75, source = "Japanese servers", any = { "一時的な",
	"一時的に", "システムエラー", "内部エラー", "しばらくしてから", "時間をおいて", "メンテナンス" } }
